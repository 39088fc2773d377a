#include "lift/base/clock.h"

#include <ctime>

namespace lift {

Instant SystemClock::now() const noexcept {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

Instant SystemClock::coarse() const noexcept {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &at);
  return Instant(std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec));
}

WallTime SystemClock::wall() const noexcept {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace lift
