#include "lift/ratelimit/gcra_hold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace lift {
namespace {

using namespace std::chrono_literals;

LimitTime at(Duration time) { return {.now = Instant(1000s + time), .wall = {}}; }
Duration any_below(std::mt19937_64& random, Duration most) {
  return Duration(random() % static_cast<std::uint64_t>(most.count()));
}

TEST(GcraHoldTest, WhatIsHeldCountsAndIsChargedOrNot) {
  const GcraHold limit({.rate = per_second(10), .burst = 3});
  GcraHold::Word word{limit.fresh(at(0s))};
  EXPECT_EQ(limit.take(word, at(0s), 2).remaining, 1U);
  EXPECT_EQ(limit.take(word, at(0s), 1).remaining, 0U);
  EXPECT_FALSE(limit.take(word, at(10s), 1).allowed);  // time does not refill what is held
  limit.settle(word, at(0s), at(10s), 2, 0);           // not charged
  EXPECT_EQ(limit.peek(word.load(), at(10s), 0).remaining, 2U);
  limit.settle(word, at(0s), at(10s), 1, 1);  // charged
  EXPECT_EQ(limit.peek(word.load(), at(10s), 0).remaining, 2U);
  EXPECT_EQ(limit.peek(word.load(), at(10100ms), 0).remaining, 3U);
  EXPECT_EQ(limit.take(word, at(20s), 4).retry_after, kNeverAgain);
}

TEST(GcraHoldTest, ACostThatTurnsOutLargerIsOwed) {
  const GcraHold limit({.rate = per_second(10), .burst = 3});
  GcraHold::Word word{limit.fresh(at(0s))};
  ASSERT_TRUE(limit.take(word, at(0s), 1).allowed);
  limit.settle(word, at(0s), at(0s), 1, 5);
  EXPECT_FALSE(limit.take(word, at(299ms), 1).allowed);
  EXPECT_TRUE(limit.take(word, at(310ms), 1).allowed);
}

TEST(GcraHoldTest, AnotherQuotaOrAnOldRequestForgivesNothing) {
  const GcraHold before({.rate = per_hour(10)});
  GcraHold::Word word{before.fresh(at(0s))};
  ASSERT_TRUE(before.take(word, at(0s), 10).allowed);
  before.settle(word, at(0s), at(0s), 10, 10);
  EXPECT_FALSE(before.take(word, at(-100s), 1).allowed);
  const GcraHold after({.rate = per_second(10)});
  EXPECT_GT(after.take(word, at(0s), 1).reset_after, after.longest());
  EXPECT_TRUE(after.cap(word, at(0s)));
  EXPECT_FALSE(after.cap(word, at(0s)));
  EXPECT_FALSE(after.take(word, at(1s), 1).allowed);
  EXPECT_TRUE(after.take(word, at(1101ms), 1).allowed);
}

TEST(GcraHoldTest, AWordIsNotIdleWhileSomethingIsHeld) {
  const GcraHold limit({.rate = per_second(10), .burst = 3});
  GcraHold::Word word{limit.fresh(at(0s))};
  EXPECT_TRUE(limit.idle(word.load(), at(0s)));
  ASSERT_TRUE(limit.take(word, at(0s), 1).allowed);
  EXPECT_FALSE(limit.idle(word.load(), at(24h)));
  limit.undo(word, at(0s), at(24h), 1);
  EXPECT_TRUE(limit.idle(word.load(), at(24h)));
}

TEST(GcraHoldTest, AWordOfLongAgoOwesNothing) {
  for (const Quota& quota : {Quota{.rate = per_second(10)}, Quota{.rate = per_second(10'000)},
                             Quota{.rate = per_day(1000)}}) {
    const GcraHold limit(quota);
    GcraHold::Word word{limit.fresh(at(0s))};
    ASSERT_TRUE(limit.take(word, at(0s), quota.burst_size()).allowed);
    limit.settle(word, at(0s), at(0s), quota.burst_size(), quota.burst_size());
    for (const Duration later : {48h, 7 * 24h + 5h, 8000h}) {
      EXPECT_EQ(limit.peek(word.load(), at(later), 0).remaining, quota.burst_size()) << later;
    }
  }
}

/// Whatever is charged when, what is charged in any time never exceeds the quota: the charge is at
/// the end, where the burst may come once more than a plain bucket would tell.
TEST(GcraHoldTest, HeldAndOwedTogetherAreNeverMoreThanTheBurst) {
  std::mt19937_64 random(7);
  for (int history = 0; history < 1000; ++history) {
    const Quota quota{.rate = per_second(1 + random() % 1000), .burst = 1 + random() % 20};
    const GcraHold limit(quota);
    GcraHold::Word word{limit.fresh(at(0s))};
    struct Held {
      Duration until;
      std::uint64_t cost;
    };
    std::deque<Held> held;
    double owed = 0;
    std::uint64_t holding = 0;
    Duration time{};
    Duration last{};
    const double rate = static_cast<double>(quota.rate.count);
    for (int i = 0; i < 200; ++i) {
      time += any_below(random, 20ms);
      owed = std::max(0.0, owed - rate * std::chrono::duration<double>(time - last).count());
      last = time;
      while (!held.empty() && held.front().until <= time) {
        const bool charged = random() % 2 == 0;
        limit.settle(word, {}, at(time), held.front().cost, charged ? held.front().cost : 0);
        holding -= held.front().cost;
        if (charged) owed += static_cast<double>(held.front().cost);
        held.pop_front();
      }
      const std::uint64_t cost = 1 + random() % 3;
      const bool allowed = limit.take(word, at(time), cost).allowed;
      const double wanted = owed + static_cast<double>(holding + cost);
      const auto burst = static_cast<double>(*quota.burst);
      ASSERT_TRUE(!allowed || wanted <= burst + 1e-6) << history << " " << i;
      ASSERT_TRUE(allowed || wanted > burst - 0.02 * burst - 1e-3) << history << " " << i;
      if (!allowed) continue;
      holding += cost;
      held.push_back({time + any_below(random, 50ms), cost});
      std::ranges::sort(held, {}, &Held::until);
    }
  }
}

}  // namespace
}  // namespace lift
