#pragma once
// A coroutine that waits to be woken, or for a moment to pass.
//
//   Parked wait(loop, until);
//   waiting.push_back(wait);
//   if (!co_await wait) ...  // nobody woke it in time
//
// Dropping the coroutine takes it out of whatever list it stands in.
// Thread-safety: belongs to one loop.
// Cost: a timer in the frame, about 3 ns; no allocation.

#include <coroutine>

#include "lift/base/intrusive_list.h"
#include "lift/base/loop.h"

namespace lift::detail {

class Parked : public Link {
 public:
  Parked(Loop& loop, Instant until) noexcept : loop_(loop), until_(until) {}

  [[nodiscard]] bool await_ready() const noexcept { return woken_; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    if (until_ != kNever) loop_.timers().arm(alarm_, until_);
  }
  /// False if the moment came first.
  [[nodiscard]] bool await_resume() noexcept {
    alarm_.cancel();
    return woken_;
  }

  /// Resumes the coroutine before it returns; this may be gone then.
  void wake() noexcept {
    woken_ = true;
    unlink();
    alarm_.cancel();
    waiting_.resume();
  }
  /// Resumes the coroutine on the loop's next turn, for those who must not be re-entered.
  void wake_soon() noexcept {
    woken_ = true;
    unlink();
    loop_.timers().arm(alarm_, Instant::min());
  }
  [[nodiscard]] bool woken() const noexcept { return woken_; }

 private:
  struct Alarm final : Timer {
    explicit Alarm(Parked& owner) noexcept
        : Timer([](Timer& timer) noexcept {
            Parked& self = static_cast<Alarm&>(timer).parked;
            self.unlink();
            self.waiting_.resume();
          }),
          parked(owner) {}
    Parked& parked;
  };

  Loop& loop_;
  Instant until_;
  std::coroutine_handle<> waiting_;
  bool woken_ = false;
  Alarm alarm_{*this};
};

}  // namespace lift::detail
