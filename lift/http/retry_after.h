#pragma once
// Reads Retry-After (RFC 9110 §10.2.3).
//
// Thread-safety: a pure function.
// Cost: tens of nanoseconds.

#include <optional>
#include <string_view>

#include "lift/base/clock.h"

namespace lift {

/// Seconds, or an IMF-fixdate, of which the time left from `now` is given. Never negative, at most
/// ten years; nothing if it is malformed.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text,
                                                        WallTime now) noexcept;

}  // namespace lift
