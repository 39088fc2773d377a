#pragma once
// The `load_shed` layer: a service with too much to do turns the less important away, so that the
// rest are served well.
//
//   LoadShedLayerOptions options;
//   options.shed.target_wait = 10ms;
//   app.use(LoadShedLayer::make(options, app.telemetry()));
//
// An App has one by default. Priorities are the routes' (RouteOptions::priority): nothing that a
// client sends raises its own. Health stands outside and is never turned away; a route without a
// deadline (`unlimited`) is not counted as at work. It stands outside `rate_limit`, so that whom it
// turns away spends nothing.
// Who is turned away gets the original's answer, 503 LOAD_SHED, as a problem (RFC 9457) with
// `Retry-After`, spread so that they do not come back together; its reason is `load_shed`.
// Thread-safety: shared by all loops.
// Cost: about 20 ns a request, no lock, no allocation.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"
#include "lift/chain/layer_mode.h"
#include "lift/resilience/load_shed.h"
#include "lift/telemetry/metrics.h"

namespace lift {

class Telemetry;

struct LoadShedLayerOptions {
  LayerMode mode = LayerMode::enforce;
  LoadShedOptions shed = {};

  [[nodiscard]] Problems validate() const { return shed.validate(); }
};

class LoadShedLayer {
 public:
  static constexpr std::string_view kName = "load_shed";
  struct Slot {
    bool at_work = false;
  };

  /// Error `bad_configuration` with every broken rule. `telemetry` outlives the layer.
  static Result<std::shared_ptr<LoadShedLayer>> make(LoadShedLayerOptions options,
                                                     Telemetry& telemetry);
  static Result<std::shared_ptr<LoadShedLayer>> make(LoadShedLayerOptions options,
                                                     Telemetry& telemetry, Random& random);
  LoadShedLayer(const LoadShedLayer&) = delete;
  LoadShedLayer& operator=(const LoadShedLayer&) = delete;

  /// Replaces mode and options (LoadShed::update) from now on. On an error the old ones stay.
  Result<> update(const LoadShedLayerOptions& options);
  [[nodiscard]] LoadShed::View view() const { return shed_->view(); }

  Verdict enter(Context& ctx, Slot& slot);
  void end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept;

 private:
  class Upkeep;

  LoadShedLayer(LoadShedLayerOptions options, Telemetry& telemetry, Random& random);
  [[nodiscard]] std::vector<Observation> observe(Telemetry& telemetry);
  Verdict refuse(Context& ctx, const LoadShed::Decision& decision);

  std::atomic<LayerMode> mode_;
  const std::shared_ptr<LoadShed> shed_;
  Counter admitted_;
  Counter shed_count_;
  Counter would_shed_;
  CounterFamily<2> rejections_;
  const std::vector<Observation> observations_;
};

}  // namespace lift
