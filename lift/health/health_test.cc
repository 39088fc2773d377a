#include "lift/health/health.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>

#include "lift/base/sleep.h"
#include "lift/health/health_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum HealthStatus;
using testing::Contains;
using testing::ElementsAre;

TEST_F(HealthTest, WithoutChecksItIsHealthyAndReadyOnceStarted) {
  health().start(world_.loop(), world_.loop().workers());
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::starting);
  health().started();
  EXPECT_TRUE(health().readiness(now()).ready());
  EXPECT_EQ(health().status(now()), pass);
}

TEST_F(HealthTest, BeforeTheFirstPublicationNobodyKnows) {
  ASSERT_TRUE(health().add(scripted({.name = "free"})));
  ASSERT_TRUE(health().add(scripted({.name = "gate", .gates = HealthGate::ready})));
  result_ = CheckResult::fail("down");
  health().started();
  EXPECT_EQ(health().status(now()), unknown);
  EXPECT_FALSE(health().readiness(now()).ready());
  world_.advance(1h);  // migrations, say: the grace begins with the checks
  health().start(world_.loop(), world_.loop().workers());
  EXPECT_EQ(health().view().checks.size(), 2U) << "all that was there at once";
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::starting);
  EXPECT_EQ(health().readiness(now()).grace_remaining, 30s);
}

TEST_F(HealthTest, ChecksRunInTheirTimeAndNoProbeRunsOne) {
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::ready})));
  start();
  EXPECT_EQ(runs_, 1) << "at once, as it gates";
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(health().readiness(now()).ready());
    EXPECT_EQ(health().status(now()), pass);
  }
  EXPECT_EQ(runs_, 1);
  world_.advance(33s);
  EXPECT_EQ(runs_, 2);
  world_.advance(5min);
  EXPECT_GE(runs_, 10);
  EXPECT_LE(runs_, 13);
}

TEST_F(HealthTest, ARequiredOneMakesItFailAnOptionalOneWarns) {
  ASSERT_TRUE(health().add(scripted({.name = "needed"})));
  ASSERT_TRUE(health().add(scripted({.name = "nice", .required = false})));
  result_ = CheckResult::fail("down");
  start();
  world_.advance(1100ms);
  EXPECT_EQ(health().status(now()), unknown) << "in its grace period";
  EXPECT_TRUE(health().readiness(now()).ready()) << "nothing is gated";
  world_.advance(30s);
  EXPECT_EQ(health().status(now()), fail);
  ASSERT_TRUE(health().remove("needed"));
  world_.loop().settle();
  EXPECT_EQ(health().status(now()), warn);
  EXPECT_EQ(status_of("nice"), fail);
}

TEST_F(HealthTest, ReadyIsAsSoonAsTheGatesAreGoodNotWhenTheGraceIsOver) {
  result_ = CheckResult::fail("cold");
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::ready})));
  start();
  const Readiness first = health().readiness(now());
  EXPECT_EQ(first.reason, Readiness::Reason::starting);
  EXPECT_EQ(first.grace_remaining, 30s);
  world_.advance(3s);
  result_ = CheckResult::pass();
  world_.advance(1100ms);
  EXPECT_TRUE(health().readiness(now()).ready());
}

TEST_F(HealthTest, AfterTheGraceACheckThatNeverPassedIsWhatKeepsItBack) {
  result_ = CheckResult::fail("cold");
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::startup})));
  start();
  world_.advance(31s);
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::checks);
}

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

TEST_F(HealthTest, ItRecoversByItself) {
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::ready})));
  start();
  result_ = CheckResult::fail("down");
  world_.advance(2min);
  EXPECT_EQ(health().status(now()), fail);
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::checks);
  EXPECT_EQ(check("db").circuit, CheckState::Circuit::open);
  const int before = runs_;
  world_.advance(10min);
  EXPECT_LE(runs_ - before, 5) << "left in peace";
  result_ = CheckResult::pass();
  world_.advance(5min * 5 / 4 + 33s);
  EXPECT_EQ(health().status(now()), pass);
  EXPECT_TRUE(health().readiness(now()).ready());
}

TEST_F(HealthTest, TransitionsAreALineACounterAndACallEach) {
  std::vector<std::string> heard;
  health().on_transition([&heard](const HealthTransition& change) {
    heard.push_back(std::string(to_string(change.from)) + ">" + std::string(to_string(change.to)));
    throw std::runtime_error("the user's own");
  });
  ASSERT_TRUE(health().add(scripted({.name = "db", .required = false})));
  start();
  world_.advance(2min);
  result_ = CheckResult::fail("down");
  world_.advance(2min);
  EXPECT_THAT(heard, ElementsAre("unknown>pass", "pass>fail"));
  EXPECT_EQ(metric("lift.health.transitions"), 2);
  EXPECT_EQ(metric("lift.health.callback_failures"), 2);
  EXPECT_EQ(metric("lift.health.check.duration"), runs_);
  const auto all = lines();
  EXPECT_EQ(std::ranges::count(all, "health check changed"), 2) << "a change, not a run";
}

TEST_F(HealthTest, MaintenanceAndForceHoldForTheirTimeAndNoLonger) {
  start();
  ASSERT_TRUE(health().maintenance("moving the database", 10min));
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::maintenance);
  EXPECT_EQ(health().status(now()), warn);
  EXPECT_EQ(health().in_maintenance(now())->reason, "moving the database");
  (void)lines();
  world_.advance(10min + 2ms);
  EXPECT_TRUE(health().readiness(now()).ready());
  EXPECT_THAT(lines(), ElementsAre("ready for requests again"))
      << "told without a check or a probe";
  ASSERT_TRUE(health().force(false, "a drill", 1min));
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::forced);
  EXPECT_EQ(health().status(now()), fail);
  ASSERT_TRUE(health().maintenance("again", 1h));
  ASSERT_TRUE(health().force(true, "we know better", 1min));
  EXPECT_TRUE(health().readiness(now()).ready());
  EXPECT_EQ(health().status(now()), pass);
  health().end_forced();
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::maintenance);
  health().end_maintenance();
  EXPECT_TRUE(health().readiness(now()).ready());
  EXPECT_EQ(health().maintenance("", 1min).error().code, "bad_configuration");
  EXPECT_EQ(health().force(true, "for ever", 8 * 24h).error().code, "bad_configuration");
}

TEST_F(HealthTest, DrainingIsAtOnceAndAboveAll) {
  start();
  ASSERT_TRUE(health().force(true, "we know better", 1min));
  health().drain();
  EXPECT_EQ(health().readiness(now()).reason, Readiness::Reason::draining);
  EXPECT_EQ(health().status(now()), pass) << "it still serves";
}

TEST_F(HealthTest, ChecksComeAndGoWhileItServes) {
  start();
  ASSERT_TRUE(health().add(scripted({.name = "a", .gates = HealthGate::ready})));
  EXPECT_EQ(health().add(scripted({.name = "a"})).error().code, "duplicate");
  world_.loop().settle();
  EXPECT_EQ(health().view().checks.size(), 1U);
  EXPECT_TRUE(health().remove("a"));
  EXPECT_FALSE(health().remove("a"));
  world_.loop().settle();
  EXPECT_TRUE(health().view().checks.empty());
  const int before = runs_;
  world_.advance(5min);
  EXPECT_EQ(runs_, before);
}

TEST_F(HealthTest, ANameMayBeGivenAgainAtOnce) {
  start();
  ASSERT_TRUE(health().add(scripted({.name = "a"})));
  EXPECT_TRUE(health().remove("a"));
  ASSERT_TRUE(health().add(scripted({.name = "a", .required = false})));
  world_.loop().settle();
  ASSERT_EQ(health().view().checks.size(), 1U);
  EXPECT_FALSE(check("a").required);
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

TEST_F(HealthTest, BadChecksAreRefusedByName) {
  const auto both = [] {
    Check check = blocking_check({.name = "x"}, [] { return CheckResult::pass(); });
    check.run = []() -> Task<CheckResult> { co_return CheckResult::pass(); };
    return check;
  }();
  EXPECT_EQ(health().add(both).error().code, "bad_configuration");
  EXPECT_EQ(health().add(Check{.options = {.name = "none"}}).error().code, "bad_configuration");
  const Result<> named = health().add(scripted({.name = ""}));
  EXPECT_NE(named.error().message.find("name"), std::string::npos);
}

TEST_F(HealthTest, NoMoreChecksThanWereAllowed) {
  HealthOptions few;
  few.max_checks = 2;
  health(few);
  ASSERT_TRUE(health().add(scripted({.name = "a"})));
  ASSERT_TRUE(health().add(scripted({.name = "b"})));
  EXPECT_EQ(health().add(scripted({.name = "c"})).error().code, "too_many");
  ASSERT_TRUE(health().remove("a"));
  EXPECT_TRUE(health().add(scripted({.name = "c"})));
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

TEST_F(HealthTest, BadOptionsAreNamed) {
  HealthOptions bad;
  bad.paths = {.health = "health", .detail = "/d", .ready = "/d", .live = "/{x}"};
  bad.grace_period = -1s;
  bad.live_limit = 0s;
  bad.threads = 0;
  bad.max_checks = 0;
  std::vector<std::string> fields;
  for (const Problem& problem : bad.validate().list()) fields.push_back(problem.field);
  EXPECT_THAT(fields, ElementsAre("paths.health", "paths.ready", "paths.live", "grace_period",
                                  "live_limit", "threads", "max_checks"));
  EXPECT_FALSE(Health::make(bad, telemetry_));
}

}  // namespace
}  // namespace lift
