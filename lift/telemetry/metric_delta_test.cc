#include "lift/telemetry/metric_delta.h"

#include <gtest/gtest.h>

#include "lift/base/random.h"
#include "lift/telemetry/metrics.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart{1000s};
constexpr WallTime kOne{1060s};
constexpr WallTime kTwo{1120s};

std::map<std::string, double> values_of(const MetricSnapshot& snapshot, std::string_view name) {
  std::map<std::string, double> out;
  for (const MetricFamily& family : snapshot.families) {
    if (family.name != name) continue;
    for (const MetricPoint& point : family.points) {
      const double value =
          point.histogram ? static_cast<double>(point.histogram->count) : point.value;
      out[point.labels.empty() ? "" : point.labels.front().second] += value;
    }
  }
  return out;
}

using Values = std::map<std::string, double>;

TEST(MetricDelta, Sums_become_differences_and_levels_stay) {
  MetricRegistry metrics(kStart);
  const Counter counter = metrics.counter({.name = "c"});
  const UpDown up_down = metrics.up_down({.name = "u"});
  const Gauge gauge = metrics.gauge({.name = "g"});
  const Histogram histogram = metrics.histogram({.name = "h"});
  counter.add(5);
  up_down.add(5);
  gauge.set(5);
  histogram.record(0.1);
  const MetricSnapshot one = metrics.snapshot(kOne);
  counter.add(2);
  up_down.add(2);
  gauge.set(2);
  histogram.record(3);
  const MetricSnapshot two = delta(one, metrics.snapshot(kTwo));
  EXPECT_EQ(two.start, kOne);
  EXPECT_EQ(two.time, kTwo);
  EXPECT_EQ(values_of(two, "c"), (Values{{"", 2}}));
  EXPECT_EQ(values_of(two, "u"), (Values{{"", 7}}));
  EXPECT_EQ(values_of(two, "g"), (Values{{"", 2}}));
  EXPECT_EQ(values_of(two, "h"), (Values{{"", 1}}));
  for (const MetricFamily& family : two.families) {
    if (family.name != "h") continue;
    EXPECT_EQ(family.points[0].histogram->sum, 3);
    EXPECT_EQ(family.points[0].histogram->buckets, (std::vector<std::uint64_t>{1}));
  }
}

TEST(MetricDelta, New_series_count_from_zero_and_those_gone_are_left_out) {
  MetricRegistry metrics(kStart);
  const auto family = metrics.counters({.name = "c"}, {"l"});
  family.with("a").add(5);
  const MetricSnapshot one = metrics.snapshot(kOne);
  family.with("b").add(2);
  family.remove("a");
  EXPECT_EQ(values_of(delta(one, metrics.snapshot(kTwo)), "c"), (Values{{"b", 2}, {"true", 0}}));
}

TEST(MetricDelta, A_series_that_came_back_counts_from_zero) {
  MetricRegistry metrics(kStart);
  const auto family = metrics.counters({.name = "c"}, {"l"});
  family.with("a").add(5);
  const MetricSnapshot one = metrics.snapshot(kOne);
  family.with("a").add(1);
  family.remove("a");
  family.with("a").add(2);
  EXPECT_EQ(values_of(delta(one, metrics.snapshot(kTwo)), "c"), (Values{{"a", 2}, {"true", 1}}));
}

TEST(MetricDelta, After_a_fork_everything_counts_from_zero) {
  MetricRegistry metrics(kStart);
  const Counter counter = metrics.counter({.name = "c"});
  counter.add(5);
  const MetricSnapshot one = metrics.snapshot(kOne);
  metrics.reset_after_fork(kOne + 1s);
  counter.add(7);
  const MetricSnapshot two = delta(one, metrics.snapshot(kTwo));
  EXPECT_EQ(two.start, kOne + 1s);
  EXPECT_EQ(values_of(two, "c"), (Values{{"", 7}}));
}

TEST(MetricDelta, Old_exemplars_are_not_told_again) {
  MetricRegistry metrics(kStart);
  const Histogram histogram = metrics.histogram({.name = "h"});
  histogram.set_exemplar({.value = 0.1, .time = kOne, .trace = {}, .span = {}});
  const MetricSnapshot one = metrics.snapshot(kOne);
  histogram.set_exemplar({.value = 3, .time = kOne + 1s, .trace = {}, .span = {}});
  const MetricSnapshot two = delta(one, metrics.snapshot(kTwo));
  ASSERT_EQ(two.families.at(0).points.at(0).histogram->exemplars.size(), 1U);
  EXPECT_EQ(two.families[0].points[0].histogram->exemplars[0].value, 3);
}

/// Whatever is counted, removed and brought back, the differences of a family add up to what
/// happened.
TEST(MetricDelta, Nothing_is_lost_or_counted_twice) {
  SeededRandom random(1);
  MetricRegistry metrics(kStart);
  const auto counters = metrics.counters({.name = "c", .max_series = 5}, {"l"});
  const auto histograms = metrics.histograms({.name = "h", .max_series = 5}, {"l"});
  MetricSnapshot last = metrics.snapshot(kStart);
  for (int round = 1; round < 300; ++round) {
    double happened = 0;
    for (std::uint64_t step = random.below(20); step > 0; --step) {
      const std::string key = std::to_string(random.below(8));
      if (random.below(4) == 0) {
        counters.remove(key);
        histograms.remove(key);
        continue;
      }
      counters.with(key).add();
      histograms.with(key).record(random.uniform());
      ++happened;
    }
    MetricSnapshot next = metrics.snapshot(kStart + round * 1s);
    const MetricSnapshot difference = delta(last, next);
    for (const std::string_view name : {"c", "h"}) {
      double sum = 0;
      for (const auto& [key, value] : values_of(difference, name)) sum += value;
      ASSERT_EQ(sum, happened) << name << round;
    }
    last = std::move(next);
  }
}

}  // namespace
}  // namespace lift
