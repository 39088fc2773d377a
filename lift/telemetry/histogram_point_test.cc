#include "lift/telemetry/histogram_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lift/base/random.h"
#include "lift/telemetry/metrics.h"

namespace lift {
namespace {

TEST(Quantile, Is_off_by_less_than_its_bound) {
  SeededRandom random(1);
  for (const std::size_t count : {1UL, 2UL, 10UL, 1000UL, 20'000UL}) {
    MetricRegistry metrics(WallTime{});
    const Histogram histogram = metrics.histogram({.name = "h"});
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(2e-6 * std::exp2(25 * random.uniform()));
      histogram.record(values.back());
    }
    std::ranges::sort(values);
    for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const double rank = std::max(1.0, std::ceil(q * static_cast<double>(count)));
      const double exact = values[static_cast<std::size_t>(rank) - 1];
      EXPECT_NEAR(quantile(histogram.read(), q).value(), exact, exact * 0.044) << q;
    }
  }
}

TEST(Quantile, At_the_edges) {
  MetricRegistry metrics(WallTime{});
  const Histogram histogram = metrics.histogram({.name = "h"});
  EXPECT_EQ(quantile(histogram.read(), 0.5), std::nullopt);
  histogram.record(0);
  EXPECT_EQ(quantile(histogram.read(), 0.5), 0);
  EXPECT_EQ(quantile(histogram.read(), 7), 0);
  histogram.record(1e300);
  EXPECT_EQ(quantile(histogram.read(), 0.5), 0);
  EXPECT_NEAR(quantile(histogram.read(), 1).value(), 4096, 200);
}

/// Records `values` into a histogram of its own.
HistogramPoint point_of(const std::vector<double>& values) {
  MetricRegistry metrics(WallTime{});
  const Histogram histogram = metrics.histogram({.name = "h"});
  for (const double value : values) histogram.record(value);
  return histogram.read();
}

void expect_same(const HistogramPoint& a, const HistogramPoint& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_NEAR(a.sum, b.sum, 1e-9 * (1 + b.sum));
  EXPECT_EQ(a.zeros, b.zeros);
  EXPECT_EQ(a.buckets, b.buckets);
  EXPECT_EQ(a.explicit_counts, b.explicit_counts);
  if (a.buckets.empty()) return;
  EXPECT_EQ(a.first_index, b.first_index);
}

std::vector<double> some_values(SeededRandom& random) {
  std::vector<double> values;
  const std::uint64_t count = random.below(30);
  for (std::uint64_t i = 0; i < count; ++i) {
    values.push_back(random.below(8) == 0 ? 0 : std::exp2(30 * random.uniform() - 19));
  }
  return values;
}

TEST(HistogramPoint, Sums_and_differences_are_those_of_their_values) {
  SeededRandom random(2);
  for (int i = 0; i < 200; ++i) {
    const std::vector<double> first = some_values(random);
    const std::vector<double> second = some_values(random);
    std::vector<double> both = first;
    both.insert(both.end(), second.begin(), second.end());

    HistogramPoint sum = point_of(first);
    add(sum, point_of(second));
    expect_same(sum, point_of(both));
    ASSERT_TRUE(subtract(sum, point_of(first)));
    expect_same(sum, point_of(second));
  }
}

TEST(HistogramPoint, What_is_more_is_not_taken_off) {
  const HistogramPoint one = point_of({1, 4});
  for (const auto& values : std::vector<std::vector<double>>{{0}, {2}, {0.1}, {100}, {1, 1}}) {
    HistogramPoint point = one;
    EXPECT_FALSE(subtract(point, point_of(values)));
    expect_same(point, one);
  }
}

}  // namespace
}  // namespace lift
