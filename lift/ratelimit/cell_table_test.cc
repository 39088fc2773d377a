#include "lift/ratelimit/cell_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/gcra.h"
#include "lift/ratelimit/gcra_hold.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

LimitTime at(Duration time) {
  return {.now = Instant(1000s + time), .wall = WallTime(1'767'225'600s + time)};
}
Duration any_below(std::mt19937_64& random, Duration most) {
  return Duration(random() % static_cast<std::uint64_t>(most.count()));
}
/// A hash of set 0 in any table.
std::uint64_t in_set_0(std::uint64_t n) { return n + 100; }

TEST(CellTableTest, KeysAreApart) {
  CellTable table(64);
  const Gcra limit({.rate = per_second(1), .burst = 2});
  for (const std::uint64_t key : {0ULL, 1ULL, 2ULL, 3ULL, ~0ULL}) {
    if (key == 2 || key == 3) continue;  // stand for 0 and 1, as hashes that are hardly ever
    EXPECT_EQ(table.take(key, limit, at(0s), 1).decision.remaining, 1U) << key;
    EXPECT_EQ(table.take(key, limit, at(0s), 1).decision.remaining, 0U) << key;
    EXPECT_FALSE(table.take(key, limit, at(0s), 1).decision.allowed) << key;
  }
  EXPECT_EQ(table.places(), 3U);
  EXPECT_EQ(table.capacity(), 64U);
}

TEST(CellTableTest, LookingTakesNoPlace) {
  CellTable table(64);
  const Gcra limit({.rate = per_second(1), .burst = 2});
  EXPECT_EQ(table.peek(7, limit, at(0s), 1).remaining, 1U);
  EXPECT_EQ(table.places(), 0U);
}

TEST(CellTableTest, OnlyIdleKeysAreForgotten) {
  CellTable table(8);
  const Gcra limit({.rate = per_second(1), .burst = 2});
  for (std::uint64_t n = 0; n < 8; ++n) {
    ASSERT_TRUE(table.take(in_set_0(n), limit, at(0s), n == 3 ? 1 : 2).decision.allowed);
  }
  EXPECT_TRUE(table.take(in_set_0(8), limit, at(1s), 2).decision.allowed);  // in the place of 3
  EXPECT_EQ(table.shared(), 0U);
  for (std::uint64_t n = 0; n < 8; ++n) {
    if (n == 3) continue;
    EXPECT_EQ(table.peek(in_set_0(n), limit, at(1s), 0).remaining, 1U) << n;
  }
}

TEST(CellTableTest, KeysWithoutAPlaceShareOneAndTakeItsDebtAlong) {
  CellTable table(8);
  const Gcra limit({.rate = per_second(1), .burst = 4});
  for (std::uint64_t n = 0; n < 8; ++n) {
    ASSERT_TRUE(table.take(in_set_0(n), limit, at(0s), n == 0 ? 1 : 4).decision.allowed);
  }
  EXPECT_TRUE(table.take(in_set_0(8), limit, at(0s), 2).decision.allowed);
  EXPECT_TRUE(table.take(in_set_0(9), limit, at(0s), 2).decision.allowed);
  EXPECT_FALSE(table.take(in_set_0(10), limit, at(0s), 1).decision.allowed);
  EXPECT_EQ(table.shared(), 3U);
  // Key 0 is idle now; who comes to its place brings the debt that is shared.
  EXPECT_EQ(table.take(in_set_0(9), limit, at(1s), 1).decision.remaining, 0U);
  EXPECT_FALSE(table.take(in_set_0(9), limit, at(1s), 1).decision.allowed);
}

TEST(CellTableTest, WhatIsHeldKeepsItsPlace) {
  CellTable table(8);
  const GcraHold limit({.rate = per_second(1), .burst = 2});
  const CellTable::Taken held = table.take(in_set_0(0), limit, at(0s), 1);
  ASSERT_TRUE(held.decision.allowed);
  for (std::uint64_t n = 1; n < 100; ++n) {
    const CellTable::Taken other = table.take(in_set_0(n), limit, at(1h), 1);
    if (other.decision.allowed) limit.undo(*other.word, at(1h), at(1h), 1);
  }
  EXPECT_EQ(table.peek(in_set_0(0), limit, at(1h), 0).remaining, 1U);
  limit.settle(*held.word, at(0s), at(1h), 1, 1);
  EXPECT_EQ(table.peek(in_set_0(0), limit, at(1h), 0).remaining, 1U);
}

/// A million keys that come once each: memory stays, and the debt of who came before stays his.
TEST(CellTableTest, AFloodOfKeysFlushesNobodysDebt) {
  CellTable table(1024);
  const FixedWindow limit({.rate = per_hour(5)});
  std::mt19937_64 random(3);
  const std::uint64_t attacker = random();
  ASSERT_TRUE(table.take(attacker, limit, at(0s), 5).decision.allowed);
  std::uint64_t admitted = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    admitted += table.take(random(), limit, at(1s), 1).decision.allowed ? 1U : 0U;
  }
  EXPECT_FALSE(table.take(attacker, limit, at(2s), 1).decision.allowed);
  EXPECT_EQ(table.places(), 1024U);
  EXPECT_LE(admitted, (1024 + 128) * 5U);
  EXPECT_GT(table.shared(), 900'000U);
}

/// Against a map that never forgets: with more keys than places no key gets more than the map
/// would let it have.
TEST(CellTableTest, NoKeyGetsMoreThanFromATableThatNeverForgets) {
  std::mt19937_64 random(5);
  for (int history = 0; history < 1000; ++history) {
    CellTable table(16);
    const Gcra limit({.rate = per_second(100), .burst = 1 + random() % 4});
    std::map<std::uint64_t, Gcra::Word> model;
    Duration time{};
    const std::uint64_t keys = 4 + random() % 40;
    for (int i = 0; i < 300; ++i) {
      time += any_below(random, 4ms);
      const std::uint64_t key = random() % keys * 0x9e3779b97f4a7c15;
      const auto known = model.try_emplace(key, Gcra::fresh(at(time))).first;
      const LimitDecision wanted = limit.peek(known->second.load(), at(time), 1);
      const bool allowed = table.take(key, limit, at(time), 1).decision.allowed;
      ASSERT_TRUE(!allowed || wanted.allowed) << history << " " << i;
      if (allowed) {
        ASSERT_TRUE(limit.take(known->second, at(time), 1).allowed);
      }
      if (table.shared() == 0) {
        ASSERT_EQ(allowed, wanted.allowed) << history << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace lift
