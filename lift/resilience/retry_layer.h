#pragma once
// The `retry` layer: runs a handler again that failed, on routes that say it does no harm.
//
//   auto retry = RetryLayer::make({}, app.telemetry()).value();
//   app.group("/reports", {.idempotent = true}).use(retry);
//
// Only where RouteOptions::idempotent is true, and never where the handler reads the body itself as
// it arrives: nothing is repeated because of its method alone. Each attempt begins with an empty
// response, and the layers further in are left and entered again; those further out see one
// request. When is told in retry_policy.h: a failed or overloaded answer is repeated after a wait,
// within the request's deadline, the attempts and the route's budget. What waits holds its place in
// a bulkhead further out, so calls to other services are better repeated in lift/client.
// Thread-safety: shared by all loops.
// Cost: a coroutine frame a request on such routes, nothing on others.

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"
#include "lift/chain/outcome.h"
#include "lift/resilience/retry_policy.h"
#include "lift/telemetry/metrics.h"

namespace lift {

class Telemetry;

struct RetryLayerOptions {
  /// In metrics: 1 to 64 letters, digits, `.`, `_` and `-`.
  std::string name = "default";
  RetryOptions retry = {};
  /// Judges each attempt's answer.
  Classifier classifier = &classify;

  [[nodiscard]] Problems validate() const;
};

class RetryLayer {
 public:
  static constexpr std::string_view kName = "retry";

  /// Error `bad_configuration` with every broken rule. `telemetry` outlives the layer.
  static Result<std::shared_ptr<RetryLayer>> make(RetryLayerOptions options, Telemetry& telemetry);

  Task<void> wrap(Context& ctx, Next next);

 private:
  RetryLayer(RetryLayerOptions options, RetryPolicy policy, Telemetry& telemetry);
  [[nodiscard]] Task<void> repeat(Context& ctx, Next next);
  [[nodiscard]] RetryFacts facts_of(const Context& ctx, WallTime now) const;

  const RetryLayerOptions options_;
  const RetryPolicy policy_;
  RetryBudget budget_;
  std::array<Counter, 7> decided_;
};

}  // namespace lift
