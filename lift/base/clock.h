#pragma once
// Time as a parameter: the only place where Lift asks the machine what time it is.
//
// Thread-safety: all clocks may be read from any thread.
// Cost: a real read is some 15 ns on x86-64 and 25 ns elsewhere, so a request reads it once when it
// starts and once when it ends and passes `now` to everything between.

#include <chrono>

namespace lift {

using Duration = std::chrono::nanoseconds;

/// Tag of the monotonic time line. Its epoch means nothing; only differences do.
struct Monotonic {
  using duration = Duration;
};

/// A moment on the monotonic time line: what durations and deadlines are made of.
using Instant = std::chrono::time_point<Monotonic>;
/// A moment of the calendar, UTC: only for what leaves the process (logs, Date, ids).
using WallTime = std::chrono::sys_time<Duration>;

inline constexpr Instant kNever = Instant::max();

/// `at + by` that stops at kNever instead of overflowing. Negative `by` counts as zero.
constexpr Instant saturating_add(Instant at, Duration by) noexcept {
  if (by <= Duration::zero()) return at;
  return at > kNever - by ? kNever : at + by;
}

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  /// At most a few milliseconds behind now(), never ahead of it, for a quarter of its price.
  [[nodiscard]] virtual Instant coarse() const noexcept { return now(); }
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  /// As coarse() is to now(); read in the same moments as that.
  [[nodiscard]] virtual WallTime coarse_wall() const noexcept { return wall(); }
};

/// CLOCK_MONOTONIC, by the processor's time stamp counter where the kernel itself trusts that
/// (never back within a thread, and within 1 us of the kernel's clock), and CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
  [[nodiscard]] Instant coarse() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;
  [[nodiscard]] WallTime coarse_wall() const noexcept override;
};

}  // namespace lift
