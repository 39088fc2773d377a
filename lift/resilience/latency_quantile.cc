#include "lift/resilience/latency_quantile.h"

namespace lift {

using detail::DurationBuckets;

void LatencyQuantile::record(Duration time) noexcept {
  const std::uint32_t current = current_.load(std::memory_order_relaxed);
  counts_[current][DurationBuckets::of(time)].fetch_add(1, std::memory_order_relaxed);
  if (recorded_.fetch_add(1, std::memory_order_relaxed) + 1 != kTurn) return;
  // Exactly one comes here in a turn.
  for (std::atomic<std::uint32_t>& count : counts_[1 - current]) {
    count.store(0, std::memory_order_relaxed);
  }
  current_.store(1 - current, std::memory_order_relaxed);
  recorded_.store(0, std::memory_order_relaxed);
}

std::optional<Duration> LatencyQuantile::quantile(double q) const noexcept {
  std::array<std::uint32_t, DurationBuckets::kCount> all{};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = counts_[0][i].load(std::memory_order_relaxed) +
             counts_[1][i].load(std::memory_order_relaxed);
    total += all[i];
  }
  if (total < kLeast) return std::nullopt;
  const double wanted = q * static_cast<double>(total);
  double reached = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    reached += all[i];
    if (reached >= wanted) return DurationBuckets::least(i);
  }
  return DurationBuckets::least(all.size() - 1);
}

}  // namespace lift
