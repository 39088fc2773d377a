#pragma once
// Durations in eighths of a power of two of a microsecond: any is known to an eighth, from 1 us to
// over four minutes.
//
// Thread-safety: pure functions.
// Cost: about 1 ns.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lift/base/clock.h"

namespace lift::detail {

struct DurationBuckets {
  static constexpr std::size_t kCount = 28 * 8;

  [[nodiscard]] static std::size_t of(Duration time) noexcept {
    constexpr Duration kMicrosecond = std::chrono::microseconds(1);
    const auto us = static_cast<std::uint64_t>(std::max<Duration::rep>(0, time / kMicrosecond));
    if (us < 8) return us;
    const auto power = static_cast<std::size_t>(std::bit_width(us)) - 4;
    return std::min(kCount - 1, power * 8 + (us >> power));
  }
  /// No longer than what is in the bucket.
  [[nodiscard]] static Duration least(std::size_t bucket) noexcept {
    if (bucket < 16) return std::chrono::microseconds(bucket);
    const std::size_t power = bucket / 8 - 1;
    return std::chrono::microseconds((bucket % 8 + 8) << power);
  }
};

}  // namespace lift::detail
