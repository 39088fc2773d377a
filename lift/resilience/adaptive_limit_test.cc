#include "lift/resilience/adaptive_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// A service that does `servers` at a time, each in `service`; who is beyond them waits behind it,
/// out of sight.
struct Model {
  double servers = 100;
  Duration service = 10ms;
  double demand = 1e9;  ///< would be at work at once
  SeededRandom random{1};

  AdaptiveLimit::Window window(double limit) {
    const double noise = 0.97 + static_cast<double>(random.below(600)) / 10'000;
    const double at_work = std::min(limit, demand);
    const double each = std::chrono::duration<double>(service).count();
    const double through = std::min(at_work, servers) / each * noise;
    const double latency = std::max(1.0, at_work / servers) * each / noise;
    return {.latency = Duration(static_cast<Duration::rep>(latency * 1e9)),
            .throughput = through,
            .most_at_work = static_cast<std::uint32_t>(at_work),
            .ended = static_cast<std::uint64_t>(through),
            .lost = 0};
  }
};

class AdaptiveLimitTest : public testing::Test {
 protected:
  void run(int windows) {
    for (int i = 0; i < windows; ++i) limit.window(model.window(limit.limit()));
  }
  Model model;
  AdaptiveLimit limit{{.initial = 50, .minimum = 10, .maximum = 2000}};
};

TEST_F(AdaptiveLimitTest, GrowsToWhatTheServiceCanDoAndNotFarBeyond) {
  run(300);
  EXPECT_GE(limit.limit(), 90U);
  EXPECT_LE(limit.limit(), 250U);
}

/// The guard against a mean that creeps up with the queue it should measure.
TEST_F(AdaptiveLimitTest, StaysThereForever) {
  for (int i = 0; i < 50; ++i) {
    run(100);
    EXPECT_LE(limit.limit(), 250U) << i;
    EXPECT_GE(limit.limit(), 60U) << i;
  }
}

TEST_F(AdaptiveLimitTest, FollowsAServiceThatBecomesSlower) {
  run(300);
  model.servers = 30;
  run(300);
  EXPECT_LE(limit.limit(), 120U);
  model.servers = 200;
  run(600);
  EXPECT_GE(limit.limit(), 120U);
}

/// Where lost requests are skipped, a limit grows during an outage.
TEST_F(AdaptiveLimitTest, LostRequestsLowerIt) {
  AdaptiveLimit other({.initial = 500, .minimum = 10, .maximum = 2000});
  for (int i = 0; i < 10; ++i) {
    other.window(
        {.latency = 1s, .throughput = 100, .most_at_work = 500, .ended = 100, .lost = 100});
  }
  EXPECT_LT(other.limit(), 200U);
  for (int i = 0; i < 100; ++i) {
    other.window({.latency = 1s, .throughput = 100, .most_at_work = 500, .ended = 100, .lost = 1});
  }
  EXPECT_EQ(other.limit(), 10U);
}

/// One impatient caller must not take the limit of all down.
TEST_F(AdaptiveLimitTest, AFewLostAmongManyOrFarFromTheLimitLowerNothing) {
  AdaptiveLimit other({.initial = 512, .minimum = 32, .maximum = 2000});
  AdaptiveLimit::Window window{
      .latency = 10ms, .throughput = 5000, .most_at_work = 400, .ended = 5000, .lost = 49};
  for (int i = 0; i < 100; ++i) other.window(window);
  EXPECT_GE(other.limit(), 512U);
  window.most_at_work = 100;
  window.lost = 5000;
  for (int i = 0; i < 100; ++i) other.window(window);
  EXPECT_GE(other.limit(), 512U);
}

TEST_F(AdaptiveLimitTest, WhatIsNotUsedSaysNothing) {
  AdaptiveLimit other({.initial = 512, .minimum = 32, .maximum = 2000});
  for (int i = 0; i < 100; ++i) {
    // Slower and slower, but nobody is near the limit.
    other.window({.latency = 10ms * (i + 1),
                  .throughput = 100,
                  .most_at_work = 100,
                  .ended = 100,
                  .lost = 0});
  }
  EXPECT_EQ(other.limit(), 512U);
  for (int i = 0; i < 100; ++i) {
    other.window({.latency = 1s, .throughput = 100, .most_at_work = 512, .ended = 49, .lost = 49});
  }
  EXPECT_EQ(other.limit(), 512U) << "too few";
}

TEST_F(AdaptiveLimitTest, DriftsBackToWhereItBegan) {
  AdaptiveLimit other({.initial = 512, .minimum = 32, .maximum = 2000});
  for (int i = 0; i < 40; ++i) {
    other.window({.latency = 1s, .throughput = 100, .most_at_work = 512, .ended = 100, .lost = 9});
  }
  EXPECT_EQ(other.limit(), 32U);
  for (int i = 0; i < 300; ++i) {
    other.window({.latency = 10ms, .throughput = 100, .most_at_work = 9, .ended = 100, .lost = 0});
  }
  EXPECT_GE(other.limit(), 512U);
  EXPECT_LT(other.limit(), 520U);
}

TEST(AdaptiveLimitOptions, BadOnesAreNamed) {
  const AdaptiveLimitOptions options{.initial = 5, .minimum = 10, .maximum = 2'000'000};
  EXPECT_EQ(options.validate().text(),
            "maximum: value \"2000000\" must be 1 to 1,000,000\n"
            "initial: value \"5\" must be `minimum` to `maximum`");
}

}  // namespace
}  // namespace lift
