#pragma once
// What one coroutine waits at until another rings, or until a time. No timer is armed without a
// time.

#include <coroutine>
#include <utility>

#include "lift/base/loop.h"

namespace lift::detail {

class Bell {
 public:
  class [[nodiscard]] Awaiter {
   public:
    Awaiter(Bell& bell, Instant when) noexcept : bell_(bell), when_(when) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      bell_.waiting_ = {};
      bell_.alarm_.cancel();
    }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
      bell_.waiting_ = waiting;
      bell_.loop_ = &Loop::current();
      if (when_ != kNever) bell_.loop_->timers().arm(bell_.alarm_, when_);
    }
    void await_resume() const noexcept {}

   private:
    Bell& bell_;
    Instant when_;
  };

  /// Waits for a ring, or for `when`, whichever is first. One waiter at a time.
  Awaiter until(Instant when) noexcept { return {*this, when}; }
  /// Wakes the waiter at the loop's next turn; nothing if nobody waits.
  void ring() noexcept {
    if (waiting_) loop_->timers().arm(alarm_, Instant::min());
  }
  [[nodiscard]] bool awaited() const noexcept { return static_cast<bool>(waiting_); }

 private:
  struct Alarm : Timer {
    explicit Alarm(Bell& owner) noexcept
        : Timer([](Timer& timer) noexcept {
            Bell& bell = static_cast<Alarm&>(timer).bell;
            if (bell.waiting_) std::exchange(bell.waiting_, {}).resume();
          }),
          bell(owner) {}
    Bell& bell;
  };

  std::coroutine_handle<> waiting_;
  Loop* loop_ = nullptr;
  Alarm alarm_{*this};
};

}  // namespace lift::detail
