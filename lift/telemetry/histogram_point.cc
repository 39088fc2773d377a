#include "lift/telemetry/histogram_point.h"

#include <algorithm>
#include <cmath>

#include "lift/telemetry/detail/histogram_layout.h"

namespace lift {
namespace {

/// The number that is off by the same share from both edges: their harmonic mean.
double middle_of(std::int32_t index) noexcept {
  const double lower = detail::exponential_edge(index);
  const double upper = detail::exponential_edge(index + 1);
  return 2 * lower * (upper / (lower + upper));
}

std::int32_t end_of(const HistogramPoint& point) noexcept {
  return point.first_index + static_cast<std::int32_t>(point.buckets.size());
}

/// Makes room for the buckets from `first` to before `end`.
void widen(HistogramPoint& point, std::int32_t first, std::int32_t end) {
  if (point.buckets.empty()) point.first_index = first;
  if (first < point.first_index) {
    const auto more = static_cast<std::size_t>(point.first_index - first);
    point.buckets.insert(point.buckets.begin(), more, 0);
    point.first_index = first;
  }
  if (end > end_of(point)) point.buckets.resize(static_cast<std::size_t>(end - point.first_index));
}

void trim(HistogramPoint& point) {
  const auto filled = [](std::uint64_t count) { return count != 0; };
  auto& buckets = point.buckets;
  buckets.erase(std::find_if(buckets.rbegin(), buckets.rend(), filled).base(), buckets.end());
  const auto begin = std::ranges::find_if(buckets, filled);
  point.first_index += static_cast<std::int32_t>(begin - buckets.begin());
  buckets.erase(buckets.begin(), begin);
}

bool subtract_all(std::vector<std::uint64_t>& from, std::size_t at,
                  const std::vector<std::uint64_t>& earlier) {
  for (const std::uint64_t count : earlier) {
    if (at >= from.size() || from[at] < count) return false;
    from[at++] -= count;
  }
  return true;
}

}  // namespace

std::optional<double> quantile(const HistogramPoint& point, double q) {
  if (point.count == 0) return std::nullopt;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(point.count));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, point.count);
  std::uint64_t seen = point.zeros;
  if (seen >= rank) return 0;
  std::int32_t index = point.first_index;
  for (const std::uint64_t count : point.buckets) {
    seen += count;
    if (seen >= rank) return middle_of(index);
    ++index;
  }
  return middle_of(index - 1);
}

void add(HistogramPoint& to, const HistogramPoint& more) {
  to.count += more.count;
  to.sum += more.sum;
  to.zeros += more.zeros;
  to.zero_threshold = std::max(to.zero_threshold, more.zero_threshold);
  if (!more.buckets.empty()) widen(to, more.first_index, end_of(more));
  for (std::size_t i = 0; i < more.buckets.size(); ++i) {
    to.buckets[static_cast<std::size_t>(more.first_index - to.first_index) + i] += more.buckets[i];
  }
  to.explicit_counts.resize(std::max(to.explicit_counts.size(), more.explicit_counts.size()));
  for (std::size_t i = 0; i < more.explicit_counts.size(); ++i) {
    to.explicit_counts[i] += more.explicit_counts[i];
  }
}

bool subtract(HistogramPoint& from, const HistogramPoint& earlier) {
  HistogramPoint out = from;
  if (out.zeros < earlier.zeros || out.count < earlier.count) return false;
  if (!earlier.buckets.empty() && earlier.first_index < out.first_index) return false;
  out.zeros -= earlier.zeros;
  out.count -= earlier.count;
  out.sum = out.count == 0 ? 0 : std::max(0.0, out.sum - earlier.sum);
  const auto offset = static_cast<std::size_t>(earlier.first_index - out.first_index);
  if (!subtract_all(out.buckets, offset, earlier.buckets)) return false;
  if (!subtract_all(out.explicit_counts, 0, earlier.explicit_counts)) return false;
  trim(out);
  from = std::move(out);
  return true;
}

}  // namespace lift
