#include "lift/resilience/latency_quantile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

double ms(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

TEST(LatencyQuantile, SaysNothingOfFew) {
  LatencyQuantile latency;
  for (int i = 0; i < 99; ++i) latency.record(5ms);
  EXPECT_FALSE(latency.quantile(0.5));
  latency.record(5ms);
  EXPECT_NEAR(ms(latency.quantile(0.5).value()), 5, 5.0 / 8);
}

TEST(LatencyQuantile, IsRightToAnEighth) {
  SeededRandom random(1);
  LatencyQuantile latency;
  std::vector<Duration> all;
  for (int i = 0; i < 900; ++i) {
    const Duration time = std::chrono::microseconds(1 + random.below(1U << random.below(24)));
    all.push_back(time);
    latency.record(time);
  }
  std::ranges::sort(all);
  for (const double q : {0.1, 0.5, 0.9, 0.95, 0.99}) {
    const double exact = ms(all[static_cast<std::size_t>(q * 900)]);
    EXPECT_NEAR(ms(latency.quantile(q).value()), exact, exact / 6 + 0.001) << q;
  }
}

TEST(LatencyQuantile, ForgetsWhatWasLongAgo) {
  LatencyQuantile latency;
  for (int i = 0; i < 5'000; ++i) latency.record(1s);
  for (int i = 0; i < 2'000; ++i) latency.record(1ms);
  EXPECT_LT(latency.quantile(0.99).value(), 2ms);
}

TEST(LatencyQuantile, TakesAnyDuration) {
  LatencyQuantile latency;
  for (int i = 0; i < 50; ++i) {
    latency.record(-5s);
    latency.record(Duration::max());
    latency.record(0ns);
  }
  EXPECT_EQ(latency.quantile(0).value(), 0ns);
  EXPECT_GT(latency.quantile(1).value(), 4min);
}

}  // namespace
}  // namespace lift
