#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/sliding_window.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// Of 2026-01-01T00:00:00Z, a Thursday.
LimitTime at(Duration time) {
  return {.now = Instant(3600s * 24 + time), .wall = WallTime(1'767'225'600s + time)};
}
Duration any_below(std::mt19937_64& random, Duration most) {
  return Duration(random() % static_cast<std::uint64_t>(most.count()));
}

TEST(FixedWindowTest, TableOfRequests) {
  const FixedWindow limit({.rate = per_minute(3)});
  FixedWindow::Word word{limit.fresh(at(0s))};
  const struct {
    Duration time;
    std::uint64_t cost;
    bool allowed;
    std::uint64_t remaining;
    Duration reset_after;
    Duration retry_after;
  } steps[] = {
      {10s, 1, true, 2, 50s, 0s},  {20s, 2, true, 0, 40s, 0s},
      {59s, 1, false, 0, 1s, 1s},  {59s, 4, false, 0, 1s, kNeverAgain},
      {60s, 3, true, 0, 60s, 0s},  {50s, 1, false, 0, 70s, 70s},  // the calendar set back
      {120s, 1, true, 2, 60s, 0s}, {10'000s, 0, true, 3, 20s, 0s},
  };
  for (const auto& step : steps) {
    const LimitDecision seen = limit.peek(word.load(), at(step.time), step.cost);
    const LimitDecision got = limit.take(word, at(step.time), step.cost);
    EXPECT_EQ(got.allowed, step.allowed) << step.time;
    EXPECT_EQ(got.remaining, step.remaining) << step.time;
    EXPECT_EQ(got.reset_after, step.reset_after) << step.time;
    EXPECT_EQ(got.retry_after, step.retry_after) << step.time;
    EXPECT_EQ(seen.allowed, got.allowed);
    EXPECT_EQ(seen.remaining, got.remaining);
  }
}

TEST(FixedWindowTest, WindowsBeginWhereThoseOfTheOriginalDid) {
  const WallTime thursday(1'767'225'600s);  // 2026-01-01
  const auto begin = [&](Rate rate, Duration later) {
    return FixedWindow({.rate = rate}).window(thursday + later) - thursday;
  };
  EXPECT_EQ(begin(per_hour(1), 90min), 1h);
  EXPECT_EQ(begin(per_day(1), 30h), 24h);
  EXPECT_EQ(begin({.count = 1, .per = 7 * 24h}, 1h), -72h);  // weeks begin on Mondays
  EXPECT_EQ(begin({.count = 1, .per = 7 * 24h}, 4 * 24h), 96h);
}

TEST(FixedWindowTest, WhatIsTakenBackLateChangesNothing) {
  const FixedWindow limit({.rate = per_minute(3)});
  FixedWindow::Word word{limit.fresh(at(0s))};
  ASSERT_TRUE(limit.take(word, at(0s), 2).allowed);
  limit.undo(word, at(0s), at(30s), 1);
  EXPECT_EQ(limit.peek(word.load(), at(30s), 0).remaining, 2U);
  ASSERT_TRUE(limit.take(word, at(60s), 2).allowed);
  limit.undo(word, at(30s), at(61s), 1);
  EXPECT_EQ(limit.peek(word.load(), at(61s), 0).remaining, 1U);
  limit.settle(word, at(60s), at(62s), 2, 5);
  EXPECT_FALSE(limit.take(word, at(63s), 1).allowed);
}

TEST(FixedWindowTest, ACalendarSetBackByMuchDoesNotLockKeysOut) {
  const FixedWindow limit({.rate = per_minute(1)});
  FixedWindow::Word word{limit.fresh(at(24h))};
  ASSERT_TRUE(limit.take(word, at(24h), 1).allowed);
  EXPECT_GT(limit.take(word, at(0s), 1).reset_after, limit.longest());
  EXPECT_TRUE(limit.cap(word, at(0s)));
  EXPECT_TRUE(limit.take(word, at(0s), 1).allowed);
  EXPECT_FALSE(limit.cap(word, at(0s)));
}

TEST(FixedWindowTest, AnotherPeriodKeepsWhatWasCountedWithinIt) {
  const FixedWindow minute({.rate = per_minute(5)});
  const FixedWindow hour({.rate = per_hour(6)});
  FixedWindow::Word word{minute.fresh(at(0s))};
  ASSERT_TRUE(minute.take(word, at(61s), 5).allowed);
  EXPECT_EQ(hour.take(word, at(70s), 1).remaining, 0U);
}

TEST(SlidingWindowTest, TableOfRequests) {
  const SlidingWindow limit({.rate = per_second(10)});
  SlidingWindow::Word word{limit.fresh(at(0s))};
  const struct {
    Duration time;
    std::uint64_t cost;
    bool allowed;
    std::uint64_t remaining;
    Duration reset_after;
    Duration retry_after;
  } steps[] = {
      {0ms, 8, true, 2, 2000ms, 0ms},
      {500ms, 3, false, 2, 1500ms, 625ms},
      {1000ms, 2, true, 0, 2000ms, 0ms},
      {1124ms, 1, false, 0, 1876ms, 1ms},
      {1125ms, 1, true, 0, 1875ms, 0ms},
      {1500ms, 4, false, 3, 1500ms, 125ms},
      {1500ms, 11, false, 3, 1500ms, kNeverAgain},
      {3100ms, 10, true, 0, 1900ms, 0ms},  // the window before the last has passed
  };
  for (const auto& step : steps) {
    const LimitDecision got = limit.take(word, at(step.time), step.cost);
    EXPECT_EQ(got.allowed, step.allowed) << step.time;
    EXPECT_EQ(got.remaining, step.remaining) << step.time;
    EXPECT_EQ(got.reset_after, step.reset_after) << step.time;
    EXPECT_EQ(got.retry_after, step.retry_after) << step.time;
  }
}

TEST(SlidingWindowTest, TheInstantToComeBackAtIsExactAndTheEstimateIsNeverExceeded) {
  std::mt19937_64 random(11);
  for (int history = 0; history < 1000; ++history) {
    const Quota quota{.rate = {.count = 1 + random() % 20, .per = 1ms + any_below(random, 1s)}};
    const SlidingWindow limit(quota);
    SlidingWindow::Word word{limit.fresh(at(0s))};
    Duration time{};
    for (int i = 0; i < 60; ++i) {
      time += Duration(random() % static_cast<std::uint64_t>(quota.rate.per.count() / 5 + 1));
      const std::uint64_t cost = 1 + random() % 2;
      const std::uint64_t before = word.load();
      const LimitDecision got = limit.take(word, at(time), cost);
      if (got.allowed || got.retry_after == kNeverAgain) continue;
      ASSERT_EQ(word.load(), before) << "a refusal changes nothing";
      ASSERT_FALSE(limit.peek(before, at(time + got.retry_after - 1ns), cost).allowed);
      ASSERT_TRUE(limit.peek(before, at(time + got.retry_after), cost).allowed);
    }
  }
}

TEST(SlidingWindowTest, ARequestThatBeganLongAgoCountsWithTheOthers) {
  const SlidingWindow limit({.rate = per_second(10)});
  SlidingWindow::Word word{limit.fresh(at(10s))};
  ASSERT_TRUE(limit.take(word, at(10s), 9).allowed);
  EXPECT_TRUE(limit.take(word, at(5s), 1).allowed);
  const LimitDecision refused = limit.take(word, at(5s), 1);
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.reset_after, limit.longest());
  EXPECT_EQ(refused.retry_after, 6100ms);
  EXPECT_FALSE(limit.cap(word, at(10s)));
  EXPECT_TRUE(limit.cap(word, at(5s)));
}

/// A count of the last period, exactly: what the estimate stands for where requests come evenly.
TEST(SlidingWindowTest, IsCloseToTheTruthUnderAnEvenLoad) {
  const SlidingWindow limit({.rate = per_second(100)});
  SlidingWindow::Word word{limit.fresh(at(0s))};
  std::deque<Duration> last;
  for (Duration time{}; time < 20s; time += 2ms) {
    while (!last.empty() && last.front() <= time - 1s) last.pop_front();
    if (limit.take(word, at(time), 1).allowed) last.push_back(time);
    EXPECT_LE(last.size(), 102U) << time;
    if (time > 2s) {
      EXPECT_GE(last.size(), 98U) << time;
    }
  }
}

TEST(SlidingWindowTest, WhatIsTakenBackIsTakenFromItsOwnWindow) {
  const SlidingWindow limit({.rate = per_second(10)});
  SlidingWindow::Word word{limit.fresh(at(0s))};
  ASSERT_TRUE(limit.take(word, at(100ms), 8).allowed);
  limit.undo(word, at(100ms), at(1000ms), 4);
  EXPECT_EQ(limit.peek(word.load(), at(1000ms), 0).remaining, 6U);
  limit.undo(word, at(100ms), at(5000ms), 4);
  EXPECT_EQ(limit.peek(word.load(), at(5000ms), 0).remaining, 10U);
  EXPECT_TRUE(limit.idle(word.load(), at(5000ms)));
}

}  // namespace
}  // namespace lift
