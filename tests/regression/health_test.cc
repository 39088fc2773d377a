// The original's defects of health checks, each named after the list that it stands in.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lift/app/app.h"
#include "lift/base/sleep.h"
#include "lift/health/health_body.h"
#include "lift/testing/sim_world.h"
#include "tests/support/raw_client.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum HealthStatus;

class HealthRegression : public testing::Test {
 protected:
  ~HealthRegression() override { (void)health_->stop(Duration::zero()); }
  void add(CheckOptions options, std::function<CheckResult()> run) {
    auto task = [this, run = std::move(run)]() -> Task<CheckResult> {
      ++runs_;
      CheckResult result = run();
      co_return result;
    };
    ASSERT_TRUE(health_->add(async_check(std::move(options), std::move(task))));
  }
  void start() {
    health_->start(world_.loop(), world_.loop().workers());
    health_->started();
    world_.loop().settle();
  }
  [[nodiscard]] int ready() { return ready_response(*health_, world_.now()).status; }
  [[nodiscard]] Response overall() { return health_response(*health_, world_.now(), ""); }

  SimWorld world_;
  std::shared_ptr<Telemetry> telemetry_ =
      std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
  std::shared_ptr<Health> health_ = Health::make({}, telemetry_).value();
  int runs_ = 0;
};

TEST_F(HealthRegression, D_HC_1_AFailedCheckRecoversAfterRepair) {
  bool up = true;
  add({.name = "db", .gates = HealthGate::ready},
      [&up] { return up ? CheckResult::pass() : CheckResult::fail("down"); });
  start();
  up = false;
  world_.advance(10min);
  EXPECT_EQ(ready(), 503);
  EXPECT_EQ(overall().status, 503);
  up = true;
  world_.advance(10min);
  EXPECT_EQ(ready(), 200);
  EXPECT_EQ(overall().status, 200);
}

TEST_F(HealthRegression, D_HC_3_AFailingOptionalDependencyIsDegradedNotHealthy) {
  add({.name = "cache", .required = false}, [] { return CheckResult::fail("down"); });
  start();
  world_.advance(1min);
  EXPECT_NE(overall().body.bytes().find("degraded"), std::string_view::npos);
}

TEST_F(HealthRegression, D_HC_4_DegradedIs200) {
  add({.name = "disk"}, [] { return CheckResult::warn("almost_full"); });
  start();
  world_.advance(2s);
  EXPECT_NE(overall().body.bytes().find("degraded"), std::string_view::npos);
  EXPECT_EQ(overall().status, 200);
}

TEST_F(HealthRegression, D_HC_5_ChecksRunBesideEachOtherEachWithATimeoutOfItsOwn) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(health_->add(async_check({.name = "slow-" + std::to_string(i),
                                          .gates = HealthGate::startup,
                                          .timeout = i == 0 ? 50ms : 5s},
                                         []() -> Task<CheckResult> {
                                           co_await sleep(100ms);
                                           CheckResult pass;
                                           co_return pass;
                                         })));
  }
  start();
  world_.advance(102ms);
  const auto view = health_->share();
  EXPECT_EQ(view->checks[0]->last.code, "timeout");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(view->checks[i]->status, pass) << i;
}

TEST_F(HealthRegression, D_HC_8_AColdStartIsReadyAsSoonAsItIsGood) {
  add({.name = "db", .gates = HealthGate::ready}, [] { return CheckResult::pass(); });
  start();
  EXPECT_EQ(ready(), 200) << "and not after a grace period";
}

TEST_F(HealthRegression, D_HC_9_DurationsHaveOneUnitAndMethodsCount) {
  add({.name = "db", .gates = HealthGate::ready}, [] { return CheckResult::pass(); });
  start();
  const Response detail = detail_response(*health_, world_.now(), "", HealthAudience::operators);
  const std::string_view body = detail.body.bytes();
  for (std::size_t at = body.find("\"duration\":"); at != std::string_view::npos;
       at = body.find("\"duration\":", at + 1)) {
    EXPECT_EQ(body.substr(at, 20), R"("duration":"0.000ms")");
  }
}

TEST_F(HealthRegression, L_H_2_and_14_ProbesCallNoDependencyHoweverManyThereAre) {
  add({.name = "db", .gates = HealthGate::ready}, [] { return CheckResult::pass(); });
  start();
  world_.advance(29s - 3s);  // before the next run is due
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(ready(), 200);
  EXPECT_EQ(runs_, 1);
}

TEST_F(HealthRegression, L_H_3_WhatRunsInTheBackgroundIsWhatProbesSee) {
  bool up = true;
  add({.name = "db", .gates = HealthGate::ready},
      [&up] { return up ? CheckResult::pass() : CheckResult::fail("down"); });
  start();
  up = false;
  world_.advance(100s);
  EXPECT_EQ(ready(), 503);
}

TEST_F(HealthRegression, L_H_6_AnExceptionIsAFailureOfItsCheckAlone) {
  add({.name = "bad", .required = false},
      []() -> CheckResult { throw std::runtime_error("oops"); });
  add({.name = "good", .gates = HealthGate::ready}, [] { return CheckResult::pass(); });
  start();
  world_.advance(1min);
  EXPECT_EQ(ready(), 200);
  EXPECT_EQ(health_->share()->checks[0]->last.code, "exception");
}

TEST_F(HealthRegression, L_H_18_WithoutChecksItIsHealthy) {
  start();
  EXPECT_EQ(overall().status, 200);
  EXPECT_EQ(ready(), 200);
}

test::RawResponse get(const App& app, const std::string& path) {
  return test::RawClient(test::address_of(app)).ask("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
}

TEST(HealthServiceRegression, L_H_4_and_15_AHangingCheckHoldsUpNeitherProbesNorTheEnd) {
  struct Hang {
    std::atomic<bool> release{false};
    std::atomic<int> begun{0};
  };
  auto hang = std::make_shared<Hang>();
  {
    App app(embedded_options());
    ASSERT_TRUE(app.health().add(
        blocking_check({.name = "hangs", .gates = HealthGate::ready, .timeout = 10ms}, [hang] {
          ++hang->begun;
          hang->begun.notify_all();
          hang->release.wait(false);
          return CheckResult::pass();
        })));
    ASSERT_TRUE(app.start());
    hang->begun.wait(0);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(get(app, "/ready").status, 503);
    EXPECT_EQ(hang->begun, 1) << "one at a time";
    EXPECT_EQ(get(app, "/live").status, 200);
    app.stop();
  }
  hang->release = true;
  hang->release.notify_all();
}

TEST(HealthServiceRegression, L_H_12_and_13_NoDependencysWordsInPublicAndNoOtherMethods) {
  App app(embedded_options());
  ASSERT_TRUE(app.health().add(blocking_check({.name = "db", .gates = HealthGate::ready}, [] {
    return CheckResult::fail("down", "connect to 10.0.0.7: secret hostname");
  })));
  ASSERT_TRUE(app.start());
  for (const auto* path : {"/health", "/ready", "/live", "/health/detail"}) {
    EXPECT_EQ(get(app, path).body.find("10.0.0.7"), std::string::npos) << path;
  }
  EXPECT_EQ(get(app, "/health/detail").status, 404) << "for nobody, unless a role is named";
  const auto head = [&app] {
    test::RawClient client(test::address_of(app));
    EXPECT_TRUE(client.send("HEAD /live HTTP/1.1\r\nHost: t\r\n\r\n"));
    return client.read(true);
  }();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("cache-control"), "no-store");
  EXPECT_EQ(
      test::RawClient(test::address_of(app)).ask("DELETE /live HTTP/1.1\r\nHost: t\r\n\r\n").status,
      405);
}

}  // namespace
}  // namespace lift
