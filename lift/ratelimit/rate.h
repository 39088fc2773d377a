#pragma once
// How much may happen in how long.
//
//   Quota{.rate = per_second(100)}                 // and 100 at once
//   Quota{.rate = per_minute(600), .burst = 20}    // 10 a second, 20 at once at most
//
// Thread-safety: plain values.
// Cost: none; parsing and writing allocate.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

struct Rate {
  std::uint64_t count = 0;  ///< 1 to 1,000,000,000
  Duration per{};           ///< 1 ms to 100 days

  /// "100/s", "1000/h", "5/15m": a count, and a period of `ms`, `s`, `m`, `h` or `d` with a number
  /// before it or none. Error: `bad_rate`.
  [[nodiscard]] static Result<Rate> parse(std::string_view text);
  /// As parse() reads it.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Rate&, const Rate&) = default;
};

[[nodiscard]] constexpr Rate per_second(std::uint64_t count) noexcept {
  return {.count = count, .per = std::chrono::seconds(1)};
}
[[nodiscard]] constexpr Rate per_minute(std::uint64_t count) noexcept {
  return {.count = count, .per = std::chrono::minutes(1)};
}
[[nodiscard]] constexpr Rate per_hour(std::uint64_t count) noexcept {
  return {.count = count, .per = std::chrono::hours(1)};
}
[[nodiscard]] constexpr Rate per_day(std::uint64_t count) noexcept {
  return {.count = count, .per = std::chrono::hours(24)};
}

/// A rate, and how much of it may come at once.
struct Quota {
  Rate rate;
  /// What may come at once after a rest: 1 to 1,000,000,000, and no more than the rate gives in 366
  /// days. Absent: one period's count.
  std::optional<std::uint64_t> burst = {};

  [[nodiscard]] std::uint64_t burst_size() const noexcept { return burst.value_or(rate.count); }
  [[nodiscard]] Problems validate() const;

  friend bool operator==(const Quota&, const Quota&) = default;
};

}  // namespace lift
