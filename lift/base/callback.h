#pragma once
// co_await from_callback<T>(start): turns an operation that ends in a callback, on whatever thread,
// into an awaitable.
//
//   auto row = co_await from_callback<Row>(start_query);   // start_query(Callback<Row> done)
//   begins the operation
//
// A callback that is destroyed without being called makes the wait throw BrokenCallback: nothing
// waits for ever unseen.
// Thread-safety: the callback may be called or destroyed on any thread, once. When the task was
// dropped before, that does nothing, even if the loop is gone by then.
// Cost: one allocation, one post.

#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "lift/base/loop.h"
#include "lift/base/task.h"

namespace lift {

class BrokenCallback : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "a callback was dropped uncalled";
  }
};

namespace detail {

template <class T>
struct CallbackState : Posted {
  explicit CallbackState(Loop& owner) : Posted(&CallbackState::arrived), loop(owner) {}

  static void arrived(Posted& posted) noexcept {
    auto& self = static_cast<CallbackState&>(posted);
    const std::shared_ptr<CallbackState> keep = std::move(self.in_flight);
    self.here = true;
    if (self.awaiting) std::exchange(self.awaiting, {}).resume();
  }
  /// `put` leaves the result in the state.
  template <class Put>
  static void deliver(std::shared_ptr<CallbackState> self, Put&& put) noexcept {
    // Kept beyond the lock: once posted, the loop may be through with the state at any time.
    const std::shared_ptr<CallbackState> state = std::move(self);
    const std::lock_guard lock(state->mutex);
    if (state->abandoned) return;
    put(*state);
    state->in_flight = state;
    state->loop.post(*state);
  }
  /// What is on its way is let go at once, as it may hold something.
  void abandon() noexcept {
    awaiting = {};
    std::optional<T> unwanted;
    const std::lock_guard lock(mutex);
    abandoned = true;
    if (!value) return;
    unwanted.emplace(std::move(*value));
    value.reset();
  }

  Loop& loop;
  std::coroutine_handle<> awaiting;  // loop's thread only; empty when nobody waits any more
  bool here = false;                 // loop's thread only
  std::mutex mutex;
  bool abandoned = false;  // nobody will look: the loop may be gone, and must not be touched
  std::optional<T> value;
  std::exception_ptr error;
  std::shared_ptr<CallbackState> in_flight;
};

}  // namespace detail

/// Call it once with the result, or fail() it. Move-only.
template <class T>
class Callback {
 public:
  explicit Callback(std::shared_ptr<detail::CallbackState<T>> state) noexcept
      : state_(std::move(state)) {}
  Callback(Callback&&) noexcept = default;
  Callback& operator=(Callback&&) = delete;
  ~Callback() {
    if (state_) fail(std::make_exception_ptr(BrokenCallback()));
  }

  void operator()(T value) {
    detail::CallbackState<T>::deliver(std::move(state_),
                                      [&](auto& state) { state.value.emplace(std::move(value)); });
  }
  void fail(std::exception_ptr error) noexcept {
    detail::CallbackState<T>::deliver(std::move(state_),
                                      [&](auto& state) { state.error = std::move(error); });
  }

 private:
  std::shared_ptr<detail::CallbackState<T>> state_;
};

template <class T>
class [[nodiscard]] CallbackAwaiter {
 public:
  explicit CallbackAwaiter(std::shared_ptr<detail::CallbackState<T>> state) noexcept
      : state_(std::move(state)) {}
  CallbackAwaiter(const CallbackAwaiter&) = delete;
  CallbackAwaiter& operator=(const CallbackAwaiter&) = delete;
  ~CallbackAwaiter() { state_->abandon(); }

  [[nodiscard]] bool await_ready() const noexcept { return state_->here; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { state_->awaiting = waiting; }
  T await_resume() {
    if (state_->error) std::rethrow_exception(state_->error);
    return std::move(*state_->value);
  }

 private:
  std::shared_ptr<detail::CallbackState<T>> state_;
};

/// Calls `start` at once with a Callback<T>, then waits for it. Await the result on the same loop,
/// at once.
template <class T, class Start>
CallbackAwaiter<T> from_callback(Start&& start) {
  auto state = std::make_shared<detail::CallbackState<T>>(Loop::current());
  std::forward<Start>(start)(Callback<T>(state));
  return CallbackAwaiter<T>(std::move(state));
}

}  // namespace lift
