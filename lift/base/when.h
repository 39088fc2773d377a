#pragma once
// co_await when_all(a(), b()) and when_any(a(), b()): several tasks at a time.
//
// when_all finishes with all results, or rethrows the first failure at once and drops the rest.
// when_any finishes with the first task that does, failure included, and drops the others. Dropping
// cancels. any_done waits for the first and drops none.
// Thread-safety: one loop.
// Cost: one frame.

#include <coroutine>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "lift/base/task.h"

namespace lift {
namespace detail {

template <class T>
using Solid = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
Solid<T> take_solid(Task<T>& task) {
  if constexpr (std::is_void_v<T>) {
    task.take();
    return {};
  } else {
    return task.take();
  }
}

/// Suspends until `enough` finished tasks were seen; a failed one is enough.
template <class... Ts>
class Gathering {
 public:
  Gathering(std::tuple<Task<Ts>...>& tasks, std::size_t enough) noexcept
      : tasks_(tasks), enough_(enough) {}

  [[nodiscard]] bool await_ready() noexcept { return reached(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    std::apply([this](auto&... task) { (this->watch(task), ...); }, tasks_);
  }
  void await_resume() const noexcept {}

 private:
  bool reached() noexcept {
    std::size_t done = 0;
    bool failed = false;
    std::apply(
        [&](auto&... task) {
          ((done += task.done() ? 1U : 0U, failed = failed || task.failed()), ...);
        },
        tasks_);
    return failed || done >= enough_;
  }
  template <class T>
  void watch(Task<T>& task) noexcept {
    if (!task.done()) task.on_done(&Gathering::one_done, this);
  }
  static void one_done(void* argument) noexcept {
    auto* self = static_cast<Gathering*>(argument);
    // Two may finish in one turn; only the first to reach the goal wakes the waiter.
    if (self->waiting_ && self->reached()) std::exchange(self->waiting_, {}).resume();
  }

  std::tuple<Task<Ts>...>& tasks_;
  std::size_t enough_;
  std::coroutine_handle<> waiting_;
};

}  // namespace detail

/// co_await any_done(a, b): until one of them has finished. None is dropped: take() what is done(),
/// await the others, or drop them. At least one task.
template <class... Ts>
class [[nodiscard]] AnyDone {
 public:
  explicit AnyDone(Task<Ts>&... tasks) noexcept : tasks_(&tasks...) {}
  AnyDone(const AnyDone&) = delete;
  AnyDone& operator=(const AnyDone&) = delete;
  ~AnyDone() { watch(nullptr, nullptr); }

  [[nodiscard]] bool await_ready() const noexcept {
    return std::apply([](auto*... task) { return (task->done() || ...); }, tasks_);
  }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    watch(&AnyDone::one_done, this);
  }
  void await_resume() const noexcept {}

 private:
  void watch(void (*call)(void*) noexcept, void* argument) noexcept {
    std::apply(
        [&](auto*... task) { ((task->done() ? void() : task->on_done(call, argument)), ...); },
        tasks_);
  }
  static void one_done(void* argument) noexcept {
    auto* self = static_cast<AnyDone*>(argument);
    if (self->waiting_) std::exchange(self->waiting_, {}).resume();
  }

  std::tuple<Task<Ts>*...> tasks_;
  std::coroutine_handle<> waiting_;
};

template <class... Ts>
AnyDone<Ts...> any_done(Task<Ts>&... tasks) noexcept {
  return AnyDone<Ts...>(tasks...);
}

/// Results in the order of the arguments; void becomes std::monostate.
template <class... Ts>
Task<std::tuple<detail::Solid<Ts>...>> when_all(Task<Ts>... tasks) {
  std::tuple<Task<Ts>...> all(std::move(tasks)...);
  detail::Gathering<Ts...> gathering(all, sizeof...(Ts));
  co_await gathering;
  std::apply([](auto&... task) { ((task.failed() ? (void)task.take() : void()), ...); }, all);
  co_return std::apply(
      [](auto&... task) { return std::tuple<detail::Solid<Ts>...>{detail::take_solid(task)...}; },
      all);
}

/// The result of the first task that finished; index() tells which. At least one task.
template <class... Ts>
Task<std::variant<detail::Solid<Ts>...>> when_any(Task<Ts>... tasks) {
  using Answer = std::variant<detail::Solid<Ts>...>;
  std::tuple<Task<Ts>...> all(std::move(tasks)...);
  detail::Gathering<Ts...> gathering(all, 1);
  co_await gathering;
  co_return [&]<std::size_t... I>(std::index_sequence<I...>) {
    std::optional<Answer> answer;
    auto pick = [&]<std::size_t N>(std::integral_constant<std::size_t, N>, auto& task) {
      if (!answer && task.done()) answer.emplace(std::in_place_index<N>, detail::take_solid(task));
    };
    (pick(std::integral_constant<std::size_t, I>{}, std::get<I>(all)), ...);
    return std::move(*answer);
  }(std::index_sequence_for<Ts...>{});
}

}  // namespace lift
