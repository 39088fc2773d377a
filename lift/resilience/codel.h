#pragma once
// Whether a queue is a standing one: a pure policy. A burst makes some wait long, but the shortest
// wait of an interval stays small; only where there are lastingly more requests than can be served,
// every one waits.
//
// Source: K. Nichols and V. Jacobson, "Controlling Queue Delay" (2012), with the constants and the
// rule for servers of B. Maurer, "Fail at Scale" (2015).
// Thread-safety: none.
// Cost: a few nanoseconds a wait.

#include <algorithm>

#include "lift/base/clock.h"

namespace lift {

class Codel {
 public:
  Codel(Duration target, Duration interval) noexcept : target_(target), interval_(interval) {}

  /// Somebody was served, and somebody, the oldest who waits, has waited for `delay`.
  void waited(Duration delay, Instant now) noexcept {
    if (now >= end_) {
      // One request says nothing of a whole interval.
      overloaded_ = refused_ || (count_ >= 2 && least_ > target_);
      end_ = saturating_add(now, interval_);
      least_ = delay;
      count_ = 0;
      refused_ = false;
    }
    least_ = std::min(least_, delay);
    ++count_;
  }
  /// Somebody ran out of patience: those who are left have not waited long, and still it is not
  /// over.
  void refused() noexcept { refused_ = true; }
  /// Nobody waits any more.
  void emptied() noexcept {
    overloaded_ = false;
    refused_ = false;
    count_ = 0;
    end_ = Instant::min();
  }
  [[nodiscard]] bool overloaded() const noexcept { return overloaded_; }
  /// Who has waited longer is not worth serving while it is.
  [[nodiscard]] Duration patience() const noexcept { return 2 * target_; }

 private:
  Duration target_;
  Duration interval_;
  Instant end_ = Instant::min();
  Duration least_{};
  unsigned count_ = 0;
  bool refused_ = false;
  bool overloaded_ = false;
};

}  // namespace lift
