#include <gtest/gtest.h>

#include <limits>

#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace metrics_test;

TEST(Metrics, Each_kind_counts) {
  Registry metrics;
  const Counter counter = metrics.counter({.name = "c", .description = "Cs.", .unit = "{c}"});
  const UpDown up_down = metrics.up_down({.name = "u"});
  const Gauge gauge = metrics.gauge({.name = "g"});
  const Histogram histogram = metrics.histogram({.name = "h", .bounds = {1, 2}});
  counter.add();
  counter.add(4);
  up_down.add();
  up_down.add(-3);
  gauge.set(2);
  gauge.set(1.5);
  for (const double value : {0.0, 1.0, 1.5, 2.5}) histogram.record(value);

  const MetricSnapshot snapshot = metrics.snapshot(kNow);
  EXPECT_EQ(snapshot.start, kStart);
  EXPECT_EQ(snapshot.time, kNow);
  const MetricFamily& c = *find(snapshot, "c");
  EXPECT_EQ(c.description, "Cs.");
  EXPECT_EQ(c.unit, "{c}");
  EXPECT_EQ(c.kind, MetricKind::counter);
  EXPECT_EQ(c.points.at(0).value, 5);
  EXPECT_EQ(find(snapshot, "u")->points.at(0).value, -2);
  EXPECT_EQ(find(snapshot, "g")->points.at(0).value, 1.5);
  const MetricFamily& h = *find(snapshot, "h");
  EXPECT_EQ(h.bounds, (std::vector<double>{1, 2}));
  const HistogramPoint& point = h.points.at(0).histogram.value();
  EXPECT_EQ(point.count, 4U);
  EXPECT_EQ(point.sum, 5);
  EXPECT_EQ(point.zeros, 1U);
  EXPECT_EQ(point.explicit_counts, (std::vector<std::uint64_t>{2, 1, 1}));
  EXPECT_EQ(point.first_index, -1);  // (2^-1/8, 1]
  EXPECT_EQ(point.buckets.size(), 12U);
}

TEST(Metrics, Families_stand_by_name) {
  Registry metrics;
  metrics.counter({.name = "b"}).add();
  metrics.counter({.name = "a"}).add();
  const auto known = metrics.observe(MetricKind::gauge, {.name = "aa"}, [] { return 1.0; });
  const MetricSnapshot snapshot = metrics.snapshot(kNow);
  ASSERT_EQ(snapshot.families.size(), 3U);
  EXPECT_EQ(snapshot.families[0].name, "a");
  EXPECT_EQ(snapshot.families[1].name, "aa");
  EXPECT_EQ(snapshot.families[2].name, "b");
}

TEST(Metrics, Handles_of_nothing_count_nothing) {
  Counter().add();
  UpDown().add();
  Gauge().set(1);
  Histogram().record(1);
  EXPECT_EQ(Histogram().read().count, 0U);
  Histogram().set_exemplar({});
  CounterFamily<1>().with("a").add();
  EXPECT_FALSE(CounterFamily<1>().remove("a"));
}

TEST(Metrics, What_is_no_measurement_is_counted_apart) {
  Registry metrics;
  const Histogram histogram = metrics.histogram({.name = "h"});
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {std::nan(""), -1.0, -kInfinity, kInfinity, -1e-300}) {
    histogram.record(value);
  }
  histogram.record(-0.0);
  histogram.record(1e9);
  const HistogramPoint point = histogram.read();
  EXPECT_EQ(point.count, 2U);
  EXPECT_EQ(point.sum, 1e9);
  EXPECT_EQ(point.zeros, 1U);
  EXPECT_EQ(metrics.text("telemetry.metric.ignored"), "{metric=h} 5\n");
  EXPECT_EQ(metrics.text("telemetry.metric.clamped"), "{metric=h} 1\n");
}

TEST(Metrics, Exemplars_stand_in_their_buckets) {
  Registry metrics;
  const Histogram histogram = metrics.histogram({.name = "h", .bounds = {1, 2}});
  histogram.record(1.5);
  histogram.set_exemplar({.value = 1.5, .time = kStart, .trace = {}, .span = {}});
  histogram.set_exemplar({.value = 2, .time = kNow, .trace = {}, .span = {}});
  histogram.set_exemplar({.value = 0.5, .time = kNow, .trace = {}, .span = {}});
  const Counter counter = metrics.counter({.name = "c"});
  counter.set_exemplar({.value = 1, .time = kNow, .trace = {}, .span = {}});
  const MetricSnapshot snapshot = metrics.snapshot(kNow);
  const auto& exemplars = find(snapshot, "h")->points.at(0).histogram->exemplars;
  ASSERT_EQ(exemplars.size(), 2U);
  EXPECT_EQ(exemplars[0].value, 0.5);
  EXPECT_EQ(exemplars[1].value, 2);
  EXPECT_EQ(find(snapshot, "c")->points.at(0).exemplar->value, 1);
}

TEST(Metrics, Counting_does_not_allocate) {
  Registry metrics;
  const Counter counter = metrics.counter({.name = "c"});
  const Histogram histogram = metrics.histogram({.name = "h"});
  const UpDown up_down = metrics.up_down({.name = "u"});
  const Gauge gauge = metrics.gauge({.name = "g"});
  counter.add();
  histogram.record(1);
  up_down.add();
  const AllocationCounter allocations;
  for (int i = 0; i < 1000; ++i) {
    counter.add();
    histogram.record(i);
    up_down.add(-1);
    gauge.set(i);
  }
  if (AllocationCounter::available()) {
    EXPECT_EQ(allocations.count(), 0U);
  }
}

}  // namespace
}  // namespace lift
