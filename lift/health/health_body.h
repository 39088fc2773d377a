#pragma once
// Health as JSON: short for probes, whole for people and monitors.
//
// Bodies are the original's, whose clients read them; `application/health+json`
// (draft-inadarei-api-health-check-06) is for those that ask for it. Durations are strings of
// milliseconds everywhere: "12.345ms".
// Thread-safety: pure functions.
// Cost: a probe's body about 100 ns, without allocation; details about 1 µs a check.

#include <string>

#include "lift/health/health.h"
#include "lift/http/response.h"

namespace lift {

/// Who is going to read it.
enum class HealthAudience : std::uint8_t {
  callers,    ///< with a role: codes, no messages
  operators,  ///< on the management listener: messages too
};

inline constexpr std::string_view kHealthJson = "application/health+json";

/// `/ready`: 200 `{"status":"ready","timestamp":…,"checks":3}`, or 503 with a `message`.
[[nodiscard]] Response ready_response(const Health& health, Instant now);
/// `/live`: 200 `{"status":"alive","timestamp":…,"uptime":…}`, or 503 where a loop hangs.
[[nodiscard]] Response live_response(Health& health, Instant now);
/// `/health`: 200 for pass and warn, 503 for fail and unknown. `accept` chooses the form.
[[nodiscard]] Response health_response(const Health& health, Instant now, std::string_view accept);
/// `/health/detail`, with the same status; a page where `accept` prefers text/html.
[[nodiscard]] Response detail_response(const Health& health, Instant now, std::string_view accept,
                                       HealthAudience audience);

}  // namespace lift
