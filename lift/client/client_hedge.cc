// A second attempt beside one that takes unusually long.
#include <algorithm>
#include <utility>

#include "lift/base/sleep.h"
#include "lift/base/when.h"
#include "lift/chain/context.h"
#include "lift/client/detail/client_core.h"

namespace lift::detail {
namespace {

Task<void> nap(Duration time) { co_await sleep(time); }

ClientRequest copy_of(const ClientRequest& request) {
  ClientRequest copy(request.method, request.url);
  copy.headers = request.headers;
  copy.body = request.body;
  copy.response_limit = request.response_limit;
  return copy;
}

}  // namespace

/// How long the first attempt is waited for alone; nothing if it stays so.
std::optional<Duration> ClientCall::hedge_after() const {
  const std::optional<HedgeOptions>& hedge = core_->options.hedge;
  if (!hedge || reading_ != Reading::all || request_.producer || state_.attempt > 1) {
    return std::nullopt;
  }
  if (!replayable()) return std::nullopt;
  const std::optional<Duration> usual = core_->latency.quantile(hedge->quantile);
  if (!usual) return std::nullopt;
  return std::max(*usual, hedge->minimum);
}

bool ClientCall::is_good(const Opening& opening) const {
  if (!opening) return false;
  const ClientResponse& head = (*opening)->head;
  const OutcomeKind kind = core_->options.classifier(head.status, head.headers);
  return kind == OutcomeKind::success || kind == OutcomeKind::ignored;
}

/// The first good answer; where neither is, the first one's.
Task<Opening> ClientCall::hedged(Picked picked, Duration after) {
  Task<Opening> first = attempt(std::move(picked), request_);
  if (!first.done()) {
    Task<void> alarm = nap(after);
    AnyDone either(first, alarm);
    co_await either;
  }
  std::optional<Picked> other = first.done() ? std::optional<Picked>() : pick_beside();
  if (!other) co_return co_await first;
  ClientRequest copy = copy_of(request_);
  Task<Opening> second = attempt(std::move(*other), copy);
  core_->metrics.hedged();
  {
    AnyDone either(first, second);
    co_await either;
  }
  const bool in_order = first.done();
  Opening early = in_order ? first.take() : second.take();
  if (is_good(early)) co_return early;
  Opening late = co_await (in_order ? second : first);
  if (is_good(late) || !in_order) co_return late;
  co_return early;
}

/// Another endpoint that is well, and a place, where the budget has a token for it.
std::optional<Picked> ClientCall::pick_beside() {
  const Instant now = loop_.clock().now();
  std::optional<BulkheadPermit> permit;
  if (core_->bulkhead) {
    const auto admission = core_->bulkhead->try_acquire(
        {.tenant = ctx_ == nullptr ? "" : ctx_->tenant(), .deadline = deadline_}, now);
    if (!admission.held) return std::nullopt;
    permit.emplace(*core_->bulkhead, *admission.held);
  }
  for (const CircuitBreakers::Operation* const breaker : core_->breaker_of) {
    if (!CircuitBreakers::closed(*breaker)) return std::nullopt;
  }
  if (!core_->hedge_budget.try_spend(now)) return std::nullopt;
  RetryToken token(core_->hedge_budget);
  std::optional<Picked> picked = pick(now);
  if (!picked) return std::nullopt;
  token.used();
  if (permit) picked->permit.emplace(std::move(*permit));
  return picked;
}

}  // namespace lift::detail
