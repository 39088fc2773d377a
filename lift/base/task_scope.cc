#include "lift/base/task_scope.h"

#include <utility>

namespace lift {

TaskScope::TaskScope(std::size_t limit, OnError on_error)
    : limit_(limit), on_error_(std::move(on_error)) {}

TaskScope::~TaskScope() {
  while (Entry* entry = entries_.pop_front()) delete entry;
}

bool TaskScope::spawn(Task<void> task) {
  if (stopped_ || running_ >= limit_) return false;
  auto* entry = new Entry{{}, *this, std::move(task)};
  entries_.push_back(*entry);
  ++running_;
  if (entry->task.done()) {
    finished(entry);
  } else {
    entry->task.on_done(&TaskScope::finished, entry);
  }
  return true;
}

void TaskScope::finished(void* argument) noexcept {
  auto* entry = static_cast<Entry*>(argument);
  TaskScope& scope = entry->scope;
  --scope.running_;
  try {
    entry->task.take();
  } catch (const Cancelled&) {  // asked to end, and did
  } catch (...) {
    if (scope.on_error_) scope.on_error_(std::current_exception());
  }
  delete entry;
}

void TaskScope::stop() noexcept {
  stopped_ = true;
  stop_.request();
}

}  // namespace lift
