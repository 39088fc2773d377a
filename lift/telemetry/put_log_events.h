#pragma once
// Bodies of CloudWatch Logs' PutLogEvents, version 2014-03-28: JSON.
//
// Its rules: at most 10,000 events and 1,048,576 bytes a batch, counted as the UTF-8 of each event
// and 26 bytes more; in order of time; no more than 24 hours from first to last; none older than 14
// days or more than 2 hours ahead. A batch that breaks one is refused as a whole, so what can not
// be sent is dropped here and counted, and the rest split.
// Thread-safety: pure functions.
// Cost: sorts; a copy of every event, escaped.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

struct PutLogEventsOptions {
  std::string group;   ///< 1 to 512 of letters, digits and `. - _ / #`
  std::string stream;  ///< 1 to 512 bytes without `:` and `*`
  /// UTF-8 bytes of one event: 1 KiB to 1,048,550. Endpoints of before 2025 take 256 KB.
  std::size_t event_cap = 256 * 1024 - 26;

  [[nodiscard]] Problems validate() const;
};

struct LogEvent {
  WallTime time;
  std::string_view message;  ///< one line; a line feed at its end is left out
};

/// Events that no body holds, by reason.
struct LogEventDrops {
  std::uint64_t too_old = 0;  ///< more than 14 days
  std::uint64_t too_new = 0;  ///< more than 2 hours ahead
  std::uint64_t too_large = 0;
  std::uint64_t empty = 0;
};

struct PutLogEvents {
  struct Body {
    std::string text;
    std::size_t events = 0;
  };
  std::vector<Body> bodies;
  LogEventDrops drops;
};

/// As few bodies as hold `events`, each by time; of one time in their order.
[[nodiscard]] PutLogEvents put_log_events(const PutLogEventsOptions& options,
                                          std::span<const LogEvent> events, WallTime now);

/// `rejectedLogEventsInfo` of an answer: indices into the events of its request.
struct RejectedLogEvents {
  std::optional<std::size_t> too_new_start;  ///< `tooNewLogEventStartIndex`: from here on
  std::optional<std::size_t> too_old_end;    ///< `tooOldLogEventEndIndex`: before this one
  std::optional<std::size_t> expired_end;    ///< `expiredLogEventEndIndex`: before this one

  /// How many of a request's `events` were refused; never more than those.
  [[nodiscard]] std::size_t count(std::size_t events) const noexcept;
};

}  // namespace lift
