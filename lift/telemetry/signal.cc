#include "lift/telemetry/signal.h"

namespace lift {

std::string_view to_string(Signal signal) noexcept {
  constexpr std::array<std::string_view, kSignals> kNames{"logs", "traces", "metrics"};
  return kNames[static_cast<std::size_t>(signal)];
}

std::string_view to_string(Loss loss) noexcept {
  constexpr std::array<std::string_view, kLosses> kNames{
      "ring_full",       "oversize",      "request_limit",  "queue_full",
      "export_rejected", "export_failed", "export_timeout", "shutdown"};
  return kNames[static_cast<std::size_t>(loss)];
}

std::uint64_t LossLedger::total() const noexcept {
  std::uint64_t sum = 0;
  for (const Row& row : counts_) {
    for (const auto& count : row) sum += count.load(std::memory_order_relaxed);
  }
  return sum;
}

void LossLedger::clear() noexcept {
  for (Row& row : counts_) {
    for (auto& count : row) count.store(0, std::memory_order_relaxed);
  }
}

}  // namespace lift
