#pragma once
// What a limit says of one request.
//
// Thread-safety: plain values.
// Cost: none.

#include <cstdint>
#include <string_view>

#include "lift/base/clock.h"

namespace lift {

/// When a request that can never be allowed may be tried again: its cost is more than the burst.
inline constexpr Duration kNeverAgain = Duration::max();

/// One moment on both time lines: windows follow the calendar, the rest does not.
struct LimitTime {
  Instant now;
  WallTime wall;
};

/// Where a decision was made.
enum class LimitSource : std::uint8_t {
  memory,       ///< by this process's own counts
  lease,        ///< by tokens that this process holds, or what it knows of the shared count
  store,        ///< after asking the store
  fallback,     ///< without the store, which did not answer; its numbers are this process's own
  unavailable,  ///< refused as the store did not answer; it has no numbers
};

struct LimitDecision {
  bool allowed = true;
  LimitSource source = LimitSource::memory;
  /// The most that may be left: a burst, or a window's count.
  std::uint64_t limit = 0;
  /// What is left after this request.
  std::uint64_t remaining = 0;
  /// Until all of it is there again, or the window ends.
  Duration reset_after{};
  /// Refused: until the same cost will be allowed if nobody else comes; kNeverAgain if it never
  /// will. Zero where it was allowed.
  Duration retry_after{};
  /// Allowed, but only after waiting so long. Zero unless the limit shapes.
  Duration wait{};
};

}  // namespace lift
