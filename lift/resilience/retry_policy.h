#pragma once
// Whether to try again, and after how long: a pure policy. Time, outcome and chance are given to
// it.
//
//   RetryPolicy policy = RetryPolicy::make({}).value();
//   RetryBudget budget(policy.options().budget);
//   RetryPolicy::State state;
//   … an attempt ends …
//   const auto next = policy.after(state, facts, now, deadline, budget, random);
//   if (next.retry) … wait next.wait, and try; budget.refund() if that is never sent …
//
// In this order: only outcomes that another attempt may better; only what may be done twice, or was
// not seen by the service; not where the service says that it is no use; `attempts` in all; after a
// wait that backs off, or as long as the service asks; never a wait that the deadline would cut;
// and only while the budget, from which its token is taken before the wait, allows it.
// A success is told by succeeded(): it pays for later retries.
// Source: AWS SDKs' retry behaviour (2026) for pricing and the clamp of Retry-After, gRPC proposal
// A6 for the success-funded budget.
// Thread-safety: immutable, share it; a State belongs to one call.
// Cost: tens of nanoseconds, no allocation.

#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/random.h"
#include "lift/chain/outcome.h"
#include "lift/resilience/backoff.h"
#include "lift/resilience/retry_budget.h"

namespace lift {

struct RetryOptions {
  /// The first included: 1 to 10.
  std::uint32_t attempts = 3;
  BackoffOptions backoff = {};
  /// Base of the wait after `overload`: 1 ms to `backoff.cap`.
  Duration overload_base = std::chrono::seconds(1);
  /// Which outcomes are tried again.
  bool failures = true;
  bool timeouts = true;
  bool overload = true;
  RetryBudgetOptions budget = {};

  [[nodiscard]] Problems validate() const;
};

/// Why there is no other attempt.
enum class RetryStop : std::uint8_t {
  none,            ///< there is one
  outcome,         ///< it succeeded, or another would end the same way
  not_idempotent,  ///< it may have been done, and must not be done twice
  forbidden,       ///< the service said so
  attempts,
  no_time,
  budget,
};
[[nodiscard]] std::string_view to_string(RetryStop why) noexcept;

/// What is known of an attempt that has ended.
struct RetryFacts {
  OutcomeKind kind = OutcomeKind::success;
  /// The service has seen nothing of it for certain: no connection, or refused before it was sent.
  bool unseen = false;
  /// It may be sent twice: an idempotent method or an Idempotency-Key, and its body is still there.
  bool replayable = false;
  /// The service said that another attempt is no use.
  bool forbidden = false;
  /// It was unseen and there is an endpoint that was not tried: no need to wait.
  bool elsewhere = false;
  std::optional<Duration> retry_after = {};
};

class RetryPolicy {
 public:
  struct State {
    std::uint32_t attempt = 1;  ///< that is under way or has ended
    Duration last_wait{};
  };
  struct Decision {
    bool retry = false;
    Duration wait{};
    RetryStop why = RetryStop::none;
  };

  /// Longer than its own wait by this at most, a service's Retry-After is heeded.
  static constexpr Duration kMostLonger = std::chrono::seconds(5);

  /// Error `bad_configuration` with every broken rule.
  static Result<RetryPolicy> make(const RetryOptions& options);

  /// Decides, and where it is yes takes a token and counts the attempt in `state`. An attempt is
  /// not begun with less than `typical` left: what one usually takes.
  [[nodiscard]] Decision after(State& state, const RetryFacts& facts, Instant now, Instant deadline,
                               RetryBudget& budget, Random& random, Duration typical = {}) const;
  /// The call succeeded.
  static void succeeded(const State& state, Instant now, RetryBudget& budget) noexcept;

  [[nodiscard]] const RetryOptions& options() const noexcept { return options_; }

 private:
  RetryPolicy(const RetryOptions& options, Backoff backoff, Backoff overload)
      : options_(options), backoff_(std::move(backoff)), overload_(std::move(overload)) {}
  [[nodiscard]] RetryStop allowed(const State& state, const RetryFacts& facts) const noexcept;
  [[nodiscard]] Duration wait(const State& state, const RetryFacts& facts, Random& random) const;

  RetryOptions options_;
  Backoff backoff_;
  Backoff overload_;
};

}  // namespace lift
