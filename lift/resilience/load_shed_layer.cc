#include "lift/resilience/load_shed_layer.h"

#include <array>
#include <chrono>
#include <utility>

#include "lift/base/cpu.h"
#include "lift/resilience/detail/refusal.h"
#include "lift/telemetry/own_metrics.h"
#include "lift/telemetry/telemetry.h"

namespace lift {
namespace {

std::string_view name_of(Priority priority) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"low", "normal", "high", "critical"};
  return kNames[static_cast<std::size_t>(priority)];
}

}  // namespace

/// Reads what the machine does, away from loops.
class LoadShedLayer::Upkeep final : public TelemetryUpkeep {
 public:
  explicit Upkeep(const std::shared_ptr<LoadShed>& shed) : shed_(shed) {}
  void upkeep(Instant now) override {
    if (const auto shed = shed_.lock()) shed->read_machine(now);
  }
  void exporting(const RequestRead&, WallTime) override {}

 private:
  const std::weak_ptr<LoadShed> shed_;
};

Result<std::shared_ptr<LoadShedLayer>> LoadShedLayer::make(LoadShedLayerOptions options,
                                                           Telemetry& telemetry) {
  SecureRandom random;
  return make(std::move(options), telemetry, random);
}

Result<std::shared_ptr<LoadShedLayer>> LoadShedLayer::make(LoadShedLayerOptions options,
                                                           Telemetry& telemetry, Random& random) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  std::shared_ptr<LoadShedLayer> layer(new LoadShedLayer(std::move(options), telemetry, random));
  telemetry.keep_up(std::make_shared<Upkeep>(layer->shed_));
  return layer;
}

LoadShedLayer::LoadShedLayer(LoadShedLayerOptions options, Telemetry& telemetry, Random& random)
    : mode_(options.mode),
      shed_(LoadShed::make(options.shed, usable_cores(), random)),
      observations_(observe(telemetry)) {
  MetricRegistry& metrics = telemetry.metrics();
  const auto requests =
      metrics.counters(own_metric::kShedRequests.options(), own_label::kOfShedResult);
  admitted_ = requests.with("admitted");
  shed_count_ = requests.with("shed");
  would_shed_ = requests.with("would_shed");
  rejections_ =
      metrics.counters(own_metric::kShedRejections.options(), own_label::kOfShedRejection);
}

std::vector<Observation> LoadShedLayer::observe(Telemetry& telemetry) {
  MetricRegistry& metrics = telemetry.metrics();
  std::vector<Observation> all;
  // Nothing where nobody knows.
  const auto add = [&](const OwnMetric& metric, auto ask) {
    all.push_back(
        metrics.observe(metric.kind, metric.options(), metric.labels, [shed = shed_, ask] {
          std::vector<Observed> observed;
          const std::optional<double> value = ask(shed->view());
          if (value) observed.push_back({.label_values = {}, .value = *value});
          return observed;
        }));
  };
  using View = LoadShed::View;
  using Value = std::optional<double>;
  add(own_metric::kShedAtWork, [](const View& view) -> Value { return view.at_work; });
  add(own_metric::kShedLimit, [](const View& view) -> Value { return view.limit; });
  add(own_metric::kShedBorder,
      [](const View& view) -> Value { return view.border.level + 1 - view.border.share; });
  add(own_metric::kShedWait, [](const View& view) -> Value {
    return std::chrono::duration<double>(view.signals.queue_wait).count();
  });
  add(own_metric::kShedCpu, [](const View& view) { return view.signals.machine.cpu; });
  add(own_metric::kShedMemory, [](const View& view) { return view.signals.machine.memory; });
  return all;
}

Result<> LoadShedLayer::update(const LoadShedLayerOptions& options) {
  Result<> valid = options.validate().as_result();
  if (!valid) return valid;
  shed_->update(options.shed);
  mode_.store(options.mode, std::memory_order_relaxed);
  return valid;
}

Verdict LoadShedLayer::enter(Context& ctx, Slot& slot) {
  const LayerMode mode = mode_.load(std::memory_order_relaxed);
  if (mode == LayerMode::off) return Verdict::proceed;
  const RouteOptions& route = ctx.route();
  const bool counts = !route.unlimited.value_or(false);
  const LoadShed::Decision decision =
      shed_->enter(ctx.loop(),
                   {.priority = route.priority.value_or(Priority::normal),
                    .tenant = ctx.tenant(),
                    .counts = counts},
                   ctx.start());
  if (decision.reason == ShedReason::none) {
    slot.at_work = counts;
    admitted_.add();
    return Verdict::proceed;
  }
  if (mode == LayerMode::shadow) {
    would_shed_.add();
    return Verdict::proceed;
  }
  return refuse(ctx, decision);
}

Verdict LoadShedLayer::refuse(Context& ctx, const LoadShed::Decision& decision) {
  const Duration retry_after = shed_->retry_after(ctx.loop().random());
  const Priority priority = ctx.route().priority.value_or(Priority::normal);
  shed_count_.add();
  rejections_.with(name_of(priority), to_string(decision.reason)).add();
  ctx.annotate(field("load_shed.reason", to_string(decision.reason)));
  ctx.annotate(field("load_shed.level", decision.level));
  std::optional<std::uint64_t> limit;
  if (decision.reason == ShedReason::in_flight) limit = shed_->limit();
  Response answer = detail::refusal_response(ctx, {.status = 503,
                                                   .code = "LOAD_SHED",
                                                   .error = "Service Overloaded",
                                                   .message = "Service temporarily overloaded",
                                                   .policy = kName,
                                                   .name = {},
                                                   .reason = to_string(decision.reason),
                                                   .limit = limit,
                                                   .retry_after = retry_after});
  return ctx.reject("load_shed", std::move(answer), retry_after);
}

void LoadShedLayer::end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  if (slot.at_work) shed_->leave(ctx.loop(), outcome);
}

}  // namespace lift
