#include "lift/base/when.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <tuple>
#include <variant>

#include "lift/base/sleep.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

Task<int> ready(int value) { co_return value; }

Task<int> after(Duration time, int value) {
  co_await sleep(time);
  co_return value;
}

Task<int> throwing(Duration time) {
  co_await sleep(time);
  throw std::runtime_error("boom");
}

TEST(WhenAll, GivesEveryResultInOrder) {
  SimWorld world;
  Task<std::tuple<int, int, int>> all = when_all(after(3ms, 1), ready(2), after(1ms, 3));
  world.advance(2ms);
  EXPECT_FALSE(all.done());
  world.advance(1ms);
  EXPECT_EQ(all.take(), std::make_tuple(1, 2, 3));
}

TEST(WhenAll, FailsAtOnceAndDropsTheRest) {
  SimWorld world;
  auto all = when_all(after(1h, 1), throwing(1ms));
  world.advance(1ms);
  ASSERT_TRUE(all.done());
  EXPECT_THROW((void)all.take(), std::runtime_error);
  all.drop();
  EXPECT_FALSE(world.loop().timers().next_wake().has_value());
}

TEST(WhenAny, TakesTheFirstAndDropsTheOthers) {
  SimWorld world;
  auto any = when_any(after(1h, 1), after(1ms, 2));
  world.advance(1ms);
  ASSERT_TRUE(any.done());
  const auto winner = any.take();
  EXPECT_EQ(winner.index(), 1U);
  EXPECT_EQ(std::get<1>(winner), 2);
  EXPECT_FALSE(world.loop().timers().next_wake().has_value());
}

TEST(WhenAny, AFailureIsAnAnswer) {
  SimWorld world;
  auto any = when_any(after(1h, 1), throwing(1ms));
  world.advance(1ms);
  EXPECT_TRUE(any.failed());
}

Task<int> first_then_both(Task<int>& one, Task<int>& other) {
  {
    AnyDone either(one, other);
    co_await either;
  }
  Task<int>& early = one.done() ? one : other;
  Task<int>& late = one.done() ? other : one;
  const int first = early.take();
  co_return first * 10 + co_await late;
}

TEST(AnyDone, WaitsForTheFirstAndDropsNone) {
  SimWorld world;
  Task<int> slow = after(2ms, 1);
  Task<int> fast = after(1ms, 2);
  Task<int> both = first_then_both(slow, fast);
  world.advance(1ms);
  EXPECT_TRUE(fast.done());
  EXPECT_FALSE(both.done());
  world.advance(1ms);
  ASSERT_TRUE(both.done());
  EXPECT_EQ(both.take(), 21);
}

TEST(AnyDone, WhatIsDoneAlreadyIsNotWaitedFor) {
  SimWorld world;
  Task<int> now = after(0ms, 1);
  world.advance(1ms);
  Task<int> later = after(1ms, 2);
  Task<int> both = first_then_both(now, later);
  world.advance(1ms);
  EXPECT_EQ(both.take(), 12);
}

TEST(AnyDone, ATaskThatEndsAfterTheWaitIsGoneTellsNobody) {
  SimWorld world;
  Task<int> slow = after(2ms, 1);
  Task<int> fast = after(1ms, 2);
  {
    Task<int> both = first_then_both(slow, fast);
  }
  world.advance(5ms);
  EXPECT_EQ(slow.take() + fast.take(), 3);
}

}  // namespace
}  // namespace lift
