#pragma once
// Owns tasks that nobody awaits: a loop's background work, ended together.
//
// Thread-safety: belongs to one loop.
// Cost: one small allocation a task. At most `limit` tasks;
// more are refused and counted by the caller's error.

#include <cstddef>
#include <functional>
#include <memory>

#include "lift/base/stop.h"
#include "lift/base/task.h"

namespace lift {

class TaskScope {
 public:
  /// Told of an exception that ended a task, other than Cancelled.
  using OnError = std::function<void(std::exception_ptr)>;
  explicit TaskScope(std::size_t limit = 10'000, OnError on_error = {});
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  /// Drops what still runs.
  ~TaskScope();

  /// Keeps `task` until it finishes. False, and the task dropped, at the limit or after stop().
  [[nodiscard]] bool spawn(Task<void> task);
  /// What spawned tasks pass to their waits, so that stop() reaches them.
  [[nodiscard]] StopToken token() noexcept { return StopToken(stop_); }
  /// Asks every task to end and refuses new ones.
  void stop() noexcept;
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  struct Entry;
  static void finished(void* entry) noexcept;

  IntrusiveList<Entry> entries_;
  StopSource stop_;
  std::size_t limit_;
  std::size_t running_ = 0;
  bool stopped_ = false;
  OnError on_error_;
};

struct TaskScope::Entry : Link {
  TaskScope& scope;
  Task<void> task;
};

}  // namespace lift
