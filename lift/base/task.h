#pragma once
// Task<T>: the one coroutine type of Lift.
//
// Eager: the body runs at once, up to its first wait; awaiting a finished task does not suspend, so
// loops over tasks that complete at once use no stack even in unoptimised builds. Loop-affine: a
// task goes on in the loop that started it. An exception is kept and rethrown where the task is
// awaited. Dropping a task cancels it: the frame is destroyed at its suspension point, and every
// Lift awaitable withdraws its operation when that happens.
//
// Rule: do not drop a task from inside its own body, nor write a braced temporary or a capturing
// lambda inside a co_await expression (GCC 12 destroys those twice).
// Thread-safety: belongs to one
// loop.
// Cost: about 10 ns for a frame from the pool.

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "lift/base/frame_pool.h"

namespace lift {

template <class T = void>
class Task;

/// Thrown out of a Lift awaitable whose operation was stopped (deadline, vanished client,
/// shutdown). Let it pass.
class Cancelled : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "cancelled"; }
};

/// Thrown where a bounded queue had no room: answered 503 unless the handler knows better.
class Overloaded : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "overloaded"; }
};

namespace detail {

class PromiseBase {
 public:
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    /// Plain calls and not a symmetric transfer: GCC makes a tail call of that at -O2 only, and
    /// whoever is called here may destroy this very frame, so nothing of it may be touched
    /// afterwards.
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      if (promise.continuation) return promise.continuation.resume();
      if (promise.on_done != nullptr) promise.on_done(promise.on_done_argument);
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
  void rethrow() const {
    if (error) std::rethrow_exception(error);
  }

  std::coroutine_handle<> continuation;
  void (*on_done)(void*) noexcept = nullptr;
  void* on_done_argument = nullptr;
  std::exception_ptr error;
};

template <class T>
class Promise final : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow();
    return std::move(*result);
  }
  std::optional<T> result;
};

template <>
class Promise<void> final : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  Task() = default;
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      drop();
      frame_ = std::exchange(other.frame_, {});
    }
    return *this;
  }
  ~Task() { drop(); }

  [[nodiscard]] bool valid() const noexcept { return static_cast<bool>(frame_); }
  [[nodiscard]] bool done() const noexcept { return frame_.done(); }
  /// Finished with an exception.
  [[nodiscard]] bool failed() const noexcept { return done() && frame_.promise().error != nullptr; }

  /// The result of a finished task: moves the value out or rethrows. Call once, when done().
  T take() { return frame_.promise().take(); }

  /// Called once when an unfinished task finishes, on its loop; it may drop the task. For owners
  /// that are not coroutines.
  void on_done(void (*call)(void*) noexcept, void* argument) noexcept {
    frame_.promise().on_done = call;
    frame_.promise().on_done_argument = argument;
  }

  auto operator co_await() noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> frame;
      [[nodiscard]] bool await_ready() const noexcept { return frame.done(); }
      void await_suspend(std::coroutine_handle<> waiting) noexcept {
        frame.promise().continuation = waiting;
      }
      T await_resume() { return frame.promise().take(); }
    };
    return Awaiter{frame_};
  }

  /// Destroys the frame now, cancelling what it waits for.
  void drop() noexcept {
    if (frame_) std::exchange(frame_, {}).destroy();
  }

 private:
  friend class detail::Promise<T>;
  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> detail::Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace lift
