#pragma once
// What instances that limit together share: numbers in items that one write changes at a time.
//
// The store knows nothing of limits. Whoever limits tells it under which condition a number may
// move, and learns where it stands if it may not.
// Thread-safety: belongs to its loop, loop() and one_truth() aside.
// Cost: a write is a round trip to wherever the items are.

#include <cstdint>
#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/loop.h"
#include "lift/base/task.h"

namespace lift {

/// What an item holds: for a token bucket the instant at which it is full, in nanoseconds since
/// 1970, and its emission interval in 1/256 ns; for a window its count.
struct LimitItem {
  std::int64_t t = 0;
  std::int64_t v = 0;  ///< 0: it has none, and equals none
  friend bool operator==(const LimitItem&, const LimitItem&) = default;
};

/// One write. Whatever it asks for is done at once or not at all.
struct LimitWrite {
  enum class Kind : std::uint8_t {
    begin,    ///< t := value and v := version, if there is no item or t <= above
    advance,  ///< t += value, if v == version and above < t <= at_most
    add,      ///< t += value, from 0 if there is no item, if t <= at_most
    convert,  ///< t := value and v := version, if t == above and v == at_most
  };
  Kind kind = Kind::begin;
  std::string key;
  std::int64_t value = 0;
  std::int64_t version = 0;
  std::int64_t above = 0;
  std::int64_t at_most = 0;
  /// The second since 1970 after which the item says no more than none, and may be deleted.
  std::int64_t expires_at = 0;
  Instant deadline = kNever;
};

struct LimitWritten {
  /// Otherwise the condition did not hold.
  bool applied = false;
  /// The item after the write, or as it stands if nothing was written; absent if there is none.
  std::optional<LimitItem> item = {};
  /// The store's own time, to the second, where it tells.
  std::optional<WallTime> date = {};
};

class LimitStore {
 public:
  virtual ~LimitStore() = default;
  /// Where write() is called, and resumed. Any thread may ask for it.
  [[nodiscard]] virtual Loop& loop() noexcept = 0;
  /// False where two writers may both find a condition to hold, as in several regions whose items
  /// are copied to each other later. Such a store serves no strict limit.
  [[nodiscard]] virtual bool one_truth() const noexcept { return true; }
  /// Errors: `throttled`, and nothing was written; `ambiguous`, where it may have been; any other,
  /// and nothing was. Never repeats a write by itself. `write` outlives the task.
  virtual Task<Result<LimitWritten>> write(const LimitWrite& write) = 0;
};

}  // namespace lift
