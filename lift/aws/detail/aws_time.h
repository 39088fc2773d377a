#pragma once
// Dates as AWS writes them.
//
// Thread-safety: pure functions.
// Cost: about 0.1 µs each.

#include <optional>
#include <string>
#include <string_view>

#include "lift/base/clock.h"

namespace lift::detail {

/// `20150830T123600Z`: x-amz-date. Its first eight characters are the date of a scope.
[[nodiscard]] std::string amz_date(WallTime time);

/// `2015-08-30T12:36:00Z`, with a fraction or not, with an offset such as +02:00 instead of Z.
/// Nothing for anything else, or outside the years 1970 to 2200.
[[nodiscard]] std::optional<WallTime> parse_iso8601(std::string_view text) noexcept;

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, the form that senders must use).
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text) noexcept;

}  // namespace lift::detail
