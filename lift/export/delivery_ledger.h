#pragma once
// What became of everything that a destination was given: nothing is lost in silence.
//
// Thread-safety: counted on the destination's loop, read from any thread.
// Cost: about 1 ns a count.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lift/telemetry/signal.h"

namespace lift {

/// Of the items (lines, spans, points) that a destination was given. At any time
/// given = delivered + dropped + pending.
struct DestinationStats {
  std::uint64_t given = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
  std::array<std::uint64_t, kLosses> dropped_by{};

  [[nodiscard]] std::uint64_t dropped_for(Loss loss) const noexcept {
    return dropped_by[static_cast<std::size_t>(loss)];
  }
  DestinationStats& operator+=(const DestinationStats& other) noexcept;
};

class DeliveryLedger {
 public:
  void given(std::uint64_t items) noexcept { add(given_, items); }
  void delivered(std::uint64_t items) noexcept { add(delivered_, items); }
  void dropped(Loss loss, std::uint64_t items) noexcept {
    add(dropped_[static_cast<std::size_t>(loss)], items);
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
  std::array<Count, kLosses> dropped_{};
};

}  // namespace lift
