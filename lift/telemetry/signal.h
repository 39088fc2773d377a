#pragma once
// The three signals, and the ledger of what was lost of each: nothing is dropped unseen.
//
// Thread-safety: a ledger is counted in and read from any thread.
// Cost: a count about 5 ns, and only where something is lost.

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace lift {

enum class Signal : std::uint8_t { logs, traces, metrics };
inline constexpr std::size_t kSignals = 3;
[[nodiscard]] std::string_view to_string(Signal signal) noexcept;

/// Why something was lost, as `telemetry_dropped_total` names it.
enum class Loss : std::uint8_t {
  ring_full,        ///< more came than the exporter took
  oversize,         ///< larger than what carries it allows
  request_limit,    ///< more than one request may add
  queue_full,       ///< the destination took less than came
  export_rejected,  ///< the destination refused it
  export_failed,    ///< every attempt failed
  export_timeout,   ///< given up when its time had passed
  shutdown,         ///< still there at the end
};
inline constexpr std::size_t kLosses = 8;
[[nodiscard]] std::string_view to_string(Loss loss) noexcept;

class LossLedger {
 public:
  void add(Signal signal, Loss loss, std::uint64_t items = 1) noexcept {
    at(signal, loss).fetch_add(items, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count(Signal signal, Loss loss) const noexcept {
    return at(signal, loss).load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t total() const noexcept;
  /// After a fork, in the child: what the parent lost is the parent's to tell.
  void clear() noexcept;

 private:
  using Row = std::array<std::atomic<std::uint64_t>, kLosses>;
  [[nodiscard]] std::atomic<std::uint64_t>& at(Signal s, Loss l) noexcept {
    return counts_[static_cast<std::size_t>(s)][static_cast<std::size_t>(l)];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& at(Signal s, Loss l) const noexcept {
    return counts_[static_cast<std::size_t>(s)][static_cast<std::size_t>(l)];
  }

  std::array<Row, kSignals> counts_{};
};

}  // namespace lift
