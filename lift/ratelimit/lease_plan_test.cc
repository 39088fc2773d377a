#include "lift/ratelimit/lease_plan.h"

#include <gtest/gtest.h>

#include <limits>

namespace lift {
namespace {

using namespace std::chrono_literals;

LimitSharing sharing() { return {.clock_error = 5ms}; }

TEST(LeasePlanTest, GivesUpOfTheBurstWhatLeasesMayAddToIt) {
  const LeasePlan plan = LeasePlan::make({.rate = per_second(1000)}, sharing()).value();
  EXPECT_EQ(plan.cost(1), 1'000'000);
  EXPECT_EQ(plan.full, 1'000'000'000);
  // 30 % of what is left after the clocks' error and one token.
  EXPECT_EQ(plan.life, Duration(296'700'000));
  EXPECT_EQ(plan.tolerance, plan.full - plan.life.count() - 10'000'000);
  EXPECT_EQ(plan.overshoot, 0);
  EXPECT_EQ(plan.largest, 100U);
  EXPECT_LE(2 * plan.horizon, plan.life);
}

TEST(LeasePlanTest, FewInstancesHoldLess) {
  LimitSharing two = sharing();
  two.instances = 2;
  two.life = 300ms;
  const Quota quota{.rate = per_second(100)};
  const LeasePlan unknown = LeasePlan::make(quota, sharing()).value();
  const LeasePlan known = LeasePlan::make(quota, two).value();
  EXPECT_GE(known.tolerance, unknown.tolerance);
  EXPECT_EQ(known.overshoot, 0);
}

TEST(LeasePlanTest, OvershootThatIsAllowedIsStatedAndNoMore) {
  LimitSharing generous = sharing();
  generous.max_overshoot = 50;
  const LeasePlan plan = LeasePlan::make({.rate = per_second(100)}, generous).value();
  EXPECT_EQ(plan.tolerance,
            plan.full - std::max<std::int64_t>(0, plan.life.count() + 10'000'000 - plan.cost(50)));
  EXPECT_GT(plan.overshoot, 0);
  EXPECT_LE(plan.overshoot, 50);
}

TEST(LeasePlanTest, WhatIsTooSmallToLeaseSaysWhatItNeeds) {
  const auto small = LeasePlan::make({.rate = per_minute(1)}, sharing());
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code, "bad_configuration");
  EXPECT_EQ(small.error().message,
            "sharing.max_overshoot: value 0 must be at least 1 to lease 1/m with a burst of 1 by "
            "clocks that are 5 ms off, or the mode must be strict");
  LimitSharing enough = sharing();
  enough.max_overshoot = 1;
  const LeasePlan plan = LeasePlan::make({.rate = per_minute(1)}, enough).value();
  EXPECT_GE(plan.tolerance, plan.cost(1));
  EXPECT_LE(plan.overshoot, 1);
  const auto shards = LeasePlan::make({.rate = per_second(10)}, {.clock_error = 0ms, .shards = 11});
  EXPECT_EQ(shards.error().message,
            "sharing.shards: value 11 must be at most the burst of each quota");
}

TEST(LeasePlanTest, StrictlyTheWholeBurstIsThere) {
  LimitSharing strict = sharing();
  strict.mode = SharingMode::strict;
  strict.timeout = 20ms;
  const LeasePlan plan = LeasePlan::make({.rate = per_second(1000)}, strict).value();
  EXPECT_EQ(plan.tolerance, plan.full);
  EXPECT_NEAR(plan.overshoot, 30, 1e-9);  // 20 ms until the answer, and twice 5 ms of clocks
}

TEST(LeasePlanTest, CountsWithoutOverflowOrRoundingInFavourOfTheCaller) {
  const Quota odd{.rate = {.count = 3, .per = 1s}, .burst = 7};
  const LeasePlan plan = LeasePlan::make(odd, sharing()).value();
  for (std::uint64_t n = 1; n < 100; ++n) {
    EXPECT_GE(plan.cost(n) * 3, static_cast<std::int64_t>(n) * 1'000'000'000) << n;
    EXPECT_EQ(plan.tokens(plan.cost(n)), n) << n;
    EXPECT_EQ(plan.tokens(plan.cost(n) - 1), n - 1) << n;
  }
  EXPECT_EQ(plan.tokens(-1), 0U);
  EXPECT_EQ(plan.tokens(std::numeric_limits<std::int64_t>::min()), 0U);
  const Quota slow{.rate = {.count = 1, .per = 24h * 100}, .burst = 3};
  const LeasePlan days = LeasePlan::make(slow, sharing()).value();
  EXPECT_EQ(days.cost(1), Duration(24h * 100).count());
  EXPECT_EQ(days.tokens(days.cost(3)), 3U);
  EXPECT_EQ(days.cost(std::numeric_limits<std::uint64_t>::max()), 1'000'000'000'000'000'000);
}

TEST(LeasePlanTest, BadSharingIsNamed) {
  LimitSharing bad;
  bad.timeout = 0ms;
  bad.life = 2min;
  bad.clock_error = -1ms;
  bad.shards = 0;
  bad.max_writes = 0;
  bad.secret = "short";
  std::vector<std::string> fields;
  const Problems problems = bad.validate();
  for (const Problem& problem : problems.list()) fields.push_back(problem.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"store", "timeout", "life", "clock_error", "shards",
                                              "max_writes", "secret"}));
}

}  // namespace
}  // namespace lift
