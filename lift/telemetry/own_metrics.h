#pragma once
// The metrics that Lift itself keeps: what they are called and what their labels are, told once.
// Whoever registers them, encodes them under other names or asks for them in dashboards reads it
// here.
//
// Thread-safety: constants.
// Cost: none.

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "lift/telemetry/metric_options.h"
#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/own_labels.h"

namespace lift {

struct OwnMetric {
  std::string_view name;
  std::string_view description;
  MetricKind kind = MetricKind::counter;
  std::string_view unit = "";
  std::span<const std::string_view> labels = {};

  [[nodiscard]] constexpr bool has(std::string_view label) const noexcept {
    return std::ranges::find(labels, label) != labels.end();
  }
  /// For registering it.
  [[nodiscard]] MetricOptions options() const {
    return {.name = std::string(name),
            .description = std::string(description),
            .unit = std::string(unit)};
  }
};

namespace own_metric {

// The observe layer's.
inline constexpr OwnMetric kRequestDuration{.name = "http.server.request.duration",
                                            .description = "Duration of HTTP server requests.",
                                            .kind = MetricKind::histogram,
                                            .unit = "s",
                                            .labels = own_label::kOfDuration};
inline constexpr OwnMetric kResponseSize{.name = "http.server.response.body.size",
                                         .description = "Size of HTTP server response bodies.",
                                         .kind = MetricKind::histogram,
                                         .unit = "By",
                                         .labels = own_label::kOfSize};
inline constexpr OwnMetric kActiveRequests{.name = "http.server.active_requests",
                                           .description = "Number of active HTTP server requests.",
                                           .kind = MetricKind::up_down,
                                           .unit = "{request}",
                                           .labels = own_label::kOfActive};
inline constexpr OwnMetric kTenantDuration{
    .name = "lift.tenant.request.duration",
    .description = "Duration of requests of the busiest tenants.",
    .kind = MetricKind::histogram,
    .unit = "s",
    .labels = own_label::kOfTenant};

// The server's.
inline constexpr OwnMetric kConnections{.name = "lift.server.connections",
                                        .description = "Connections now open.",
                                        .kind = MetricKind::up_down};
inline constexpr OwnMetric kAccepted{.name = "lift.server.accepted",
                                     .description = "Connections accepted."};
inline constexpr OwnMetric kRunning{
    .name = "lift.server.running",
    .description = "Requests between their head and their last layer's end.",
    .kind = MetricKind::up_down};
inline constexpr OwnMetric kMalformed{.name = "lift.server.malformed",
                                      .description = "Requests refused before any chain saw them."};
inline constexpr OwnMetric kTooLarge{.name = "lift.server.too_large",
                                     .description = "Requests refused for their size."};
inline constexpr OwnMetric kTimedOut{.name = "lift.server.timed_out",
                                     .description = "Clients that were too slow."};
inline constexpr OwnMetric kAcceptPaused{.name = "lift.server.accept_paused",
                                         .description = "Times that accepting stopped at a limit."};
inline constexpr OwnMetric kAcceptFailed{
    .name = "lift.server.accept_failed",
    .description = "Connections that the system could not give."};

// The chains'.
inline constexpr OwnMetric kExceptions{
    .name = "lift.requests.exceptions",
    .description = "Handlers and layers that let an exception out."};
inline constexpr OwnMetric kTimeouts{.name = "lift.requests.timeouts",
                                     .description = "Requests answered at their deadline."};
inline constexpr OwnMetric kOverruns{
    .name = "lift.requests.overruns",
    .description = "Timeouts found only when the handler returned."};
inline constexpr OwnMetric kLingering{.name = "lift.requests.lingering",
                                      .description = "Handlers that run on after their timeout.",
                                      .kind = MetricKind::up_down};
inline constexpr OwnMetric kCancelled{.name = "lift.requests.cancelled",
                                      .description = "Requests whose client went away first."};

// The token file's, where there is one.
inline constexpr OwnMetric kTokenReloads{.name = "lift.tokens.reloads",
                                         .description = "Times that a new token file was taken."};
inline constexpr OwnMetric kTokenReloadFailures{
    .name = "lift.tokens.reload_failures", .description = "New token files that cannot be used."};

// The exporter's.
inline constexpr OwnMetric kDropped{
    .name = "telemetry.dropped",
    .description = "Log lines, spans and points that were lost, by why.",
    .labels = own_label::kOfDropped};
inline constexpr OwnMetric kExported{
    .name = "telemetry.exported",
    .description = "Log lines, spans and points that a destination has taken.",
    .labels = own_label::kOfExported};

// The health's.
inline constexpr OwnMetric kHealthReady{.name = "lift.health.ready",
                                        .description = "Whether requests may come: 1 or 0.",
                                        .kind = MetricKind::gauge};
inline constexpr OwnMetric kHealthStatus{
    .name = "lift.health.check.status",
    .description = "What a check says: 1 pass, 0.5 warn, 0 fail, -1 unknown.",
    .kind = MetricKind::gauge,
    .labels = own_label::kOfCheck};
inline constexpr OwnMetric kHealthTransitions{.name = "lift.health.transitions",
                                              .description = "Changes of a check's status.",
                                              .labels = own_label::kOfTransition};
inline constexpr OwnMetric kHealthDuration{.name = "lift.health.check.duration",
                                           .description = "Duration of checks.",
                                           .kind = MetricKind::histogram,
                                           .unit = "s",
                                           .labels = own_label::kOfCheck};
inline constexpr OwnMetric kHealthOverdue{
    .name = "lift.health.overdue",
    .description = "Runs of checks that have passed their timeout and not returned.",
    .kind = MetricKind::up_down};
inline constexpr OwnMetric kHealthSkipped{.name = "lift.health.skipped",
                                          .description = "Runs of checks that found no thread."};
inline constexpr OwnMetric kHealthCallbackFailures{
    .name = "lift.health.callback_failures",
    .description = "Callbacks told of a transition that threw."};

// The rate limiter's.
inline constexpr OwnMetric kLimitRequests{
    .name = "lift.ratelimit.requests",
    .description = "Requests that a limit allowed, refused, or would have refused.",
    .unit = "{request}",
    .labels = own_label::kOfDecision};
inline constexpr OwnMetric kLimitShadow{
    .name = "lift.ratelimit.shadow",
    .description = "Requests on which a limit in shadow and the one it is compared with differ.",
    .unit = "{request}",
    .labels = own_label::kOfDifference};
inline constexpr OwnMetric kLimitKeys{
    .name = "lift.ratelimit.keys",
    .description = "Places of a limit's table that have been taken.",
    .kind = MetricKind::gauge,
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitShared{
    .name = "lift.ratelimit.shared",
    .description = "Decisions on keys that had to share a place.",
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitWrites{
    .name = "lift.ratelimit.store.writes",
    .description = "Writes to a shared limit's store, by what came of them.",
    .labels = own_label::kOfLimitResult};
inline constexpr OwnMetric kLimitFallbacks{
    .name = "lift.ratelimit.store.fallbacks",
    .description = "Decisions of a shared limit without its store, which did not answer.",
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitAvailable{
    .name = "lift.ratelimit.store.available",
    .description = "Whether a shared limit's store answers: 1 or 0.",
    .kind = MetricKind::gauge,
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitLost{.name = "lift.ratelimit.lease.lost",
                                      .description = "Tokens that were reserved and not used.",
                                      .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitHeld{
    .name = "lift.ratelimit.overshoot.held",
    .description = "The most tokens of one key that this instance has held at one time.",
    .kind = MetricKind::gauge,
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitOvershoot{
    .name = "lift.ratelimit.overshoot.bound",
    .description = "Tokens that all instances together may admit beyond rate and burst.",
    .kind = MetricKind::gauge,
    .labels = own_label::kOfLimit};
inline constexpr OwnMetric kLimitClock{
    .name = "lift.ratelimit.clock.offset",
    .description = "What is added to this instance's clock, as the store's is another.",
    .kind = MetricKind::gauge,
    .unit = "s",
    .labels = own_label::kOfLimit};

// The clients'.
inline constexpr OwnMetric kClientDuration{
    .name = "http.client.request.duration",
    .description = "Duration of attempts to call another service.",
    .kind = MetricKind::histogram,
    .unit = "s",
    .labels = own_label::kOfClientDuration};
inline constexpr OwnMetric kClientRetries{
    .name = "lift.client.retries",
    .description = "Failed attempts, by whether another was sent, or why not.",
    .labels = own_label::kOfClientRetry};

inline constexpr OwnMetric kClientHedges{
    .name = "lift.client.hedges",
    .description = "Attempts that were begun beside one that took unusually long.",
    .labels = own_label::kOfClient};

// The retry layers'.
inline constexpr OwnMetric kRetries{
    .name = "lift.retry.attempts",
    .description = "Failed attempts of handlers, by whether another was made, or why not.",
    .labels = own_label::kOfRetry};

// The bulkheads'.
inline constexpr OwnMetric kBulkheadRequests{
    .name = "lift.bulkhead.requests",
    .description =
        "Requests that a bulkhead admitted, at once or after a wait, rejected, or would have.",
    .unit = "{request}",
    .labels = own_label::kOfBulkheadResult};
inline constexpr OwnMetric kBulkheadRejections{
    .name = "lift.bulkhead.rejections",
    .description = "Requests that a bulkhead rejected, by the level without a place and why.",
    .unit = "{request}",
    .labels = own_label::kOfBulkheadRejection};
inline constexpr OwnMetric kBulkheadWait{.name = "lift.bulkhead.wait",
                                         .description = "How long requests waited for a place.",
                                         .kind = MetricKind::histogram,
                                         .unit = "s",
                                         .labels = own_label::kOfBulkhead};
inline constexpr OwnMetric kBulkheadInUse{.name = "lift.bulkhead.in_use",
                                          .description = "Requests that have a place.",
                                          .kind = MetricKind::gauge,
                                          .unit = "{request}",
                                          .labels = own_label::kOfBulkhead};
inline constexpr OwnMetric kBulkheadLimit{.name = "lift.bulkhead.limit",
                                          .description = "Places that there are.",
                                          .kind = MetricKind::gauge,
                                          .unit = "{request}",
                                          .labels = own_label::kOfBulkhead};
inline constexpr OwnMetric kBulkheadWaiting{.name = "lift.bulkhead.waiting",
                                            .description = "Requests that wait for a place.",
                                            .kind = MetricKind::gauge,
                                            .unit = "{request}",
                                            .labels = own_label::kOfBulkhead};
inline constexpr OwnMetric kBulkheadOverflow{
    .name = "lift.bulkhead.overflow",
    .description = "Times that a tenant had no room for a limit of its own.",
    .labels = own_label::kOfBulkhead};

// Load shedding's.
inline constexpr OwnMetric kShedRequests{
    .name = "lift.load_shed.requests",
    .description = "Requests that were admitted, shed, or would have been.",
    .unit = "{request}",
    .labels = own_label::kOfShedResult};
inline constexpr OwnMetric kShedRejections{
    .name = "lift.load_shed.rejections",
    .description = "Requests that were shed, by their priority and why.",
    .unit = "{request}",
    .labels = own_label::kOfShedRejection};
inline constexpr OwnMetric kShedAtWork{.name = "lift.load_shed.at_work",
                                       .description = "Requests at work now.",
                                       .kind = MetricKind::gauge,
                                       .unit = "{request}"};
inline constexpr OwnMetric kShedLimit{.name = "lift.load_shed.limit",
                                      .description = "Requests that may be at work at once.",
                                      .kind = MetricKind::gauge,
                                      .unit = "{request}"};
inline constexpr OwnMetric kShedBorder{
    .name = "lift.load_shed.border",
    .description = "The level below which requests are shed, of 512; 0: none is.",
    .kind = MetricKind::gauge};
inline constexpr OwnMetric kShedWait{
    .name = "lift.load_shed.queue_wait",
    .description = "How long what is ready waits for its loop, on average.",
    .kind = MetricKind::gauge,
    .unit = "s"};
inline constexpr OwnMetric kShedCpu{.name = "lift.load_shed.cpu",
                                    .description = "CPU in use, of what may be used.",
                                    .kind = MetricKind::gauge,
                                    .unit = "1"};
inline constexpr OwnMetric kShedMemory{.name = "lift.load_shed.memory",
                                       .description = "Memory in use, of what may be used.",
                                       .kind = MetricKind::gauge,
                                       .unit = "1"};

// The circuit breakers'.
inline constexpr OwnMetric kBreakerRequests{
    .name = "lift.circuit_breaker.requests",
    .description = "Requests that a circuit breaker admitted, rejected, or would have rejected.",
    .unit = "{request}",
    .labels = own_label::kOfBreakerResult};
inline constexpr OwnMetric kBreakerTransitions{
    .name = "lift.circuit_breaker.transitions",
    .description = "Changes of a circuit breaker's state, by what it became and why.",
    .labels = own_label::kOfBreakerChange};
inline constexpr OwnMetric kBreakerStates{.name = "lift.circuit_breaker.states",
                                          .description = "Circuit breakers in a state.",
                                          .kind = MetricKind::gauge,
                                          .labels = own_label::kOfBreakerState};
inline constexpr OwnMetric kBreakerOverflow{
    .name = "lift.circuit_breaker.overflow",
    .description = "Times that a key had no room for a circuit breaker of its own.",
    .labels = own_label::kOfBreaker};
inline constexpr OwnMetric kBreakerLostEvents{
    .name = "lift.circuit_breaker.lost_events",
    .description = "Changes of circuit breakers that nobody was told of, as too many came at once.",
    .labels = own_label::kOfBreaker};
inline constexpr OwnMetric kAll[]{kRequestDuration,
                                  kResponseSize,
                                  kActiveRequests,
                                  kTenantDuration,
                                  kConnections,
                                  kAccepted,
                                  kRunning,
                                  kMalformed,
                                  kTooLarge,
                                  kTimedOut,
                                  kAcceptPaused,
                                  kAcceptFailed,
                                  kExceptions,
                                  kTimeouts,
                                  kOverruns,
                                  kLingering,
                                  kCancelled,
                                  kTokenReloads,
                                  kTokenReloadFailures,
                                  kDropped,
                                  kExported,
                                  kHealthReady,
                                  kHealthStatus,
                                  kHealthTransitions,
                                  kHealthDuration,
                                  kHealthOverdue,
                                  kHealthSkipped,
                                  kHealthCallbackFailures,
                                  kLimitRequests,
                                  kLimitShadow,
                                  kLimitKeys,
                                  kLimitShared,
                                  kLimitWrites,
                                  kLimitFallbacks,
                                  kLimitAvailable,
                                  kLimitLost,
                                  kLimitHeld,
                                  kLimitOvershoot,
                                  kLimitClock,
                                  kClientDuration,
                                  kClientRetries,
                                  kClientHedges,
                                  kRetries,
                                  kBulkheadRequests,
                                  kBulkheadRejections,
                                  kBulkheadWait,
                                  kBulkheadInUse,
                                  kBulkheadLimit,
                                  kBulkheadWaiting,
                                  kBulkheadOverflow,
                                  kShedRequests,
                                  kShedRejections,
                                  kShedAtWork,
                                  kShedLimit,
                                  kShedBorder,
                                  kShedWait,
                                  kShedCpu,
                                  kShedMemory,
                                  kBreakerRequests,
                                  kBreakerTransitions,
                                  kBreakerStates,
                                  kBreakerOverflow,
                                  kBreakerLostEvents};

}  // namespace own_metric
}  // namespace lift
