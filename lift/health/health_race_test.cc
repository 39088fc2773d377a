// Everything at once on one Health: probes, checks that come, go, block and throw, people who
// decide.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lift/base/random.h"
#include "lift/health/health.h"
#include "lift/health/health_body.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class HealthRace : public testing::Test {
 protected:
  static constexpr std::size_t kBlocking = 8;

  static std::shared_ptr<Health> made(const SystemClock& clock) {
    HealthOptions options;
    options.threads = 2;
    return Health::make(options, std::make_shared<Telemetry>(TelemetryOptions{}, clock)).value();
  }
  void add_blocking() {
    for (std::size_t i = 0; i < kBlocking; ++i) {
      const auto run = [this, i]() -> CheckResult {
        began_.fetch_add(1);
        if (i == 3) throw std::runtime_error("always");
        return CheckResult::pass();
      };
      const std::string name = "blocking-" + std::to_string(i);
      // Virtual time may run far ahead of a worker that has no core: overdue runs are told again
      // and again, and not what this is about.
      const CheckOptions options{.name = name, .interval = 100ms, .timeout = 10min};
      ASSERT_TRUE(health_->add(blocking_check(options, run)));
    }
  }
  /// What one of many does.
  void meddle(std::uint64_t seed) {
    SeededRandom chance(seed);
    for (int i = 0; i < 3000; ++i) {
      const Instant now = clock_.now();
      const int status = ready_response(*health_, now).status;
      if (status != 200 && status != 503) ++bad_;
      (void)health_->alive(now);
      const std::string name = "extra-" + std::to_string(chance.below(4));
      if (chance.below(16) == 0) (void)health_->add(passing(name));
      if (chance.below(16) == 0) (void)health_->remove(name);
      if (chance.below(64) == 0) (void)health_->maintenance("a drill", 1s);
      if (chance.below(64) == 0) health_->end_maintenance();
      if (chance.below(64) == 0) {
        (void)detail_response(*health_, now, "text/html", HealthAudience::operators);
      }
    }
  }
  static Check passing(const std::string& name) {
    return async_check({.name = name, .interval = 100ms}, []() -> Task<CheckResult> {
      CheckResult pass;
      co_return pass;
    });
  }
  /// Whether every run that began has been told, and nothing else is left.
  [[nodiscard]] bool settled() const {
    const auto view = health_->share();
    std::uint64_t told = 0;
    for (const auto& check : view->checks) told += check->runs;
    return told == began_ && view->checks.size() == kBlocking;
  }
  [[nodiscard]] bool each_has_run() const {
    return std::ranges::all_of(health_->share()->checks,
                               [](const auto& check) { return check->runs > 0; });
  }

  SystemClock clock_;
  std::shared_ptr<Health> health_ = made(clock_);
  SimWorld world_;
  std::atomic<std::uint64_t> began_{0};
  std::atomic<std::uint64_t> bad_{0};
};

TEST_F(HealthRace, EveryRunIsCountedOnceAndAllEndsWell) {
  add_blocking();
  health_->heartbeats().add(world_.loop());
  health_->start(world_.loop());
  health_->started();
  std::atomic<bool> over{false};
  std::jthread loop([&] {
    while (!over) world_.advance(10ms);
  });
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 1; t <= 4; ++t) threads.emplace_back([this, t] { meddle(t); });
  }
  over = true;
  loop.join();
  for (int i = 0; i < 4; ++i) health_->remove("extra-" + std::to_string(i));
  // A run may still be under way; every one that began is told within a while.
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!each_has_run() && std::chrono::steady_clock::now() < until) {
    world_.advance(10ms);
    std::this_thread::yield();
  }
  while (!settled() && std::chrono::steady_clock::now() < until) {
    world_.loop().settle();
    std::this_thread::yield();
  }
  EXPECT_TRUE(settled());
  EXPECT_EQ(bad_, 0U);
  const auto view = health_->share();
  EXPECT_TRUE(each_has_run());
  for (const auto& check : view->checks) {
    EXPECT_FALSE(check->overdue) << check->name;
  }
  EXPECT_EQ(health_->stop(10s), 0U);
  world_.loop().settle();
}

}  // namespace
}  // namespace lift
