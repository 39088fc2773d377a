#pragma once
// How long a caller is willing to wait, as it says so on the wire: a duration, never a point in
// time, so that clocks that differ do no harm.
//
// Thread-safety: pure functions.
// Cost: about 5 ns, no allocation.

#include <optional>
#include <string_view>

#include "lift/base/clock.h"

namespace lift {

/// Longer than this is no deadline but a mistake: ten years of 365 days.
inline constexpr Duration kLongestTimeout = std::chrono::hours(24 * 365 * 10);

/// `grpc-timeout` of the gRPC protocol: 1 to 8 digits and a unit of `H M S m u n` (hours, minutes,
/// seconds, milli-, micro- and nanoseconds), nothing else. Nothing for other text and for more than
/// kLongestTimeout.
[[nodiscard]] std::optional<Duration> parse_grpc_timeout(std::string_view text) noexcept;

/// `x-timeout-ms`: whole milliseconds, 1 to 18 digits. A minus sign is accepted and gives zero: the
/// caller's time is used up. Nothing for other text and for more than kLongestTimeout.
[[nodiscard]] std::optional<Duration> parse_timeout_ms(std::string_view text) noexcept;

}  // namespace lift
