#pragma once
// What all calls of a client share, and one call of it.
//
// Thread-safety: the core is shared by all loops; a call belongs to one.
// Cost: see client.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/client/client.h"
#include "lift/client/detail/client_metrics.h"
#include "lift/client/loop_transports.h"
#include "lift/client/upstream.h"
#include "lift/resilience/breaker_report.h"
#include "lift/resilience/bulkhead.h"
#include "lift/resilience/bulkhead_report.h"
#include "lift/resilience/circuit_breakers.h"
#include "lift/resilience/latency_quantile.h"
#include "lift/resilience/retry_policy.h"
#include "lift/telemetry/span.h"

namespace lift::detail {

class ClientCore {
 public:
  static std::shared_ptr<ClientCore> make(ClientOptions the_options, Telemetry& telemetry);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;
  ~ClientCore();

  const ClientOptions options;
  Upstream upstream;
  LoopTransports transports;
  ClientMetrics metrics;
  std::optional<RetryPolicy> retry;
  RetryBudget budget;
  RetryBudget hedge_budget;
  LatencyQuantile latency;  ///< of attempts that ended well
  std::optional<CircuitBreakers> breakers;
  std::vector<CircuitBreakers::Operation*> breaker_of;  ///< each endpoint's
  std::shared_ptr<BreakerReport> breaker_report;
  std::optional<Bulkhead> bulkhead;
  std::optional<BulkheadReport> bulkhead_report;
  std::vector<Observation> observations;

 private:
  ClientCore(ClientOptions the_options, Telemetry& telemetry);
};

using Opening = Result<std::unique_ptr<OpenResponse>>;
/// What an attempt comprises: up to the response's head, or all of it, which is then in head.body.
enum class Reading : std::uint8_t { head, all };

/// An endpoint for an attempt, and what its breaker has let through.
struct Picked {
  Upstream::Turn turn;
  std::optional<CircuitBreakers::Held> held;
  std::optional<BulkheadPermit> permit;
};

/// One call: its attempts, one after another.
class ClientCall {
 public:
  /// `ctx` is null outside of a request. All are the caller's and outlive it.
  ClientCall(std::shared_ptr<ClientCore> core, Context* ctx, ClientRequest& request,
             Reading reading) noexcept;

  Task<Opening> run();

 private:
  class Attempt;

  /// Nothing where every breaker refuses; `retry_after_` tells how long.
  [[nodiscard]] std::optional<Picked> pick(Instant now);
  [[nodiscard]] Task<Opening> try_once(Instant now);
  [[nodiscard]] Task<BulkheadAnswer> place();
  [[nodiscard]] std::optional<Duration> hedge_after() const;
  [[nodiscard]] Task<Opening> hedged(Picked picked, Duration after);
  [[nodiscard]] std::optional<Picked> pick_beside();
  [[nodiscard]] bool is_good(const Opening& opening) const;
  [[nodiscard]] Task<Opening> attempt(Picked picked, ClientRequest& request);
  [[nodiscard]] bool again(const Opening& last, Instant now);
  [[nodiscard]] RetryFacts facts_of(const Opening& last) const;
  [[nodiscard]] bool replayable() const;
  void settle(const Opening& last, Instant now);
  void prepare(ClientRequest& request, const Upstream::Turn& turn, const Span& span,
               Instant now) const;
  [[nodiscard]] Span begin_span(const Upstream::Turn& turn) const;

  std::shared_ptr<ClientCore> core_;
  Context* ctx_;
  ClientRequest& request_;
  const Reading reading_;
  Loop& loop_;
  std::string target_;
  Instant deadline_;
  Upstream::Tried tried_;
  RetryPolicy::State state_;
  bool body_begun_ = false;  ///< what its producer has written cannot be had again
  Duration retry_after_{};
};

/// What an error of the transport says about the endpoint.
[[nodiscard]] OutcomeKind outcome_of(const Error& error) noexcept;
/// Whether the service has seen nothing of a request that ended so.
[[nodiscard]] bool unseen(const Error& error) noexcept;

}  // namespace lift::detail
