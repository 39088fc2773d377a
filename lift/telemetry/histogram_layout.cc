#include "lift/telemetry/detail/histogram_layout.h"

#include <cmath>
#include <limits>

namespace lift::detail {

double exponential_edge(std::int32_t index) noexcept {
  const std::int32_t octave = index >> 3;
  const std::uint64_t fraction = kEighths[static_cast<std::size_t>(index & 7)];
  return std::ldexp(std::bit_cast<double>(1023ULL << 52 | fraction), octave);
}

HistogramLayout::HistogramLayout(const std::vector<double>& bounds, int lowest, int highest)
    : bounds_(bounds), first_index_(lowest * 8), last_region_((highest - lowest) * 8 + 1) {
  for (std::int32_t i = 0; i < last_region_; ++i) {
    upper_.push_back(exponential_edge(first_index_ + i));
  }
  upper_.insert(upper_.end(), bounds.begin(), bounds.end());
  upper_.push_back(std::numeric_limits<double>::infinity());
  std::ranges::sort(upper_);
  upper_.erase(std::ranges::unique(upper_).begin(), upper_.end());

  first_cell_.push_back(0);
  for (std::int32_t i = 0; i < last_region_; ++i) {
    const auto above = std::ranges::upper_bound(upper_, exponential_edge(first_index_ + i));
    first_cell_.push_back(static_cast<std::uint16_t>(above - upper_.begin()));
  }
}

std::size_t HistogramLayout::explicit_bucket_of(double value) const noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
}

std::uint64_t HistogramLayout::clamped(std::span<const std::uint64_t> cells) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t cell = first_cell_.back(); cell < upper_.size() && !cells.empty(); ++cell) {
    sum += cells[kCounts + cell];
  }
  return sum;
}

HistogramPoint HistogramLayout::point(std::span<const std::uint64_t> cells) const {
  HistogramPoint out;
  out.zero_threshold = exponential_edge(first_index_);
  out.explicit_counts.resize(bounds_.size() + 1);
  if (cells.empty()) return out;
  const auto last = static_cast<std::size_t>(last_region_ - 1);  // what is above counts in it
  std::vector<std::uint64_t> regions(last + 1);
  std::size_t region = 0;
  for (std::size_t cell = 0; cell < upper_.size(); ++cell) {
    while (region < last && first_cell_[region + 1] <= cell) ++region;
    const std::uint64_t count = cells[kCounts + cell];
    regions[region] += count;
    out.explicit_counts[explicit_bucket_of(upper_[cell])] += count;
    out.count += count;
  }
  if (out.count != 0) out.sum = std::max(0.0, std::bit_cast<double>(cells[kSum]));
  out.zeros = regions.front();
  const auto filled = [](std::uint64_t count) { return count != 0; };
  const auto begin = std::find_if(regions.begin() + 1, regions.end(), filled);
  const auto end = std::find_if(regions.rbegin(), regions.rend() - 1, filled).base();
  if (begin < end) out.buckets.assign(begin, end);
  if (begin < end) {
    out.first_index = first_index_ + static_cast<std::int32_t>(begin - regions.begin()) - 1;
  }
  return out;
}

}  // namespace lift::detail
