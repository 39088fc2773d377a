#pragma once
// co_await sleep(50ms): wakes on the same loop, at or up to one millisecond after the time.
//
// Thread-safety: belongs to one loop.
// Cost: a timer in the frame, about 3 ns; no allocation.

#include <coroutine>

#include "lift/base/loop.h"
#include "lift/base/stop.h"
#include "lift/base/task.h"

namespace lift {

class [[nodiscard]] SleepAwaiter {
 public:
  SleepAwaiter(Duration time, StopToken stop) noexcept : time_(time), token_(stop) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept;
  /// Throws Cancelled if the token stopped it.
  void await_resume() const;

 private:
  struct Alarm : Timer {
    explicit Alarm(SleepAwaiter& owner) noexcept;
    SleepAwaiter& sleep;
  };
  struct Stop : StopCallback {
    explicit Stop(SleepAwaiter& owner) noexcept;
    SleepAwaiter& sleep;
  };

  Duration time_;
  StopToken token_;
  std::coroutine_handle<> waiting_;
  Loop* loop_ = nullptr;
  bool stopped_ = false;
  Alarm alarm_{*this};
  Stop stop_{*this};
};

/// Waits `time` (zero or less: until the loop's next turn). With a token that stops, throws
/// Cancelled soon after.
inline SleepAwaiter sleep(Duration time, StopToken stop = {}) noexcept { return {time, stop}; }

}  // namespace lift
