#include "lift/base/sleep.h"

namespace lift {

SleepAwaiter::Alarm::Alarm(SleepAwaiter& owner) noexcept
    : Timer([](Timer& timer) noexcept {
        SleepAwaiter& self = static_cast<Alarm&>(timer).sleep;
        self.stop_.unlink();  // a stop later in the awaiter's life must not resume what it finds
        self.waiting_.resume();
      }),
      sleep(owner) {}

SleepAwaiter::Stop::Stop(SleepAwaiter& owner) noexcept
    : StopCallback([](StopCallback& callback) noexcept {
        // Woken by the wheel's next turn and not from here: whoever asked for the stop may not
        // expect to be re-entered.
        SleepAwaiter& self = static_cast<Stop&>(callback).sleep;
        self.stopped_ = true;
        self.loop_->timers().arm(self.alarm_, Instant::min());
      }),
      sleep(owner) {}

void SleepAwaiter::await_suspend(std::coroutine_handle<> waiting) noexcept {
  waiting_ = waiting;
  loop_ = &Loop::current();
  loop_->timers().arm(alarm_, saturating_add(loop_->clock().now(), time_));
  token_.on_stop(stop_);
}

void SleepAwaiter::await_resume() const {
  if (stopped_) throw Cancelled();
}

}  // namespace lift
