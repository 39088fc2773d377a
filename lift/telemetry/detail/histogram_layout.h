#pragma once
// Where a histogram counts a value.
//
// The axis is cut at the edges of the exponential buckets and at the explicit bounds, all of them
// together. What lies between two cuts is a cell, and a value is counted in one cell alone: both
// kinds of buckets are sums of neighbouring cells, so that they agree at every moment.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lift/telemetry/metric_snapshot.h"

namespace lift::detail {

/// The fractions of 2^(j/8), j from 0 to 7, rounded down to 52 bits: a double is above the true
/// number exactly when it is above this one. The last entry is above every fraction.
inline constexpr std::array<std::uint64_t, 9> kEighths = {
    0x0,
    0x172b83c7d517a,
    0x306fe0a31b715,
    0x4bfdad5362a27,
    0x6a09e667f3bcc,
    0x8ace5422aa0db,
    0xae89f995ad3ad,
    0xd5818dcfba487,
    ~0ULL,
};

/// For each sixteenth of an octave how many of kEighths lie below it; none holds more than one.
inline constexpr std::array<std::uint8_t, 16> kEighthsBelow = [] {
  std::array<std::uint8_t, 16> below{};
  for (std::uint64_t slice = 0; slice < below.size(); ++slice) {
    while (kEighths[below[slice]] < slice << 48) ++below[slice];
  }
  return below;
}();

/// OpenTelemetry's bucket of a positive, normal value at schema 3: `value` is in
/// (2^(i/8), 2^((i+1)/8)], exactly. Zero and subnormal values get one below all others.
constexpr std::int32_t exponential_index(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t fraction = bits & ((1ULL << 52) - 1);
  const auto octave = static_cast<std::int32_t>(bits >> 52 & 0x7ff) - 1023;  // of -0.0 too
  const std::int32_t below = kEighthsBelow[fraction >> 48];
  return octave * 8 - 1 + below + (fraction > kEighths[static_cast<std::size_t>(below)] ? 1 : 0);
}

/// 2^(index/8), the lower edge of bucket `index`.
[[nodiscard]] double exponential_edge(std::int32_t index) noexcept;

class HistogramLayout {
 public:
  /// Cells of a histogram's block in a shard: first these two, then the counts.
  static constexpr std::size_t kSum = 0;      ///< the bits of a double
  static constexpr std::size_t kIgnored = 1;  ///< values that are no finite number of 0 or more
  static constexpr std::size_t kCounts = 2;

  /// `bounds` rise and are not negative; buckets are kept from 2^lowest to 2^highest.
  HistogramLayout(const std::vector<double>& bounds, int lowest, int highest);

  /// Which cell counts `value`, which is finite and not negative.
  [[nodiscard]] std::size_t cell_of(double value) const noexcept {
    const std::int32_t at = exponential_index(value) - first_index_ + 1;
    std::size_t cell = first_cell_[static_cast<std::size_t>(std::clamp(at, 0, last_region_))];
    while (value > upper_[cell]) ++cell;
    return kCounts + cell;
  }
  /// Of the whole block.
  [[nodiscard]] std::size_t cell_count() const noexcept { return kCounts + upper_.size(); }
  [[nodiscard]] std::size_t explicit_bucket_of(double value) const noexcept;

  /// What the cells of a block say.
  [[nodiscard]] HistogramPoint point(std::span<const std::uint64_t> cells) const;
  /// Values above the highest edge; they are counted in the last bucket too.
  [[nodiscard]] std::uint64_t clamped(std::span<const std::uint64_t> cells) const noexcept;

 private:
  std::vector<double> bounds_;
  std::int32_t first_index_;
  /// Regions: 0 is the zero bucket, then one a bucket, then what is above the highest edge.
  std::int32_t last_region_;
  std::vector<std::uint16_t> first_cell_;  ///< by region
  std::vector<double> upper_;              ///< inclusive, by cell; the last is infinite
};

}  // namespace lift::detail
