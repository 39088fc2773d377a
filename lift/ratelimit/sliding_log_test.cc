#include "lift/ratelimit/sliding_log.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace lift {
namespace {

using namespace std::chrono_literals;

LimitTime at(Duration time) { return {.now = Instant(1000s + time), .wall = {}}; }

TEST(SlidingLogTest, TableOfRequests) {
  SlidingLog log(8, 3);
  const Rate rate = per_second(3);
  const struct {
    Duration time;
    std::uint64_t cost;
    bool allowed;
    std::uint64_t remaining;
    Duration reset_after;
    Duration retry_after;
  } steps[] = {
      {0ms, 0, true, 3, 0ms, 0ms},        {0ms, 1, true, 2, 1000ms, 0ms},
      {100ms, 2, true, 0, 1000ms, 0ms},   {999ms, 1, false, 0, 101ms, 1ms},
      {999ms, 2, false, 0, 101ms, 101ms}, {999ms, 4, false, 0, 101ms, kNeverAgain},
      {1000ms, 1, true, 0, 1000ms, 0ms},  {500ms, 1, false, 0, 1500ms, 600ms},
  };
  for (const auto& step : steps) {
    const LimitDecision seen = log.peek(7, rate, at(step.time), step.cost);
    const LimitDecision got = log.take(7, rate, at(step.time), step.cost);
    EXPECT_EQ(got.allowed, step.allowed) << step.time;
    EXPECT_EQ(got.remaining, step.remaining) << step.time;
    EXPECT_EQ(got.reset_after, step.reset_after) << step.time;
    EXPECT_EQ(got.retry_after, step.retry_after) << step.time;
    EXPECT_EQ(seen.allowed, got.allowed);
    EXPECT_EQ(seen.retry_after, got.retry_after);
  }
}

TEST(SlidingLogTest, WhatIsTakenBackCountsNoMore) {
  SlidingLog log(8, 3);
  ASSERT_TRUE(log.take(7, per_second(3), at(0s), 2).allowed);
  log.undo(7, at(0s), 1);
  EXPECT_EQ(log.peek(7, per_second(3), at(0s), 0).remaining, 2U);
  log.undo(7, at(5s), 1);  // nothing of then
  EXPECT_EQ(log.peek(7, per_second(3), at(0s), 0).remaining, 2U);
}

TEST(SlidingLogTest, KeysWithoutAPlaceShareOne) {
  SlidingLog log(8, 2);
  for (std::uint64_t key = 0; key < 8; ++key) {
    ASSERT_TRUE(log.take(key, per_second(2), at(0s), 2).allowed);
  }
  EXPECT_TRUE(log.take(8, per_second(2), at(0s), 1).allowed);
  EXPECT_TRUE(log.take(9, per_second(2), at(0s), 1).allowed);
  EXPECT_FALSE(log.take(10, per_second(2), at(0s), 1).allowed);
  EXPECT_EQ(log.shared(), 3U);
  EXPECT_EQ(log.places(), 8U);
  EXPECT_TRUE(log.take(10, per_second(2), at(1s), 2).allowed);
}

/// Against a deque for each key: exactly the same, while every key has its place.
TEST(SlidingLogTest, IsExact) {
  std::mt19937_64 random(9);
  for (int history = 0; history < 1000; ++history) {
    const Rate rate = per_second(1 + random() % 6);
    SlidingLog log(64, rate.count);
    std::map<std::uint64_t, std::deque<Duration>> model;
    Duration time{};
    for (int i = 0; i < 100; ++i) {
      time += Duration(random() % 200'000'000);
      const std::uint64_t key = random() % 8;
      const std::uint64_t cost = 1 + random() % 2;
      std::deque<Duration>& stamps = model[key];
      while (!stamps.empty() && stamps.front() <= time - 1s) stamps.pop_front();
      const bool fits = stamps.size() + cost <= rate.count;
      ASSERT_EQ(log.take(key, rate, at(time), cost).allowed, fits) << history << " " << i;
      if (fits) stamps.insert(stamps.end(), cost, time);
    }
  }
}

}  // namespace
}  // namespace lift
