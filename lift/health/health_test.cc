#include "lift/health/health.h"

#include <algorithm>
#include <stdexcept>

#include "lift/health/health_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum HealthStatus;
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
