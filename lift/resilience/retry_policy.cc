#include "lift/resilience/retry_policy.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace lift {

using namespace std::chrono_literals;

std::string_view to_string(RetryStop why) noexcept {
  constexpr std::array<std::string_view, 7> kNames{
      "none", "outcome", "not_idempotent", "forbidden", "attempts", "no_time", "budget"};
  return kNames[static_cast<std::size_t>(why)];
}

Problems RetryOptions::validate() const {
  Problems problems;
  if (attempts < 1 || attempts > 10) {
    problems.add("attempts", std::to_string(attempts), "must be 1 to 10");
  }
  problems.add_all("backoff", backoff.validate());
  if (overload_base < 1ms || overload_base > backoff.cap) {
    problems.add("overload_base", std::to_string(overload_base / 1ms) + " ms",
                 "must be 1 ms to `backoff.cap`");
  }
  problems.add_all("budget", budget.validate());
  return problems;
}

Result<RetryPolicy> RetryPolicy::make(const RetryOptions& options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  BackoffOptions overload = options.backoff;
  overload.base = options.overload_base;
  return RetryPolicy(options, Backoff::make(options.backoff).value(),
                     Backoff::make(std::move(overload)).value());
}

RetryPolicy::Decision RetryPolicy::after(State& state, const RetryFacts& facts, Instant now,
                                         Instant deadline, RetryBudget& budget, Random& random,
                                         Duration typical) const {
  if (const RetryStop why = allowed(state, facts); why != RetryStop::none) return {.why = why};
  const Duration time = wait(state, facts, random);
  if (saturating_add(saturating_add(now, time), typical) >= deadline) {
    return {.why = RetryStop::no_time};
  }
  if (!budget.try_spend(now)) return {.why = RetryStop::budget};
  ++state.attempt;
  state.last_wait = time;
  return {.retry = true, .wait = time};
}

RetryStop RetryPolicy::allowed(const State& state, const RetryFacts& facts) const noexcept {
  const bool kind = (facts.kind == OutcomeKind::failure && options_.failures) ||
                    (facts.kind == OutcomeKind::timeout && options_.timeouts) ||
                    (facts.kind == OutcomeKind::overload && options_.overload) ||
                    (facts.kind == OutcomeKind::rejected && facts.unseen);
  if (!kind) return RetryStop::outcome;
  if (!facts.replayable && !facts.unseen) return RetryStop::not_idempotent;
  if (facts.forbidden) return RetryStop::forbidden;
  return state.attempt >= options_.attempts ? RetryStop::attempts : RetryStop::none;
}

Duration RetryPolicy::wait(const State& state, const RetryFacts& facts, Random& random) const {
  if (facts.elsewhere && facts.unseen) return Duration::zero();
  const Backoff& backoff = facts.kind == OutcomeKind::overload ? overload_ : backoff_;
  const Duration own = backoff.delay(state.attempt, state.last_wait, random);
  if (!facts.retry_after) return own;
  return std::clamp(*facts.retry_after, own, own + kMostLonger);
}

void RetryPolicy::succeeded(const State& state, Instant now, RetryBudget& budget) noexcept {
  if (state.attempt == 1) {
    budget.succeeded(now);
  } else {
    budget.refund();
  }
}

}  // namespace lift
