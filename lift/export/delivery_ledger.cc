#include "lift/export/delivery_ledger.h"

namespace lift {

DestinationStats& DestinationStats::operator+=(const DestinationStats& other) noexcept {
  given += other.given;
  delivered += other.delivered;
  dropped += other.dropped;
  pending += other.pending;
  for (std::size_t i = 0; i < kLosses; ++i) dropped_by[i] += other.dropped_by[i];
  return *this;
}

DestinationStats DeliveryLedger::stats() const noexcept {
  DestinationStats out;
  for (std::size_t i = 0; i < kLosses; ++i) {
    out.dropped_by[i] = dropped_[i].load(std::memory_order_acquire);
    out.dropped += out.dropped_by[i];
  }
  out.delivered = delivered_.load(std::memory_order_acquire);
  // Last: what is counted as ended above is in it.
  out.given = given_.load(std::memory_order_acquire);
  out.pending = out.given - out.delivered - out.dropped;
  return out;
}

}  // namespace lift
