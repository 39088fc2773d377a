#pragma once
// What became of everything that a destination was given: nothing is lost in silence.
//
// Thread-safety: counted on the destination's loop, read from any thread.
// Cost: about 1 ns a count.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lift {

enum class DropReason : std::uint8_t {
  queue_full,       ///< no room: what is newest goes
  oversize,         ///< larger than the destination takes
  export_rejected,  ///< the destination answered that it will not have it
  export_failed,    ///< not delivered within the time that a batch is tried for
  export_timeout,   ///< likewise, and the last attempt had no answer in time
  shutdown,         ///< still here at stop()
};
inline constexpr std::size_t kDropReasons = 6;
/// "queue_full" …: the label `reason` of `telemetry_dropped_total`.
[[nodiscard]] std::string_view to_string(DropReason reason) noexcept;

/// Of the items (lines, spans, points) that a destination was given. At any time
/// given = delivered + dropped + pending.
struct DestinationStats {
  std::uint64_t given = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
  std::array<std::uint64_t, kDropReasons> dropped_by_reason{};

  [[nodiscard]] std::uint64_t dropped_for(DropReason reason) const noexcept {
    return dropped_by_reason[static_cast<std::size_t>(reason)];
  }
  DestinationStats& operator+=(const DestinationStats& other) noexcept;
};

class LossLedger {
 public:
  void given(std::uint64_t items) noexcept { add(given_, items); }
  void delivered(std::uint64_t items) noexcept { add(delivered_, items); }
  void dropped(DropReason reason, std::uint64_t items) noexcept {
    add(dropped_[static_cast<std::size_t>(reason)], items);
  }
  [[nodiscard]] DestinationStats stats() const noexcept;

 private:
  using Count = std::atomic<std::uint64_t>;
  /// One writer, so a plain sum; released, so that whoever sees an item's end has seen it given.
  static void add(Count& count, std::uint64_t by) noexcept {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_release);
  }

  Count given_{0};
  Count delivered_{0};
  std::array<Count, kDropReasons> dropped_{};
};

}  // namespace lift
