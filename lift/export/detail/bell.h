#pragma once
// What one coroutine waits at until another rings, or until a time. No timer is armed without a
// time.

#include <coroutine>
#include <utility>

#include "lift/base/loop.h"

namespace lift::detail {

class Bell {
 public:
  Bell() = default;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  /// Whoever still waits is never woken, and may be dropped later.
  ~Bell() {
    if (waiting_ != nullptr) waiting_->bell_ = nullptr;
  }

  class [[nodiscard]] Awaiter {
   public:
    Awaiter(Bell& bell, Instant when) noexcept : bell_(&bell), when_(when) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      if (bell_ == nullptr || bell_->waiting_ != this) return;
      bell_->waiting_ = nullptr;
      bell_->alarm_.cancel();
    }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> frame) noexcept {
      frame_ = frame;
      bell_->waiting_ = this;
      bell_->loop_ = &Loop::current();
      if (when_ != kNever) bell_->loop_->timers().arm(bell_->alarm_, when_);
    }
    void await_resume() const noexcept {}

   private:
    friend class Bell;
    Bell* bell_;
    Instant when_;
    std::coroutine_handle<> frame_;
  };

  /// Waits for a ring, or for `when`, whichever is first. One waiter at a time.
  Awaiter until(Instant when) noexcept { return {*this, when}; }
  /// Wakes the waiter at the loop's next turn; nothing if nobody waits.
  void ring() noexcept {
    if (waiting_ != nullptr) loop_->timers().arm(alarm_, Instant::min());
  }
  [[nodiscard]] bool awaited() const noexcept { return waiting_ != nullptr; }

 private:
  struct Alarm : Timer {
    explicit Alarm(Bell& owner) noexcept
        : Timer([](Timer& timer) noexcept {
            Bell& bell = static_cast<Alarm&>(timer).bell;
            if (Awaiter* waiter = std::exchange(bell.waiting_, nullptr)) waiter->frame_.resume();
          }),
          bell(owner) {}
    Bell& bell;
  };

  Awaiter* waiting_ = nullptr;
  Loop* loop_ = nullptr;
  Alarm alarm_{*this};
};

}  // namespace lift::detail
