#pragma once
// A thread of its own with a loop: where exporters, clients and their timers live beside a server,
// and how a program without a server gets a loop.
//
//   LoopThread thread("exports");
//   if (auto started = thread.start(); !started) ...
//   Result<int> answer = thread.run_sync([&]() -> Task<int> { co_return co_await ask(client); });
//   thread.stop();
//
// Its threads take no SIGTERM, SIGINT or SIGHUP, so that a service may start one before it serves.
// What was made on the loop must go before the LoopThread does: best by run_sync(), else after
// stop().
// Thread-safety: every function from any thread, but start() and stop() and what loop() offers; see
// Loop.
// Cost: a thread, asleep when idle, and worker threads when first needed; a call about 20 µs.

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "lift/base/error.h"
#include "lift/base/loop.h"
#include "lift/base/offload.h"
#include "lift/base/task.h"
#include "lift/base/task_scope.h"

namespace lift {
namespace detail {

template <class T>
struct Unwrapped {
  using type = T;
};
template <class T>
struct Unwrapped<Task<T>> {
  using type = T;
};

/// Where one thread waits for what a loop does.
class SyncCall {
 public:
  void finish() noexcept;
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
};

/// Tells the waiting thread, also when its frame is dropped.
class SyncEnd {
 public:
  explicit SyncEnd(SyncCall& call) noexcept : call_(call) {}
  SyncEnd(const SyncEnd&) = delete;
  SyncEnd& operator=(const SyncEnd&) = delete;
  ~SyncEnd() { call_.finish(); }

 private:
  SyncCall& call_;
};

}  // namespace detail

struct LoopThreadOptions {
  /// For blocking work such as name lookups.
  WorkerPool::Options workers{.threads = 2, .queue = 256};
  std::size_t posted = 10'000;  ///< functions that post() keeps until they have run; 1 at least
  std::size_t tasks = 10'000;   ///< in scope(); 1 at least
  TaskScope::OnError task_failed = {};  ///< told of what a task in scope() threw
};

class LoopThread {
 public:
  /// `name` is what tools show of it: its first 15 bytes.
  explicit LoopThread(std::string name, LoopThreadOptions options = {});
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  /// stop().
  ~LoopThread();

  /// Once. Errors: `cannot_start`.
  Result<> start();
  /// Ends the thread, drops what scope() holds, and waits for blocking work that has begun. Not
  /// from the loop. Idempotent.
  void stop() noexcept;

  /// May be given to what will live on it before start(), too.
  [[nodiscard]] Loop& loop() noexcept;
  /// For tasks that nobody awaits; used on the loop only.
  [[nodiscard]] TaskScope& scope() noexcept;

  /// Runs `work` on the loop, in order. False, and `work` destroyed, if there is no room or the
  /// thread does not run. What it throws ends the program.
  [[nodiscard]] bool post(std::move_only_function<void()> work);

  /// Runs `work` on the loop and waits for its result, or for that of the Task it returns; rethrows
  /// what it throws. Not from the loop. Errors: `stopped`, where the thread does not run or ended
  /// first; a task is dropped then. `work` lives until that end.
  template <class F>
  auto run_sync(F&& work) -> Result<typename detail::Unwrapped<std::invoke_result_t<F&>>::type>;

 private:
  struct Running;
  template <class T>
  using Answer = std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>>;

  template <class T, class F>
  static Task<void> answer(F& work, detail::SyncCall& done, Answer<T>& value,
                           std::exception_ptr& error);
  /// Begins a task on the loop, however much is posted; false if the thread does not run.
  [[nodiscard]] bool call(std::move_only_function<Task<void>()> begin);

  std::unique_ptr<Running> running_;
};

template <class T, class F>
Task<void> LoopThread::answer(F& work, detail::SyncCall& done, Answer<T>& value,
                              std::exception_ptr& error) {
  const detail::SyncEnd end(done);
  try {
    using Returned = std::invoke_result_t<F&>;
    if constexpr (std::is_same_v<Returned, Task<T>>) {
      Task<T> task = work();
      if constexpr (std::is_void_v<T>) {
        co_await task;
        value.emplace();
      } else {
        value.emplace(co_await task);
      }
    } else if constexpr (std::is_void_v<T>) {
      work();
      value.emplace();
    } else {
      value.emplace(work());
    }
  } catch (...) {
    error = std::current_exception();
  }
  co_return;
}

template <class F>
auto LoopThread::run_sync(F&& work)
    -> Result<typename detail::Unwrapped<std::invoke_result_t<F&>>::type> {
  using T = typename detail::Unwrapped<std::invoke_result_t<F&>>::type;
  detail::SyncCall done;
  Answer<T> value;
  std::exception_ptr error;
  const bool begun = this->call([&] { return answer<T>(work, done, value, error); });
  if (begun) done.wait();
  if (error) std::rethrow_exception(error);
  if (!value) return fail("stopped", "the loop's thread does not run");
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*value);
  }
}

}  // namespace lift
