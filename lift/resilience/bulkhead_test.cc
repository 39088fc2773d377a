#include "lift/resilience/bulkhead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

BulkheadOptions limited(std::uint32_t all, std::uint32_t tenant = 1000) {
  BulkheadOptions options;
  options.limit = all;
  options.tenant_limit = tenant;
  return options;
}

class BulkheadTest : public testing::Test {
 protected:
  void make(const BulkheadOptions& options, std::size_t max_keys = 100) {
    ASSERT_EQ(options.validate().text(), "");
    bulkhead = std::make_unique<Bulkhead>(options, max_keys, world.loop().random());
  }
  Bulkhead::Asked asked(std::string_view tenant, std::string_view operation = "") {
    return {.operation = &bulkhead->operation(operation), .tenant = tenant};
  }
  /// A place that is kept until release_all(), or why there is none.
  std::string take(std::string_view tenant, std::string_view operation = "") {
    const auto admission = bulkhead->try_acquire(asked(tenant, operation), world.now());
    if (!admission.held) return std::string(to_string(admission.refusal.level));
    held.push_back(*admission.held);
    return "";
  }
  void release(std::size_t at = 0) {
    bulkhead->release(held[at], world.now());
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    world.loop().settle();
  }
  void release_all() {
    while (!held.empty()) release();
  }
  std::uint32_t in_use() { return bulkhead->view().in_use; }

  SimWorld world;
  std::unique_ptr<Bulkhead> bulkhead;
  std::vector<BulkheadHeld> held;
};

TEST_F(BulkheadTest, EachLevelHasItsLimit) {
  BulkheadOptions options = limited(5, 2);
  options.operations = {{"slow", 3}};
  make(options);
  EXPECT_EQ(take("a", "slow"), "");
  EXPECT_EQ(take("a", "slow"), "");
  EXPECT_EQ(take("a", "quick"), "tenant");
  EXPECT_EQ(take("b", "slow"), "");
  EXPECT_EQ(take("b", "slow"), "operation");
  EXPECT_EQ(take("", "slow"), "operation");
  EXPECT_EQ(take("b", "quick"), "");
  EXPECT_EQ(take("", "quick"), "");
  EXPECT_EQ(take("", "quick"), "global");
  EXPECT_EQ(in_use(), 5U);
  release_all();
  EXPECT_EQ(in_use(), 0U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take("a", "slow"), "") << "nothing was kept of a refusal";
}

TEST_F(BulkheadTest, ATenantMayHaveHalfUnlessTold) {
  BulkheadOptions options;
  options.limit = 5;
  options.tenants = {{"large", {.limit = 4}}, {"small", {.limit = 1}}};
  make(options);
  const auto all_of = [this](std::string_view tenant) {
    int count = 0;
    while (take(tenant).empty()) ++count;
    release_all();
    return count;
  };
  EXPECT_EQ(all_of("usual"), 3);
  EXPECT_EQ(all_of("large"), 4);
  EXPECT_EQ(all_of("small"), 1);
  EXPECT_EQ(all_of(""), 5) << "who has no tenant has no such limit";
}

TEST_F(BulkheadTest, WhoWaitsGoesWhenThereIsAPlace) {
  make(limited(1));
  ASSERT_EQ(take("a"), "");
  auto waiting = bulkhead->acquire(asked("b"));
  EXPECT_FALSE(waiting.done());
  EXPECT_EQ(bulkhead->view().waiting, 1U);
  world.advance(20ms);
  release();
  ASSERT_TRUE(waiting.done());
  BulkheadAnswer answer = waiting.take();
  ASSERT_TRUE(answer.permit);
  EXPECT_EQ(in_use(), 1U);
  EXPECT_EQ(bulkhead->view().waiting, 0U);
  answer.permit->release(world.now());
  EXPECT_EQ(in_use(), 0U);
}

TEST_F(BulkheadTest, APermitThatIsDroppedGivesItselfBack) {
  make(limited(1));
  {
    auto acquiring = bulkhead->acquire(asked("a"));
    ASSERT_TRUE(acquiring.done());
    const BulkheadAnswer answer = acquiring.take();
    EXPECT_EQ(in_use(), 1U);
  }
  EXPECT_EQ(in_use(), 0U);
}

TEST_F(BulkheadTest, AWaitEnds) {
  make(limited(1));
  ASSERT_EQ(take("a"), "");
  auto waiting = bulkhead->acquire(asked("b"));
  world.advance(249ms);
  EXPECT_FALSE(waiting.done());
  world.advance(2ms);
  ASSERT_TRUE(waiting.done());
  const BulkheadAnswer answer = waiting.take();
  EXPECT_FALSE(answer.permit);
  EXPECT_EQ(answer.refusal.reason, BulkheadReason::waited);
  EXPECT_EQ(answer.refusal.level, BulkheadLevel::global);
  EXPECT_EQ(answer.refusal.limit, 1U);
  EXPECT_EQ(bulkhead->view().waiting, 0U);
}

TEST_F(BulkheadTest, NobodyWaitsForWhatTheDeadlineWouldCut) {
  make(limited(1));
  for (int i = 0; i < 200; ++i) {  // what one takes is known: 100 ms
    ASSERT_EQ(take("a"), "");
    world.advance(100ms);
    release();
  }
  ASSERT_EQ(take("a"), "");
  Bulkhead::Asked soon = asked("b");
  soon.deadline = world.now() + 90ms;
  auto hopeless = bulkhead->acquire(soon);
  ASSERT_TRUE(hopeless.done());
  EXPECT_EQ(hopeless.take().refusal.reason, BulkheadReason::no_time);
  soon.deadline = world.now() + 150ms;
  auto short_wait = bulkhead->acquire(soon);
  world.advance(45ms);
  EXPECT_FALSE(short_wait.done());
  world.advance(10ms);
  ASSERT_TRUE(short_wait.done());
  EXPECT_EQ(short_wait.take().refusal.reason, BulkheadReason::waited);
}

TEST_F(BulkheadTest, WithoutAQueueNobodyWaits) {
  BulkheadOptions options = limited(1);
  options.queue = {};
  make(options);
  ASSERT_EQ(take("a"), "");
  auto acquiring = bulkhead->acquire(asked("b"));
  ASSERT_TRUE(acquiring.done());
  EXPECT_EQ(acquiring.take().refusal.reason, BulkheadReason::full);
}

TEST_F(BulkheadTest, AFullQueueRefusesAtOnce) {
  BulkheadOptions options = limited(1);
  options.queue->queues = options.queue->hand = 1;
  options.queue->length = 3;
  make(options);
  ASSERT_EQ(take("a"), "");
  std::vector<Task<BulkheadAnswer>> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(bulkhead->acquire(asked("b")));
  world.loop().settle();
  ASSERT_TRUE(waiting.back().done());
  EXPECT_EQ(waiting.back().take().refusal.reason, BulkheadReason::queue_full);
  EXPECT_EQ(bulkhead->view().waiting, 3U);
  waiting.clear();
  EXPECT_EQ(bulkhead->view().waiting, 0U) << "who is dropped waits no more";
}

TEST_F(BulkheadTest, AStopEndsAWait) {
  make(limited(1));
  ASSERT_EQ(take("a"), "");
  StopSource stop;
  auto waiting = bulkhead->acquire(asked("b"), StopToken(stop));
  stop.request();
  world.advance(1ms);
  ASSERT_TRUE(waiting.done());
  EXPECT_THROW(static_cast<void>(waiting.take()), Cancelled);
  EXPECT_EQ(bulkhead->view().waiting, 0U);
  release();
  EXPECT_EQ(in_use(), 0U);
}

/// Granted on the way, and dropped before it arrives: the place is free again.
TEST_F(BulkheadTest, AGrantThatNobodyTakesIsGivenBack) {
  make(limited(1));
  ASSERT_EQ(take("a"), "");
  {
    auto waiting = bulkhead->acquire(asked("b"));
    bulkhead->release(held.front(), world.now());  // posted, not yet told
    EXPECT_EQ(in_use(), 1U);
    EXPECT_FALSE(waiting.done());
  }
  world.loop().settle();
  EXPECT_EQ(in_use(), 0U);
}

/// A tenant that has all it may have waits for itself; others pass.
TEST_F(BulkheadTest, WhoWaitsForTheirOwnLimitHoldNobodyUp) {
  make(limited(10, 2));
  for (int i = 0; i < 2; ++i) ASSERT_EQ(take("noisy"), "");
  std::vector<Task<BulkheadAnswer>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(bulkhead->acquire(asked("noisy")));
  EXPECT_EQ(bulkhead->view().waiting, 20U);
  EXPECT_EQ(take("quiet"), "");
  EXPECT_EQ(take("other"), "");
  release(0);
  EXPECT_EQ(bulkhead->view().waiting, 19U);
  EXPECT_EQ(in_use(), 4U);
}

TEST_F(BulkheadTest, NobodyOvertakesWhoWaitsForTheSame) {
  make(limited(1));
  ASSERT_EQ(take("a"), "");
  auto waiting = bulkhead->acquire(asked("b"));
  release();
  EXPECT_EQ(take("c"), "global");
  EXPECT_TRUE(waiting.done());
}

TEST_F(BulkheadTest, ALightTenantIsServedBeforeAHeavyOnesBacklog) {
  make(limited(2));
  for (int i = 0; i < 2; ++i) ASSERT_EQ(take("heavy"), "");
  std::vector<Task<BulkheadAnswer>> heavy;
  for (int i = 0; i < 30; ++i) heavy.push_back(bulkhead->acquire(asked("heavy")));
  auto light = bulkhead->acquire(asked("light"));
  for (int served = 0; served < 9 && !light.done(); ++served) {
    world.advance(1ms);
    release();
    const auto admission = bulkhead->view();
    EXPECT_EQ(admission.in_use, 2U);
    for (auto& one : heavy) {
      if (!one.valid() || !one.done()) continue;
      held.push_back(one.take().permit->detach());
      one = {};
    }
  }
  EXPECT_TRUE(light.done());
}

TEST_F(BulkheadTest, UnderOverloadTheNewestGoFirstAndTheOldAreRefused) {
  BulkheadOptions options = limited(1);
  options.queue->queues = options.queue->hand = 1;
  options.queue->length = 100;
  make(options);
  ASSERT_EQ(take("a"), "");
  struct One {
    Instant since;
    Task<BulkheadAnswer> task;
  };
  std::vector<One> waiting;
  std::map<BulkheadReason, int> refused;
  std::vector<Duration> delays;
  // Served every 10 ms, asked for every 5.
  for (int i = 0; i < 200; ++i) {
    world.advance(5ms);
    waiting.push_back({world.now(), bulkhead->acquire(asked("a"))});
    if (i % 2 == 0) release();
    for (One& one : waiting) {
      if (!one.task.valid() || !one.task.done()) continue;
      BulkheadAnswer answer = one.task.take();
      if (answer.permit) {
        held.push_back(answer.permit->detach());
        delays.push_back(world.now() - one.since);
      } else {
        ++refused[answer.refusal.reason];
      }
      one.task = {};
    }
    ASSERT_LE(bulkhead->view().waiting, 60U);
  }
  EXPECT_GT(refused[BulkheadReason::overload], 50);
  EXPECT_EQ(refused[BulkheadReason::waited], 0) << "nobody waits in vain for so long";
  int soon = 0;
  for (const Duration delay : delays) soon += delay <= 10ms ? 1 : 0;
  EXPECT_GT(soon, static_cast<int>(delays.size()) * 8 / 10);
}

TEST_F(BulkheadTest, LimitsChangeWhileItRuns) {
  make(limited(4, 3));
  for (int i = 0; i < 3; ++i) ASSERT_EQ(take("a"), "");
  bulkhead->update(limited(4, 1), world.now());
  EXPECT_EQ(take("a"), "tenant");
  release();
  release();
  EXPECT_EQ(take("a"), "tenant") << "one of three is still there";
  BulkheadOptions with_operation = limited(4, 4);
  with_operation.operation_limit = 2;
  bulkhead->update(with_operation, world.now());
  EXPECT_EQ(take("a", "x"), "");
  EXPECT_EQ(take("a", "x"), "");
  EXPECT_EQ(take("b", "x"), "operation");
  auto waiting = bulkhead->acquire(asked("b", "x"));
  bulkhead->update(limited(4, 4), world.now());
  world.loop().settle();
  EXPECT_TRUE(waiting.done()) << "what grows wakes who waits";
}

TEST_F(BulkheadTest, TenantsBeyondTheTableShareOneLimit) {
  make(limited(1000, 2), 8);
  for (int tenant = 0; tenant < 8; ++tenant) ASSERT_EQ(take("t" + std::to_string(tenant)), "");
  EXPECT_EQ(take("x"), "");
  EXPECT_EQ(take("y"), "");
  EXPECT_EQ(take("z"), "tenant") << "never without one";
  EXPECT_GE(bulkhead->overflowed(), 3U);
  EXPECT_EQ(bulkhead->view().tenants, 8U);
  release_all();
  EXPECT_EQ(take("x"), "") << "who has nothing gives up its place";
  EXPECT_EQ(take("x"), "");
  EXPECT_EQ(take("x"), "tenant");
}

/// A tenant who waits keeps its place in the table, and so its limit.
TEST_F(BulkheadTest, WhoWaitsIsNotForgotten) {
  make(limited(1, 1), 1);
  ASSERT_EQ(take("", ""), "");
  auto waiting = bulkhead->acquire(asked("a"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(take("other-" + std::to_string(i)), "global");
  release();
  ASSERT_TRUE(waiting.done());
  BulkheadAnswer answer = waiting.take();
  EXPECT_EQ(take("a"), "tenant");
  answer.permit->release(world.now());
  EXPECT_EQ(in_use(), 0U);
}

TEST(BulkheadOptions, BadOnesAreNamed) {
  BulkheadOptions options;
  options.limit = 0;
  options.tenant_limit = 2'000'000;
  options.tenants = {{"a", {.limit = 0, .weight = 0}}};
  options.operations = {{"slow", 0}};
  options.queue->hand = 65;
  options.queue->length = 0;
  options.queue->target = 1s;
  options.queue->interval = {};
  EXPECT_EQ(options.validate().text(),
            "limit: value \"0\" must be 1 to 1,000,000\n"
            "tenant_limit: value \"2000000\" must be 1 to 1,000,000\n"
            "tenants.a.limit: value \"0\" must be 1 to 1,000,000\n"
            "tenants.a.weight: value \"0\" must be 1 to 1,000\n"
            "operations.slow: value \"0\" must be 1 to 1,000,000\n"
            "queue.hand: value \"65\" must be 1 to `queues`\n"
            "queue.length: value \"0\" must be 1 to 512\n"
            "queue.target: value \"1000 ms\" must be 1 ms to `max_wait`\n"
            "queue.interval: value \"0 ms\" must be 1 ms to 10 s");
  EXPECT_EQ(original_bulkhead(50).validate().text(), "");
  EXPECT_EQ(original_bulkhead(50).limit_of_tenant("any"), 5U);
  EXPECT_EQ(original_bulkhead(50).limit_of_operation("any"), 10U);
}

}  // namespace
}  // namespace lift
