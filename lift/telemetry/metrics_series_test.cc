#include <gtest/gtest.h>

#include "lift/telemetry/metrics_fixture_test.h"

namespace lift {
namespace {

using namespace metrics_test;

TEST(MetricSeries, Label_sets_are_series) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c"}, {"method", "route"});
  const std::string get = "GET";
  family.with(get, "/a").add(1);
  family.with({"GET", "/a"}).add(2);
  family.with({"PUT", "/a"}).add(4);
  family.with("GE", "T/a").add(8);
  EXPECT_EQ(metrics.text("c"),
            "{method=GET,route=/a} 3\n{method=PUT,route=/a} 4\n{method=GE,route=T/a} 8\n");
}

TEST(MetricSeries, The_same_registration_gives_the_same_series) {
  Registry metrics;
  metrics.counter({.name = "c"}).add();
  metrics.counter({.name = "c", .description = "again"}).add();
  EXPECT_EQ(metrics.text("c"), "{} 2\n");
  EXPECT_TRUE(metrics.problems().empty());
}

TEST(MetricSeries, Registrations_that_differ_are_problems_and_count_nothing) {
  Registry metrics;
  metrics.counters({.name = "c", .unit = "s"}, {"a"}).with("x").add();
  metrics.counters({.name = "c", .unit = "s"}, {"b"}).with("x").add();
  metrics.counters({.name = "c", .unit = "By"}, {"a"}).with("x").add();
  metrics.gauges({.name = "c", .unit = "s"}, {"a"}).with("x").set(7);
  EXPECT_EQ(metrics.problems().text(),
            "metric c.labels: value \"b\" must be \"a\", as registered before\n"
            "metric c.unit: value \"By\" must be \"s\", as registered before\n"
            "metric c.kind: value \"gauge\" must be counter, as registered before");
  EXPECT_EQ(metrics.text("c"), "{a=x} 1\n");
  static_cast<void>(metrics.histogram({.name = "h", .bounds = {1}}));
  static_cast<void>(metrics.histogram({.name = "h", .bounds = {2}}));
  EXPECT_EQ(metrics.problems().list().back().field, "metric h.bounds");
}

TEST(MetricSeries, Past_the_cap_label_sets_share_the_overflow_series) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c", .max_series = 2}, {"l"});
  family.with("1").add(1);
  family.with("2").add(2);
  family.with("3").add(4);
  family.with("4").add(8);
  family.with("2").add(16);
  EXPECT_EQ(metrics.text("c"), "{l=1} 1\n{l=2} 18\n{otel_metric_overflow=true} 12\n");
  EXPECT_EQ(metrics.text("telemetry.metric.overflow"), "{metric=c} 2\n");
}

TEST(MetricSeries, Label_values_without_end_cost_what_the_cap_says) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c"}, {"l"});
  for (int i = 0; i < 100'000; ++i) family.with(std::to_string(i)).add();
  family.with(std::string(513, 'x')).add();
  const MetricSnapshot snapshot = metrics.snapshot(kNow);
  const auto& points = find(snapshot, "c")->points;
  ASSERT_EQ(points.size(), 2001U);
  EXPECT_EQ(points.back().value, 98'001);
  EXPECT_EQ(text_of(snapshot, "telemetry.metric.overflow"), "{metric=c} 98001\n");
}

TEST(MetricSeries, Long_label_values_share_the_overflow_series) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c"}, {"l"});
  family.with(std::string(513, 'x')).add();
  EXPECT_EQ(metrics.text("c"), "{otel_metric_overflow=true} 1\n");
}

TEST(MetricSeries, A_removed_series_leaves_its_counts_to_the_overflow_series) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c", .max_series = 2}, {"l"});
  const Counter one = family.with("1");
  one.add(1);
  family.with("2").add(2);
  EXPECT_TRUE(family.remove("1"));
  EXPECT_FALSE(family.remove("1"));
  EXPECT_EQ(metrics.text("c"), "{l=2} 2\n{otel_metric_overflow=true} 1\n");
  one.add(4);  // forgotten, but not lost
  EXPECT_EQ(metrics.text("c"), "{l=2} 2\n{otel_metric_overflow=true} 5\n");
  family.with("3").add(8);
  EXPECT_EQ(metrics.text("c"), "{l=3} 8\n{l=2} 2\n{otel_metric_overflow=true} 5\n");
  EXPECT_TRUE(family.remove("3"));
  EXPECT_EQ(metrics.text("c"), "{l=2} 2\n{otel_metric_overflow=true} 13\n");
  family.with("1").add(16);
  EXPECT_EQ(metrics.text("c"), "{l=1} 16\n{l=2} 2\n{otel_metric_overflow=true} 13\n");
}

TEST(MetricSeries, A_removed_histogram_leaves_its_buckets_and_its_sum) {
  Registry metrics;
  const auto family = metrics.histograms({.name = "h"}, {"l"});
  family.with("1").record(0.25);
  ASSERT_TRUE(family.remove("1"));
  const Histogram next = family.with("2");
  EXPECT_EQ(next.read().count, 0U);
  next.record(0.5);
  const MetricSnapshot snapshot = metrics.snapshot(kNow);
  const auto& points = find(snapshot, "h")->points;
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].histogram->sum, 0.5);
  EXPECT_EQ(points[0].histogram->count, 1U);
  EXPECT_EQ(points[1].histogram->sum, 0.25);
  EXPECT_EQ(points[1].histogram->count, 1U);
}

TEST(MetricSeries, A_removed_gauge_is_forgotten) {
  Registry metrics;
  const auto family = metrics.gauges({.name = "g"}, {"l"});
  family.with("1").set(7);
  family.with("2").set(8);
  EXPECT_TRUE(family.remove("1"));
  EXPECT_EQ(metrics.text("g"), "{l=2} 8\n");
  EXPECT_EQ(metrics.text("telemetry.metric.overflow"), "{metric=g} 0\n");
}

}  // namespace
}  // namespace lift
