#pragma once
// The one verdict about a request or a call, given to every policy and to telemetry.
//
// Thread-safety: a plain value.
// Cost: none.

#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/http/response.h"

namespace lift {

enum class OutcomeKind : std::uint8_t {
  success,
  failure,              ///< the service's fault: 5xx, an exception, no connection
  overload,             ///< 429, or 503 with Retry-After: alive, but full
  timeout,              ///< its deadline passed first
  cancelled_by_caller,  ///< the caller went away
  cancelled_by_us,      ///< shutdown, or a hedge that lost
  rejected,             ///< a layer refused it: neutral to every other layer
  ignored,              ///< says nothing about health: 4xx
};

[[nodiscard]] std::string_view to_string(OutcomeKind kind) noexcept;

struct Outcome {
  OutcomeKind kind = OutcomeKind::success;
  /// From start to end on the monotonic clock. Zero in `leave`: it is known only when the last byte
  /// is out.
  Duration duration{};
  /// Name of the layer that refused, "" if none did.
  std::string_view rejected_by;
  /// Why it refused, a stable snake_case word; "" if none did.
  std::string_view reason;
  std::optional<Duration> retry_after;
};

/// What a classifier may look at.
struct Evidence {
  const Response& response;
  bool threw = false;  ///< the handler let an exception out that was not an HttpError
};

/// Judges how a request that ran to its end went. Pure; called once a request, on the hot path.
using Classifier = OutcomeKind (*)(const Evidence&) noexcept;

/// 5xx and exceptions are failures; 429, and 503 with Retry-After, overload; other 4xx ignored; the
/// rest success.
[[nodiscard]] OutcomeKind classify(const Evidence& evidence) noexcept;

}  // namespace lift
