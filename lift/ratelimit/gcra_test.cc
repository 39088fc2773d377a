#include "lift/ratelimit/gcra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;

LimitTime at(Duration time) { return {.now = Instant(1000s + time), .wall = {}}; }
Duration any_below(std::mt19937_64& random, Duration most) {
  return Duration(random() % static_cast<std::uint64_t>(most.count()));
}

TEST(GcraTest, TableOfRequests) {
  const Gcra limit({.rate = per_second(10), .burst = 3});  // one each 100 ms
  Gcra::Word word{Gcra::fresh(at(0s))};
  const struct {
    Duration time;
    std::uint64_t cost;
    bool allowed;
    std::uint64_t remaining;
    Duration reset_after;
    Duration retry_after;
  } steps[] = {
      {0ms, 1, true, 2, 100ms, 0ms},        {0ms, 1, true, 1, 200ms, 0ms},
      {0ms, 1, true, 0, 300ms, 0ms},        {0ms, 1, false, 0, 300ms, 100ms},
      {0ms, 3, false, 0, 300ms, 300ms},     {99ms, 1, false, 0, 201ms, 1ms},
      {100ms, 1, true, 0, 300ms, 0ms},      {100ms, 0, true, 0, 300ms, 0ms},
      {250ms, 2, false, 1, 150ms, 50ms},    {300ms, 2, true, 0, 300ms, 0ms},
      {10s, 4, false, 3, 0ms, kNeverAgain}, {10s, 3, true, 0, 300ms, 0ms},
      {9s, 1, false, 0, 1300ms, 1100ms},  // a clock that goes back grants nothing
  };
  for (const auto& step : steps) {
    const LimitDecision seen = limit.peek(word.load(), at(step.time), step.cost);
    const LimitDecision got = limit.take(word, at(step.time), step.cost);
    EXPECT_EQ(got.allowed, step.allowed) << step.time;
    EXPECT_EQ(got.limit, 3U);
    EXPECT_EQ(got.remaining, step.remaining) << step.time;
    EXPECT_EQ(got.reset_after, step.reset_after) << step.time;
    EXPECT_EQ(got.retry_after, step.retry_after) << step.time;
    EXPECT_EQ(seen.allowed, got.allowed);
    EXPECT_EQ(seen.remaining, got.remaining);
    EXPECT_EQ(seen.retry_after, got.retry_after);
  }
}

TEST(GcraTest, TheInstantToComeBackAtIsExact) {
  const Quota quotas[] = {{.rate = per_second(3)},
                          {.rate = per_second(300'000), .burst = 7},
                          {.rate = per_hour(7), .burst = 2},
                          {.rate = {.count = 999'999'937, .per = 1s}, .burst = 5}};
  for (const Quota& quota : quotas) {
    const Gcra limit(quota);
    Gcra::Word word{Gcra::fresh(at(0s))};
    while (limit.take(word, at(0s), 1).allowed) {
    }
    const Duration retry = limit.take(word, at(0s), 1).retry_after;
    if (retry > 1ns) {
      EXPECT_FALSE(limit.take(word, at(retry - 1ns), 1).allowed);
    }
    EXPECT_TRUE(limit.take(word, at(retry), 1).allowed) << quota.rate.to_string();
  }
}

TEST(GcraTest, ShapingWaitsInsteadOfRefusing) {
  const Gcra limit({.rate = per_second(10), .burst = 1}, 250ms);
  Gcra::Word word{Gcra::fresh(at(0s))};
  EXPECT_EQ(limit.take(word, at(0s), 1).wait, 0ns);
  EXPECT_EQ(limit.take(word, at(0s), 1).wait, 100ms + 1ns);
  EXPECT_EQ(limit.take(word, at(0s), 1).wait, 200ms + 1ns);
  const LimitDecision refused = limit.take(word, at(0s), 1);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 50ms);
}

TEST(GcraTest, WhatIsUndoneAtOnceIsWholeAgain) {
  const Gcra limit({.rate = per_second(10), .burst = 3});
  Gcra::Word word{Gcra::fresh(at(0s))};
  ASSERT_EQ(limit.take(word, at(0s), 2).remaining, 1U);
  limit.undo(word, at(0s), at(0s), 2);
  EXPECT_EQ(limit.peek(word.load(), at(0s), 0).remaining, 3U);
  ASSERT_EQ(limit.take(word, at(0s), 3).remaining, 0U);
  limit.undo(word, at(0s), at(150ms), 3);  // 1.5 have come back by themselves
  EXPECT_EQ(limit.peek(word.load(), at(150ms), 0).remaining, 3U);
  EXPECT_EQ(limit.peek(word.load(), at(150ms), 0).reset_after, 0ns);
}

TEST(GcraTest, ALargerQuotaCountsAtOnceAndWhatWasOwedIsStillOwed) {
  const Gcra before({.rate = per_hour(10)});
  Gcra::Word word{Gcra::fresh(at(0s))};
  ASSERT_TRUE(before.take(word, at(0s), 10).allowed);
  const Gcra after({.rate = per_second(10)});
  const LimitDecision told = after.take(word, at(0s), 1);
  EXPECT_FALSE(told.allowed);
  EXPECT_GT(told.reset_after, after.longest());
  EXPECT_TRUE(after.cap(word, at(0s)));
  EXPECT_FALSE(after.cap(word, at(0s)));
  EXPECT_FALSE(after.take(word, at(99ms), 1).allowed);
  EXPECT_TRUE(after.take(word, at(100ms), 1).allowed);
}

TEST(GcraTest, ARequestThatBeganLongAgoTakesNothingBack) {
  const Gcra limit({.rate = per_second(10), .burst = 3});
  Gcra::Word word{Gcra::fresh(at(10s))};
  ASSERT_TRUE(limit.take(word, at(10s), 3).allowed);
  EXPECT_FALSE(limit.take(word, at(0s), 1).allowed);
  EXPECT_FALSE(limit.cap(word, at(10s)));
  EXPECT_FALSE(limit.take(word, at(10s), 1).allowed);
}

TEST(GcraTest, AWordOfLongAgoIsAnAbsentOne) {
  const Gcra limit({.rate = per_second(10), .burst = 3});
  Gcra::Word word{Gcra::fresh(at(0s))};
  ASSERT_TRUE(limit.take(word, at(0s), 3).allowed);
  EXPECT_FALSE(Gcra::idle(word.load(), at(299ms)));
  EXPECT_TRUE(Gcra::idle(word.load(), at(300ms)));
  EXPECT_EQ(limit.take(word, at(8000h), 1).remaining, 2U);
}

/// Against a bucket of real numbers that is filled by time: what does not fit is refused, what fits
/// is not, but for the rounding of the interval.
TEST(GcraTest, IsATokenBucket) {
  std::mt19937_64 random(20261126);
  for (int history = 0; history < 1000; ++history) {
    const Quota quota{.rate = {.count = 1 + random() % 5000, .per = 1ms + any_below(random, 10s)},
                      .burst = 1 + random() % 50};
    const Gcra limit(quota);
    Gcra::Word word{Gcra::fresh(at(0s))};
    const double interval = std::chrono::duration<double, std::nano>(quota.rate.per).count() /
                            static_cast<double>(quota.rate.count);
    const auto burst = static_cast<double>(*quota.burst);
    double owed = 0;
    Duration time{};
    for (int i = 0; i < 400; ++i) {
      const Duration step = any_below(random, Duration(2 + static_cast<Duration::rep>(interval)));
      time += step;
      owed = std::max(0.0, owed - static_cast<double>(step.count()) / interval);
      const std::uint64_t cost = 1 + random() % std::min<std::uint64_t>(*quota.burst, 3);
      const double wanted = owed + static_cast<double>(cost);
      const bool allowed = limit.take(word, at(time), cost).allowed;
      const double rounding = burst * (1.0 / 256 / interval + 1e-9) + 1e-7;
      ASSERT_TRUE(!allowed || wanted <= burst + 1e-7) << history << " " << i;
      ASSERT_TRUE(allowed || wanted > burst - rounding * 10) << history << " " << i;
      if (allowed) owed = wanted;
    }
  }
}

}  // namespace
}  // namespace lift
