#include "lift/resilience/circuit_breaker_layer.h"

#include <algorithm>
#include <utility>

#include "lift/resilience/detail/policy_name.h"
#include "lift/resilience/detail/refusal.h"

namespace lift {
namespace {

/// A request that its deadline overtook did not succeed, however it ended.
Outcome as_seen(const Context& ctx, const Outcome& outcome, Instant now) noexcept {
  Outcome seen = outcome;
  const bool ended = seen.kind == OutcomeKind::success || seen.kind == OutcomeKind::ignored;
  if (ended && now > ctx.deadline()) seen.kind = OutcomeKind::timeout;
  return seen;
}

}  // namespace

Problems CircuitBreakerLayerOptions::validate() const {
  Problems problems;
  detail::check_policy_name(problems, name);
  if (max_keys < 1 || max_keys > 1'000'000) {
    problems.add("max_keys", std::to_string(max_keys), "must be 1 to 1,000,000");
  }
  problems.add_all("breaker", breaker.validate());
  return problems;
}

Result<std::shared_ptr<CircuitBreakerLayer>> CircuitBreakerLayer::make(
    CircuitBreakerLayerOptions options, Telemetry& telemetry) {
  SecureRandom random;
  return make(std::move(options), telemetry, random);
}

Result<std::shared_ptr<CircuitBreakerLayer>> CircuitBreakerLayer::make(
    CircuitBreakerLayerOptions options, Telemetry& telemetry, Random& random) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  std::shared_ptr<CircuitBreakerLayer> layer(
      new CircuitBreakerLayer(std::move(options), telemetry, random));
  layer->report_->follow(std::shared_ptr<CircuitBreakers>(layer, &layer->breakers_));
  telemetry.keep_up(layer->report_);
  return layer;
}

CircuitBreakerLayer::CircuitBreakerLayer(CircuitBreakerLayerOptions options, Telemetry& telemetry,
                                         Random& random)
    : telemetry_(telemetry),
      options_(std::move(options)),
      breakers_(options_.share()->breaker, options_.share()->scope, options_.share()->max_keys,
                random),
      report_(std::make_shared<BreakerReport>(options_.share()->name, telemetry,
                                              options_.share()->on_change)),
      observations_(report_->observe(breakers_)) {}

CircuitBreakerLayer::~CircuitBreakerLayer() { report_->tell(breakers_); }

Result<> CircuitBreakerLayer::update(const CircuitBreakerLayerOptions& options) {
  Problems problems = options.validate();
  const auto before = options_.share();
  if (options.name != before->name) {
    problems.add("name", options.name, "cannot be changed while it runs");
  }
  if (options.scope != before->scope) problems.add("scope", "", "cannot be changed while it runs");
  if (options.max_keys != before->max_keys) {
    problems.add("max_keys", std::to_string(options.max_keys), "cannot be changed while it runs");
  }
  Result<> valid = problems.as_result();
  if (!valid) return valid;
  breakers_.update(options.breaker);
  options_.replace(options);
  return valid;
}

void CircuitBreakerLayer::force(std::string_view operation, std::string_view tenant,
                                BreakerMode mode, std::string_view reason, Duration time) {
  const Instant now = telemetry_.clock().now();
  breakers_.force(operation, tenant, mode, reason, now, saturating_add(now, time));
}

std::vector<CircuitBreakers::View> CircuitBreakerLayer::view() {
  return breakers_.view(telemetry_.clock().now());
}

CircuitBreakers::Operation* CircuitBreakerLayer::bind(const RouteFacts& route) {
  return &breakers_.operation(route.operation);
}

Verdict CircuitBreakerLayer::enter(Context& ctx, Slot& slot) {
  const CircuitBreakerLayerOptions& options = options_.read();
  if (options.mode == LayerMode::off) return Verdict::proceed;
  auto& operation = ctx.bound<CircuitBreakers::Operation>();
  const auto admission = breakers_.admit(operation, ctx.tenant(), ctx.start(), ctx.loop().random());
  if (admission.held) {
    slot.operation = &operation;
    slot.held = *admission.held;
    report_->admitted.add();
    return Verdict::proceed;
  }
  if (options.mode == LayerMode::shadow) {
    report_->would_reject.add();
    return Verdict::proceed;
  }
  report_->rejected.add();
  return refuse(ctx, options, admission.retry_after);
}

Verdict CircuitBreakerLayer::refuse(Context& ctx, const CircuitBreakerLayerOptions& options,
                                    Duration retry_after) {
  ctx.annotate(field("circuit_breaker.name", options.name));
  if (options.fallback) {
    const BreakerRefusal refusal{
        .breaker = options.name, .operation = ctx.operation(), .retry_after = retry_after};
    return ctx.reject("circuit_open", options.fallback(ctx, refusal), retry_after);
  }
  Response answer = detail::refusal_response(ctx, {.status = 503,
                                                   .code = "CIRCUIT_BREAKER_OPEN",
                                                   .error = "Service temporarily unavailable",
                                                   .message = "Circuit breaker is open",
                                                   .policy = kName,
                                                   .name = options.name,
                                                   .reason = {},
                                                   .retry_after = retry_after});
  return ctx.reject("circuit_open", std::move(answer), retry_after);
}

void CircuitBreakerLayer::end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  if (slot.operation == nullptr) return;
  const Instant now = saturating_add(ctx.start(), outcome.duration);
  const auto counted = breakers_.record(*slot.operation, ctx.tenant(), slot.held,
                                        as_seen(ctx, outcome, now), now, ctx.loop().random());
  if (counted == CircuitBreaker::Counted::stale) report_->stale.add();
}

}  // namespace lift
