#include "lift/resilience/bulkhead_layer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lift/resilience/detail/policy_name.h"
#include "lift/resilience/detail/refusal.h"
#include "lift/telemetry/telemetry.h"

namespace lift {
namespace {

std::string_view reason_of(BulkheadLevel level) noexcept {
  switch (level) {
    case BulkheadLevel::tenant:
      return "tenant resource limit exceeded";
    case BulkheadLevel::operation:
      return "operation resource limit exceeded";
    case BulkheadLevel::global:
      break;
  }
  return "global resource limit exceeded";
}

/// Whether what cannot be changed while it runs is the same.
bool same_queues(const BulkheadOptions& one, const BulkheadOptions& other) noexcept {
  if (one.queue.has_value() != other.queue.has_value()) return false;
  return !one.queue ||
         (one.queue->queues == other.queue->queues && one.queue->hand == other.queue->hand &&
          one.queue->length == other.queue->length);
}

}  // namespace

Problems BulkheadLayerOptions::validate() const {
  Problems problems;
  detail::check_policy_name(problems, name);
  if (max_keys < 1 || max_keys > 1'000'000) {
    problems.add("max_keys", std::to_string(max_keys), "must be 1 to 1,000,000");
  }
  problems.add_all("bulkhead", bulkhead.validate());
  return problems;
}

Result<std::shared_ptr<BulkheadLayer>> BulkheadLayer::make(BulkheadLayerOptions options,
                                                           Telemetry& telemetry) {
  SecureRandom random;
  return make(std::move(options), telemetry, random);
}

Result<std::shared_ptr<BulkheadLayer>> BulkheadLayer::make(BulkheadLayerOptions options,
                                                           Telemetry& telemetry, Random& random) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<BulkheadLayer>(new BulkheadLayer(std::move(options), telemetry, random));
}

BulkheadLayer::BulkheadLayer(BulkheadLayerOptions options, Telemetry& telemetry, Random& random)
    : telemetry_(telemetry),
      options_(std::move(options)),
      bulkhead_(options_.share()->bulkhead, options_.share()->max_keys, random),
      report_(options_.share()->name, telemetry.metrics()),
      observations_(report_.observe(bulkhead_)) {}

Result<> BulkheadLayer::update(const BulkheadLayerOptions& options) {
  constexpr std::string_view kFixed = "cannot be changed while it runs";
  Problems problems = options.validate();
  const auto before = options_.share();
  if (options.name != before->name) problems.add("name", options.name, std::string(kFixed));
  if (options.max_keys != before->max_keys) {
    problems.add("max_keys", std::to_string(options.max_keys), std::string(kFixed));
  }
  if (!same_queues(options.bulkhead, before->bulkhead)) {
    problems.add("bulkhead.queue", "", std::string(kFixed));
  }
  Result<> valid = problems.as_result();
  if (!valid) return valid;
  bulkhead_.update(options.bulkhead, telemetry_.clock().now());
  options_.replace(options);
  return valid;
}

Bulkhead::Operation* BulkheadLayer::bind(const RouteFacts& route) {
  return &bulkhead_.operation(route.operation);
}

Verdict BulkheadLayer::enter(Context& ctx, Slot& slot) {
  const LayerMode mode = options_.read().mode;
  if (mode == LayerMode::off) return Verdict::proceed;
  const Bulkhead::Asked asked{.operation = &ctx.bound<Bulkhead::Operation>(),
                              .tenant = ctx.tenant(),
                              .priority = ctx.route().priority.value_or(Priority::normal),
                              .deadline = ctx.deadline()};
  const Bulkhead::Admission admission = bulkhead_.try_acquire(asked, ctx.start());
  if (admission.held) {
    slot.has_place = true;
    slot.held = *admission.held;
    report_.admitted.add();
    return Verdict::proceed;
  }
  if (mode == LayerMode::shadow) {
    report_.would_reject.add();
    return Verdict::proceed;
  }
  if (bulkhead_.queues()) return ctx.pending(wait(ctx, slot, asked));
  return refuse(ctx, admission.refusal);
}

Task<Verdict> BulkheadLayer::wait(Context& ctx, Slot& slot, Bulkhead::Asked asked) {
  const Instant from = ctx.loop().clock().now();
  Task<BulkheadAnswer> acquiring = bulkhead_.acquire(asked, ctx.stop_token());
  BulkheadAnswer answer = co_await acquiring;
  const Duration waited = ctx.loop().clock().now() - from;
  report_.waited_for(waited);
  ctx.annotate(
      field("bulkhead.wait_ms", std::chrono::duration<double, std::milli>(waited).count()));
  if (!answer.permit) co_return refuse(ctx, answer.refusal);
  slot.held = answer.permit->detach();
  slot.has_place = true;
  report_.waited.add();
  co_return Verdict::proceed;
}

Verdict BulkheadLayer::refuse(Context& ctx, const BulkheadRefusal& refusal) {
  const BulkheadLayerOptions& options = options_.read();
  report_.refused(refusal);
  ctx.annotate(field("bulkhead.name", options.name));
  ctx.annotate(field("bulkhead.level", to_string(refusal.level)));
  ctx.annotate(field("bulkhead.reason", to_string(refusal.reason)));
  Response answer = detail::refusal_response(ctx, {.status = 503,
                                                   .code = "BULKHEAD_LIMIT_EXCEEDED",
                                                   .error = "Service temporarily unavailable",
                                                   .message = "Resource limit exceeded",
                                                   .policy = kName,
                                                   .name = options.name,
                                                   .reason = reason_of(refusal.level),
                                                   .limit = refusal.limit,
                                                   .retry_after = refusal.retry_after});
  return ctx.reject("bulkhead_full", std::move(answer), refusal.retry_after);
}

void BulkheadLayer::end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  if (!slot.has_place) return;
  bulkhead_.release(slot.held, saturating_add(ctx.start(), outcome.duration));
}

}  // namespace lift
