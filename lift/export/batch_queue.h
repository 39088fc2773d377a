#pragma once
// What waits to be sent to one destination: a bounded queue that cuts itself into batches as the
// destination wants them. Pure: it is told the time and does no I/O.
//
// At its cap the newest item is dropped. The last tenth of the room is for important items
// (warnings and errors), so that a flood of others leaves room for the line that explains it.
// Thread-safety: belongs to one loop.
// Cost: a push copies the item, about 20 ns; no allocation but growth.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/export/batch.h"
#include "lift/export/delivery_ledger.h"

namespace lift {

/// What a destination takes at once. Fixed by its protocol.
struct BatchLimits {
  /// An entry of more has a batch to itself.
  std::size_t max_items = 512;
  std::size_t max_entries = SIZE_MAX;
  /// Of the entries' bytes and `entry_overhead` for each.
  std::size_t max_bytes = 1'000'000;
  std::size_t entry_overhead = 0;
  /// A larger one is dropped as `oversize`.
  std::size_t max_entry_bytes = 1'000'000;
  /// Between the earliest and the latest time of a batch's entries.
  Duration max_span = Duration::max();
  /// How long an entry waits for others.
  Duration max_delay = std::chrono::seconds(1);
};

class BatchQueue {
 public:
  /// Of everything queued or in flight: bytes (32 more an entry) and items.
  struct Capacity {
    std::size_t bytes = 16U << 20U;
    std::size_t items = 100'000;
  };
  /// A batch that was taken, until it is given back.
  struct Taken {
    Batch batch;
    std::uint64_t first = 0;  ///< the number of its first entry, counting from the first ever kept
    std::size_t items = 0;    ///< of the capacity
    std::size_t bytes = 0;    ///< of the capacity
  };

  BatchQueue(const BatchLimits& limits, const Capacity& capacity, DeliveryLedger& ledger) noexcept
      : limits_(limits), capacity_(capacity), ledger_(ledger) {}

  /// Keeps a copy of an entry, or drops it and counts why. The clock is read for the first of a
  /// batch.
  bool push(std::string_view entry, std::uint32_t items, WallTime time, bool important,
            const Clock& clock);
  /// The oldest batch that is full, closed or due.
  [[nodiscard]] std::optional<Taken> take(Instant now);
  /// Gives a batch's room back.
  void finished(Taken taken) noexcept;
  /// Closes the open batch, so that it need not fill.
  void close();
  /// Empties it; returns how many items that were.
  std::uint64_t clear() noexcept;

  /// When take() has something: kNever while it is empty.
  [[nodiscard]] Instant due() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return closed_.empty() && open_.batch.empty(); }
  /// The number of the oldest entry queued, or of the next one that comes.
  [[nodiscard]] std::uint64_t oldest() const noexcept;
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  /// What is queued or in flight, of the capacity.
  [[nodiscard]] std::size_t used_bytes() const noexcept { return used_bytes_; }
  [[nodiscard]] std::size_t used_items() const noexcept { return used_items_; }

 private:
  [[nodiscard]] bool has_room(std::size_t bytes, std::size_t items, bool important) const noexcept;
  [[nodiscard]] bool fits_open(std::string_view entry, std::size_t items,
                               WallTime time) const noexcept;

  BatchLimits limits_;
  Capacity capacity_;
  DeliveryLedger& ledger_;
  std::deque<Taken> closed_;
  Taken open_;
  Instant open_due_ = kNever;
  WallTime earliest_;
  WallTime latest_;
  Batch spare_;  // emptied, for what it allocated
  std::uint64_t next_ = 0;
  std::size_t used_bytes_ = 0;
  std::size_t used_items_ = 0;
};

}  // namespace lift
