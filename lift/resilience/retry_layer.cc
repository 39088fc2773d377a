#include "lift/resilience/retry_layer.h"

#include <utility>

#include "lift/base/sleep.h"
#include "lift/http/retry_after.h"
#include "lift/resilience/detail/policy_name.h"
#include "lift/telemetry/own_metrics.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

Problems RetryLayerOptions::validate() const {
  Problems problems;
  detail::check_policy_name(problems, name);
  problems.add_all("retry", retry.validate());
  return problems;
}

Result<std::shared_ptr<RetryLayer>> RetryLayer::make(RetryLayerOptions options,
                                                     Telemetry& telemetry) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  RetryPolicy policy = RetryPolicy::make(options.retry).value();
  return std::shared_ptr<RetryLayer>(
      new RetryLayer(std::move(options), std::move(policy), telemetry));
}

RetryLayer::RetryLayer(RetryLayerOptions options, RetryPolicy policy, Telemetry& telemetry)
    : options_(std::move(options)), policy_(std::move(policy)), budget_(options_.retry.budget) {
  const auto counters =
      telemetry.metrics().counters(own_metric::kRetries.options(), own_label::kOfRetry);
  for (std::size_t i = 0; i < decided_.size(); ++i) {
    const auto why = static_cast<RetryStop>(i);
    decided_[i] = counters.with(options_.name, why == RetryStop::none ? "sent" : to_string(why));
  }
}

Task<void> RetryLayer::wrap(Context& ctx, Next next) {
  const RouteOptions& route = ctx.route();
  const bool harmless = route.idempotent.value_or(false) && !route.stream_request.value_or(false);
  return harmless ? repeat(ctx, next) : next(ctx);
}

Task<void> RetryLayer::repeat(Context& ctx, Next next) {
  RetryPolicy::State state;
  while (true) {
    Task<void> attempt = next(ctx);
    co_await attempt;
    const Clock& clock = ctx.loop().clock();
    const Instant now = clock.now();
    const RetryFacts facts = facts_of(ctx, clock.wall());
    if (facts.kind == OutcomeKind::success) RetryPolicy::succeeded(state, now, budget_);
    if (facts.kind == OutcomeKind::success || facts.kind == OutcomeKind::ignored) break;
    const RetryPolicy::Decision decision =
        policy_.after(state, facts, now, ctx.deadline(), budget_, ctx.loop().random());
    decided_[static_cast<std::size_t>(decision.why)].add();
    if (!decision.retry) break;
    RetryToken token(budget_);
    co_await ctx.sleep(decision.wait);
    token.used();
  }
  if (state.attempt > 1) ctx.annotate(field("retry.attempts", state.attempt));
}

/// An exception has become an answer by now: a 5xx, as the handler's own would be.
RetryFacts RetryLayer::facts_of(const Context& ctx, WallTime now) const {
  RetryFacts facts;
  facts.kind = options_.classifier({.response = ctx.response()});
  facts.replayable = true;
  if (const auto text = ctx.response().headers.get("retry-after")) {
    facts.retry_after = parse_retry_after(*text, now);
  }
  return facts;
}

}  // namespace lift
