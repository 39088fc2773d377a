#pragma once
// The `bulkhead` layer: only so many requests at work at once, of all, of an operation, of a
// tenant.
//
//   auto bulkhead = BulkheadLayer::make({.bulkhead = {.limit = 200}}, app.telemetry());
//   app.use(bulkhead);
//
// A request without a place waits for one, where there is a queue, within its deadline. Its place
// is free again when the last byte of its answer is out, or its handler has really ended.
// Priorities are the routes' (RouteOptions::priority): nothing that a client sends raises its own.
// A request that gets no place has the original's answer, 503 BULKHEAD_LIMIT_EXCEEDED, as a problem
// (RFC 9457) with `Retry-After`; its reason is `bulkhead_full`.
// Thread-safety: shared by all loops; update() from any thread.
// Cost: about 40 ns a request and 20 ns for its tenant; no lock while nobody waits, and no
// allocation but for a tenant who is new.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"
#include "lift/chain/layer_mode.h"
#include "lift/resilience/bulkhead.h"
#include "lift/resilience/bulkhead_report.h"
#include "lift/telemetry/metrics.h"

namespace lift {

class Telemetry;

struct BulkheadLayerOptions {
  /// In metrics and logs: 1 to 64 letters, digits, `.`, `_` and `-`.
  std::string name = "default";
  LayerMode mode = LayerMode::enforce;
  BulkheadOptions bulkhead = {};
  /// Tenants with a limit of their own: 1 to 1,000,000.
  std::size_t max_keys = 10'000;

  [[nodiscard]] Problems validate() const;
};

class BulkheadLayer {
 public:
  static constexpr std::string_view kName = "bulkhead";
  struct Slot {
    bool has_place = false;
    BulkheadHeld held = {};
  };

  /// Error `bad_configuration` with every broken rule. `telemetry` outlives the layer.
  static Result<std::shared_ptr<BulkheadLayer>> make(BulkheadLayerOptions options,
                                                     Telemetry& telemetry);
  static Result<std::shared_ptr<BulkheadLayer>> make(BulkheadLayerOptions options,
                                                     Telemetry& telemetry, Random& random);
  BulkheadLayer(const BulkheadLayer&) = delete;
  BulkheadLayer& operator=(const BulkheadLayer&) = delete;

  /// Replaces mode, limits, weights and times for requests that enter from now on; places that are
  /// taken stay so. `name`, `max_keys`, whether there is a queue, and its shape are fixed: others
  /// are an error. On an error the old options stay.
  Result<> update(const BulkheadLayerOptions& options);

  [[nodiscard]] Bulkhead::View view() { return bulkhead_.view(); }

  Bulkhead::Operation* bind(const RouteFacts& route);
  Verdict enter(Context& ctx, Slot& slot);
  void end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept;

 private:
  BulkheadLayer(BulkheadLayerOptions options, Telemetry& telemetry, Random& random);
  Task<Verdict> wait(Context& ctx, Slot& slot, Bulkhead::Asked asked);
  Verdict refuse(Context& ctx, const BulkheadRefusal& refusal);

  Telemetry& telemetry_;
  Live<BulkheadLayerOptions> options_;
  Bulkhead bulkhead_;
  const BulkheadReport report_;
  const std::vector<Observation> observations_;
};

}  // namespace lift
