#pragma once
// The headers that tell a caller where it stands.
//
// Sources: the original's X-RateLimit fields; draft-ietf-httpapi-ratelimit-headers in the revisions
// that changed the wire. The revision is chosen by whoever configures it and never moves by itself.
// Thread-safety: pure functions.
// Cost: about 15 ns a header, no allocation.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lift/http/headers.h"
#include "lift/ratelimit/limit_options.h"

namespace lift {

/// The names of the legacy headers, put together once.
struct LegacyHeaderNames {
  explicit LegacyHeaderNames(std::string_view prefix);
  std::string limit;
  std::string remaining;
  std::string reset;
};

/// The limit that binds: it refused, for the longest time, or else has least left.
[[nodiscard]] const LimitVerdict& binding(std::span<const LimitVerdict> verdicts) noexcept;

/// Sets the headers of a style for what was decided at `now`. `verdicts` are all limits that were
/// asked, one at least; the legacy and first two draft styles tell of the binding one alone.
void set_limit_headers(Headers& headers, LimitHeaders style, const LegacyHeaderNames& names,
                       std::span<const LimitVerdict> verdicts, WallTime now);

/// Whole seconds, rounded up, 1 at least; nothing of kNeverAgain.
[[nodiscard]] std::optional<std::int64_t> retry_seconds(const LimitDecision& refused) noexcept;

}  // namespace lift
