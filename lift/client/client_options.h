#pragma once
// How a service is called: where it is, and how long a call may take.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/chain/outcome.h"
#include "lift/client/loop_transports.h"
#include "lift/client/upstream.h"
#include "lift/http/headers.h"
#include "lift/net/http_client_options.h"
#include "lift/resilience/bulkhead_options.h"
#include "lift/resilience/circuit_breaker_options.h"
#include "lift/resilience/retry_policy.h"

namespace lift {

/// Judges an answer of a called service. Pure; called once an attempt.
using AnswerClassifier = OutcomeKind (*)(int status, const Headers& headers) noexcept;

/// As classify(): 5xx are failures; 429, and 503 with Retry-After, overload; other 4xx ignored; the
/// rest success.
[[nodiscard]] OutcomeKind classify_answer(int status, const Headers& headers) noexcept;

/// A second attempt beside one that takes unusually long: the first good answer counts, the other
/// attempt is dropped. Only of send(), and of what may be sent twice.
struct HedgeOptions {
  /// Begun where the first takes longer than this share of those before: 0.5 to 0.999.
  double quantile = 0.95;
  /// But not sooner: 1 ms to 10 s.
  Duration minimum = std::chrono::milliseconds(1);
  /// Of calls that succeeded, in the long run: 0.001 to 0.2.
  double extra = 0.02;

  [[nodiscard]] Problems validate() const;
};

struct ClientOptions {
  /// The called service, in telemetry: 1 to 64 letters, digits, `.`, `_` and `-`.
  std::string name;
  UpstreamOptions upstream;
  /// For a whole call, all attempts and the response's last byte included: 1 ms to 24 h. The
  /// deadline of the request that makes the call counts where it is sooner.
  Duration timeout = std::chrono::seconds(30);
  /// For one attempt: 1 ms to `timeout`.
  Duration attempt_timeout = std::chrono::seconds(10);
  /// When an attempt is followed by another; absent: never. What is not idempotent is tried again
  /// only where the service has seen nothing of it.
  std::optional<RetryOptions> retry = RetryOptions{};
  /// Absent: none.
  std::optional<HedgeOptions> hedge = {};
  /// A circuit breaker for each endpoint; absent: none.
  std::optional<CircuitBreakerOptions> breaker = CircuitBreakerOptions{};
  /// How many calls at once, their bodies included, and who waits: by the caller's tenant, as a
  /// bulkhead does; the endpoint is chosen after the wait. Absent: as many as come.
  std::optional<BulkheadOptions> bulkhead = {};
  /// Whether the service is told, by `x-timeout-ms`, how long its caller waits.
  bool send_timeout = true;
  AnswerClassifier classifier = &classify_answer;
  HttpClientOptions http = {};
  /// What carries the bytes; an HttpClient with `http` where empty.
  TransportFactory transport = {};

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
