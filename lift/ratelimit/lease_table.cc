#include "lift/ratelimit/detail/lease_table.h"

#include <algorithm>
#include <bit>

namespace lift::detail {

std::uint64_t LeaseCell::tokens(Instant now) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& lease : leases) {
    sum += LeaseWord::tokens(lease.load(std::memory_order_relaxed), now);
  }
  return sum;
}

void LeaseCell::give_back(std::atomic<std::uint64_t>& lease, std::uint64_t end,
                          std::uint64_t cost) noexcept {
  std::uint64_t word = lease.load(std::memory_order_relaxed);
  while (LeaseWord::end(word) == end &&
         (word & LeaseWord::kMostTokens) + cost <= LeaseWord::kMostTokens) {
    if (lease.compare_exchange_weak(word, word + cost)) return;
  }
}

void LeaseCell::clear() noexcept {
  for (auto& lease : leases) lease.store(0);
  refused_until.store(0);
  retry_at.store(0);
  item.store(0);
  window.store(0);
  demand.store(0);
  refused_cost.store(0);
  low.store(0);
  owed.store(0);
  told.store(false);
}

LeaseTable::LeaseTable(std::size_t keys)
    : mask_(std::bit_ceil(std::max(keys, kWays)) / kWays - 1),
      sets_(std::make_unique<Set[]>(mask_ + 1)) {}

std::size_t LeaseTable::index_of(const LeaseCell& cell) const noexcept {
  const auto set = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&cell) -
                                            reinterpret_cast<const std::byte*>(sets_.get())) /
                   sizeof(Set);
  return set * kWays + static_cast<std::size_t>(&cell - sets_[set].cells.data());
}

}  // namespace lift::detail
