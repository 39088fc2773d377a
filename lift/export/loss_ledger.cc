#include "lift/export/loss_ledger.h"

namespace lift {

std::string_view to_string(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::queue_full:
      return "queue_full";
    case DropReason::oversize:
      return "oversize";
    case DropReason::export_rejected:
      return "export_rejected";
    case DropReason::export_failed:
      return "export_failed";
    case DropReason::export_timeout:
      return "export_timeout";
    case DropReason::shutdown:
      break;
  }
  return "shutdown";
}

DestinationStats& DestinationStats::operator+=(const DestinationStats& other) noexcept {
  given += other.given;
  delivered += other.delivered;
  dropped += other.dropped;
  pending += other.pending;
  for (std::size_t i = 0; i < kDropReasons; ++i) dropped_by_reason[i] += other.dropped_by_reason[i];
  return *this;
}

DestinationStats LossLedger::stats() const noexcept {
  DestinationStats out;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    out.dropped_by_reason[i] = dropped_[i].load(std::memory_order_acquire);
    out.dropped += out.dropped_by_reason[i];
  }
  out.delivered = delivered_.load(std::memory_order_acquire);
  // Last: what is counted as ended above is in it.
  out.given = given_.load(std::memory_order_acquire);
  out.pending = out.given - out.delivered - out.dropped;
  return out;
}

}  // namespace lift
