#include "lift/resilience/retry_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RetryPolicyTest : public testing::Test {
 protected:
  static RetryFacts failed(OutcomeKind kind = OutcomeKind::failure) {
    RetryFacts facts;
    facts.kind = kind;
    facts.replayable = true;
    return facts;
  }
  RetryPolicy::Decision after(const RetryFacts& facts) {
    return policy.after(state, facts, now, deadline, budget, random, typical);
  }
  static RetryOptions plain() {
    RetryOptions options;
    options.backoff.jitter = false;
    return options;
  }

  RetryPolicy policy = RetryPolicy::make(plain()).value();
  RetryBudget budget;
  SeededRandom random{1};
  RetryPolicy::State state;
  Instant now{1h};
  Instant deadline = kNever;
  Duration typical{};
};

TEST_F(RetryPolicyTest, TriesWhatMayEndBetterAndNothingElse) {
  const struct {
    OutcomeKind kind;
    bool unseen;
    RetryStop why;
  } cases[] = {
      {OutcomeKind::failure, false, RetryStop::none},
      {OutcomeKind::timeout, false, RetryStop::none},
      {OutcomeKind::overload, false, RetryStop::none},
      {OutcomeKind::success, false, RetryStop::outcome},
      {OutcomeKind::ignored, false, RetryStop::outcome},
      {OutcomeKind::cancelled_by_caller, false, RetryStop::outcome},
      {OutcomeKind::cancelled_by_us, false, RetryStop::outcome},
      {OutcomeKind::rejected, false, RetryStop::outcome},
      {OutcomeKind::rejected, true, RetryStop::none},
  };
  for (const auto& c : cases) {
    state = {};
    RetryFacts facts = failed(c.kind);
    facts.unseen = c.unseen;
    EXPECT_EQ(after(facts).why, c.why) << to_string(c.kind);
  }
}

TEST_F(RetryPolicyTest, EachKindCanBeLeftAlone) {
  RetryOptions options = plain();
  options.failures = options.timeouts = options.overload = false;
  policy = RetryPolicy::make(options).value();
  for (const OutcomeKind kind :
       {OutcomeKind::failure, OutcomeKind::timeout, OutcomeKind::overload}) {
    EXPECT_EQ(after(failed(kind)).why, RetryStop::outcome);
  }
}

TEST_F(RetryPolicyTest, WhatMustNotBeDoneTwiceIsTriedOnlyIfItWasNotSeen) {
  RetryFacts facts = failed();
  facts.replayable = false;
  EXPECT_EQ(after(facts).why, RetryStop::not_idempotent);
  facts.unseen = true;
  EXPECT_TRUE(after(facts).retry);
}

TEST_F(RetryPolicyTest, StopsAtItsAttemptsAndWhereItIsTold) {
  EXPECT_TRUE(after(failed()).retry);
  EXPECT_EQ(state.attempt, 2U);
  EXPECT_TRUE(after(failed()).retry);
  EXPECT_EQ(after(failed()).why, RetryStop::attempts);
  state = {};
  RetryFacts facts = failed();
  facts.forbidden = true;
  EXPECT_EQ(after(facts).why, RetryStop::forbidden);
}

TEST_F(RetryPolicyTest, BacksOffAndLongerUnderOverload) {
  EXPECT_EQ(after(failed()).wait, 50ms);
  EXPECT_EQ(after(failed()).wait, 100ms);
  state = {};
  EXPECT_EQ(after(failed(OutcomeKind::overload)).wait, 1s);
  EXPECT_EQ(after(failed(OutcomeKind::overload)).wait, 2s);
}

TEST_F(RetryPolicyTest, HeedsRetryAfterWithinBounds) {
  const struct {
    Duration asked;
    Duration wait;
  } cases[] = {{0s, 50ms}, {1s, 1s}, {5s, 5s}, {1h, 5050ms}};
  for (const auto& c : cases) {
    state = {};
    RetryFacts facts = failed();
    facts.retry_after = c.asked;
    EXPECT_EQ(after(facts).wait, c.wait);
  }
}

TEST_F(RetryPolicyTest, DoesNotWaitWhereAnotherEndpointIsUntried) {
  RetryFacts facts = failed();
  facts.unseen = facts.elsewhere = true;
  EXPECT_EQ(after(facts).wait, 0s);
}

TEST_F(RetryPolicyTest, NeverWaitsPastTheDeadline) {
  deadline = now + 50ms;
  EXPECT_EQ(after(failed()).why, RetryStop::no_time);
  EXPECT_EQ(state.attempt, 1U);
  EXPECT_EQ(budget.tokens(now), 100.0) << "and takes no token for it";
  deadline = now + 51ms;
  EXPECT_TRUE(after(failed()).retry);
  state = {};
  typical = 2ms;
  EXPECT_EQ(after(failed()).why, RetryStop::no_time) << "an attempt would not end in time";
}

TEST_F(RetryPolicyTest, TakesATokenBeforeTheWaitAndStopsWithoutOne) {
  int retries = 0;
  RetryStop last = RetryStop::none;
  for (int i = 0; i < 1'000; ++i) {
    state = {};
    const auto decision = after(failed());
    retries += decision.retry ? 1 : 0;
    last = decision.why;
  }
  EXPECT_EQ(retries, 100);
  EXPECT_EQ(last, RetryStop::budget);
  budget.refund();
  state = {};
  EXPECT_TRUE(after(failed()).retry);
}

TEST_F(RetryPolicyTest, ASuccessPaysATenthAndOneOfARetryItsOwnToken) {
  for (int i = 0; i < 50; ++i) {
    state = {};
    static_cast<void>(after(failed()));
  }
  EXPECT_NEAR(budget.tokens(now), 50, 0.01);
  state = {};
  RetryPolicy::succeeded(state, now, budget);
  EXPECT_NEAR(budget.tokens(now), 50.1, 0.01);
  static_cast<void>(after(failed()));
  RetryPolicy::succeeded(state, now, budget);
  EXPECT_NEAR(budget.tokens(now), 50.1, 0.01);
}

/// However calls fail, retries stay within what the budget says of any time.
TEST_F(RetryPolicyTest, AmplifiesNoMoreThanItsBudget) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    SeededRandom chance(seed);
    RetryBudget own;
    const double failing = chance.uniform();
    double successes = 0;
    double retries = 0;
    Instant at{1h};
    for (int call = 0; call < 400; ++call) {
      at += std::chrono::milliseconds(chance.below(10));
      RetryPolicy::State one;
      while (chance.uniform() < failing) {
        if (!policy.after(one, failed(), at, kNever, own, chance).retry) break;
        ++retries;
      }
      if (one.attempt == 1 && chance.uniform() >= failing) {
        RetryPolicy::succeeded(one, at, own);
        ++successes;
      }
    }
    const double seconds = std::chrono::duration<double>(at - Instant{1h}).count();
    ASSERT_LE(retries, 100 + 0.1 * successes + seconds + 1e-6) << seed;
  }
}

TEST(RetryOptions, BadOnesAreNamed) {
  const struct {
    std::function<void(RetryOptions&)> change;
    std::string_view problem;
  } cases[] = {
      {[](RetryOptions& o) { o.attempts = 0; }, R"(attempts: value "0" must be 1 to 10)"},
      {[](RetryOptions& o) { o.attempts = 11; }, R"(attempts: value "11" must be 1 to 10)"},
      {[](RetryOptions& o) { o.overload_base = 0s; }, R"(overload_base: value "0 ms" must be)"},
      {[](RetryOptions& o) { o.overload_base = 1min; }, R"(overload_base: value "60000 ms")"},
      {[](RetryOptions& o) { o.backoff.base = 0s; }, "backoff.base: "},
      {[](RetryOptions& o) { o.budget.capacity = 0; }, "budget.capacity: "},
  };
  for (const auto& c : cases) {
    RetryOptions options;
    c.change(options);
    const auto made = RetryPolicy::make(options);
    ASSERT_FALSE(made.has_value());
    EXPECT_THAT(made.error().message, HasSubstr(std::string(c.problem)));
  }
}

}  // namespace
}  // namespace lift
