#pragma once
// Waiting for a moment or for a call, whichever comes first.
//
// Thread-safety: belongs to one loop.
// Cost: a timer, which is not armed where the moment is kNever.

#include <coroutine>
#include <utility>

#include "lift/base/loop.h"
#include "lift/base/timers.h"

namespace lift::detail {

class Doze : private Timer {
 public:
  Doze() noexcept : Timer([](Timer& timer) noexcept { static_cast<Doze&>(timer).wake(); }) {}

  /// Ends the wait, or the next one before it begins.
  void wake() noexcept {
    cancel();
    if (waiting_) return std::exchange(waiting_, {}).resume();
    woken_ = true;
  }

  class [[nodiscard]] Until {
   public:
    Until(Doze& doze, Instant when) noexcept : doze_(doze), when_(when) {}
    Until(const Until&) = delete;
    Until& operator=(const Until&) = delete;
    ~Until() { doze_.waiting_ = {}; }
    [[nodiscard]] bool await_ready() const noexcept { return std::exchange(doze_.woken_, false); }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
      doze_.waiting_ = waiting;
      if (when_ != kNever) Loop::current().timers().arm(doze_, when_);
    }
    void await_resume() const noexcept { doze_.woken_ = false; }

   private:
    Doze& doze_;
    Instant when_;
  };
  /// One wait at a time.
  Until until(Instant when) noexcept { return {*this, when}; }

 private:
  std::coroutine_handle<> waiting_;
  bool woken_ = false;
};

}  // namespace lift::detail
