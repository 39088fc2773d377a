// How checks are run: in time, one at a time, and whatever they do.
#include "lift/health/health.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "lift/base/sleep.h"
#include "lift/health/health_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum HealthStatus;

TEST_F(HealthTest, ATaskThatOverrunsIsDroppedAndFailed) {
  int dropped = 0;
  struct Sentinel {
    int& dropped;
    ~Sentinel() { ++dropped; }
  };
  ASSERT_TRUE(
      health().add(async_check({.name = "slow", .timeout = 2s}, [&dropped]() -> Task<CheckResult> {
        const Sentinel sentinel{dropped};
        co_await sleep(1h);
        co_return CheckResult::pass();
      })));
  start();
  world_.advance(60s);
  EXPECT_GE(dropped, 3);
  EXPECT_EQ(status_of("slow"), fail);
  EXPECT_EQ(check("slow").last.code, "timeout");
  EXPECT_EQ(check("slow").took, 2s);
}

TEST_F(HealthTest, OneThatIsSlowJustUnderItsTimeoutPasses) {
  ASSERT_TRUE(health().add(async_check({.name = "slow", .timeout = 2s}, []() -> Task<CheckResult> {
    co_await sleep(1990ms);
    co_return CheckResult::pass();
  })));
  start();
  world_.advance(10s);
  EXPECT_EQ(status_of("slow"), pass);
  EXPECT_GE(check("slow").took, 1990ms);
}

TEST_F(HealthTest, ABlockingOneThatHangsFailsAndIsNotStartedAgainUntilItReturns) {
  std::atomic<int> begun{0};
  std::atomic<bool> release{false};
  ASSERT_TRUE(health().add(blocking_check({.name = "hangs", .gates = HealthGate::ready}, [&] {
    ++begun;
    begun.notify_all();
    release.wait(false);
    return CheckResult::pass();
  })));
  start(true);
  ASSERT_EQ(workers_.jobs.size(), 1U);
  std::jthread worker([this] { workers_.run_one(); });
  begun.wait(0);
  world_.advance(5s);
  EXPECT_EQ(check("hangs").last.code, "timeout");
  EXPECT_TRUE(check("hangs").overdue);
  world_.advance(5min);
  EXPECT_EQ(status_of("hangs"), fail);
  EXPECT_GE(check("hangs").failures_in_row, 3U) << "it counts on, though it is one run";
  EXPECT_EQ(metric("lift.health.overdue"), 1);
  EXPECT_EQ(workers_.jobs.size(), 0U);
  EXPECT_EQ(begun, 1);
  release = true;
  release.notify_all();
  worker.join();
  world_.loop().settle();
  EXPECT_FALSE(check("hangs").overdue);
  EXPECT_EQ(status_of("hangs"), fail) << "too late to count";
  world_.advance(10min);
  ASSERT_EQ(workers_.jobs.size(), 1U) << "and it is tried again";
  workers_.run_one();
  world_.loop().settle();
  EXPECT_EQ(check("hangs").last.status, pass);
}

TEST_F(HealthTest, OneThatWaitsForAThreadHasNotFailed) {
  ASSERT_TRUE(health().add(blocking_check({.name = "db"}, [] { return CheckResult::pass(); })));
  start(true);
  world_.advance(10min);
  EXPECT_EQ(workers_.jobs.size(), 1U) << "one at a time";
  EXPECT_FALSE(check("db").overdue);
  EXPECT_EQ(status_of("db"), unknown);
  workers_.run_one();
  world_.loop().settle();
  EXPECT_EQ(status_of("db"), pass);
}

TEST_F(HealthTest, WithoutRoomARunIsSkippedAndCounted) {
  workers_.refuse = true;
  ASSERT_TRUE(health().add(blocking_check({.name = "db"}, [] { return CheckResult::pass(); })));
  start(true);
  world_.advance(10s);
  EXPECT_EQ(status_of("db"), unknown);
  EXPECT_GE(metric("lift.health.skipped"), 1);
  workers_.refuse = false;
  world_.advance(1100ms);
  ASSERT_EQ(workers_.jobs.size(), 1U);
  workers_.run_one();
  world_.loop().settle();
  EXPECT_EQ(status_of("db"), pass);
}

TEST_F(HealthTest, WhatAFunctionThrowsIsAFailureAndGoesNoFurther) {
  ASSERT_TRUE(health().add(async_check({.name = "later"}, []() -> Task<CheckResult> {
    co_await sleep(1ms);
    throw std::runtime_error("no route to host");
  })));
  ASSERT_TRUE(health().add(async_check(
      {.name = "at_once"}, []() -> Task<CheckResult> { throw std::runtime_error("at once"); })));
  ASSERT_TRUE(health().add(blocking_check({.name = "blocking"}, []() -> CheckResult { throw 5; })));
  start();
  world_.advance(2s);
  for (const auto* name : {"later", "at_once", "blocking"}) {
    EXPECT_EQ(check(name).last.code, "exception") << name;
    EXPECT_GE(check(name).runs, 1U) << name;
  }
  EXPECT_EQ(check("later").last.message, "no route to host");
}

TEST_F(HealthTest, GarbageIsMadePresentable) {
  result_ = {.status = fail,
             .code = "It's broken!\n",
             .message = "password=hunter2 \xff" + std::string(10'000, 'x'),
             .observed = {},
             .unit = std::string(100, 'u')};
  ASSERT_TRUE(health().add(scripted({.name = "odd", .gates = HealthGate::ready})));
  start();
  const CheckResult& last = check("odd").last;
  EXPECT_EQ(last.code, "other");
  EXPECT_EQ(last.message.find("hunter2"), std::string::npos) << last.message;
  EXPECT_LE(last.message.size(), 258U);
  EXPECT_LE(last.unit.size(), 16U);
  result_ = {.status = unknown, .code = {}, .message = {}, .observed = {}, .unit = {}};
  world_.advance(1100ms);
  EXPECT_EQ(check("odd").last.code, "bad_result");
}

TEST_F(HealthTest, ACheckMayBeRemovedWhileItRuns) {
  ASSERT_TRUE(health().add(
      async_check({.name = "task", .gates = HealthGate::ready}, []() -> Task<CheckResult> {
        co_await sleep(2s);
        co_return CheckResult::pass();
      })));
  ASSERT_TRUE(health().add(blocking_check({.name = "job", .gates = HealthGate::ready},
                                          [] { return CheckResult::pass(); })));
  start(true);
  ASSERT_EQ(workers_.jobs.size(), 1U);
  EXPECT_TRUE(health().remove("task"));
  EXPECT_TRUE(health().remove("job"));
  world_.loop().settle();
  workers_.run_one();
  world_.advance(1min);
  EXPECT_TRUE(health().view().checks.empty());
}

TEST_F(HealthTest, AThousandChecksKeepTheirTimes) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(health().add(scripted({.name = "check-" + std::to_string(i)})));
  }
  start();
  world_.advance(1100ms);
  EXPECT_EQ(runs_, 1000);
  EXPECT_EQ(health().status(now()), pass);
  world_.advance(5min);
  EXPECT_GE(runs_, 1000 * 10);
  EXPECT_LE(runs_, 1000 * 13);
}

TEST_F(HealthTest, TheLoopWakesForNothingButACheckThatIsDue) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(health().add(scripted({.name = "check-" + std::to_string(i)})));
  }
  start();
  world_.advance(1100ms);
  for (int step = 0; step < 300; ++step) {
    Instant due = kNever;
    for (const auto& check : health().view().checks) due = std::min(due, check->next_run);
    const int before = runs_;
    world_.advance(due - now() - 1ns);
    EXPECT_EQ(runs_, before);
    world_.advance(1ms);
    EXPECT_GT(runs_, before);
  }
}

TEST_F(HealthTest, ALongGapMakesResultsOldAndTheyAreRenewed) {
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::ready})));
  start();
  world_.loop().set_now(now() + 1h);  // the process was frozen: no timer has run
  EXPECT_EQ(health().status(now()), warn) << "old, seen by the probe itself";
  EXPECT_TRUE(health().readiness(now()).ready());
  world_.advance(1ms);
  EXPECT_EQ(health().status(now()), pass);
}

}  // namespace
}  // namespace lift
