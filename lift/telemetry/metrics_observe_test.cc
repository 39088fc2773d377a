#include <gtest/gtest.h>

#include "lift/telemetry/metrics_fixture_test.h"

namespace lift {
namespace {

using namespace metrics_test;

TEST(MetricObserve, Observed_values_are_asked_for_while_someone_answers) {
  Registry metrics;
  double depth = 1;
  {
    const auto a = metrics.observe(MetricKind::gauge, {.name = "depth"}, [&] { return depth; });
    EXPECT_EQ(metrics.text("depth"), "{} 1\n");
    depth = 2;
    EXPECT_EQ(metrics.text("depth"), "{} 2\n");
  }
  EXPECT_EQ(metrics.text("depth"), "absent");
}

TEST(MetricObserve, Several_may_answer_for_one_metric) {
  Registry metrics;
  constexpr std::string_view kLabels[] = {"queue"};
  const auto answer = [](std::string queue, double value) {
    return [=] { return std::vector<Observed>{{.label_values = {queue}, .value = value}}; };
  };
  const MetricOptions options{.name = "dropped", .max_series = 2};
  auto a = metrics.observe(MetricKind::counter, options, kLabels, answer("a", 1));
  const auto b = metrics.observe(MetricKind::counter, options, kLabels, answer("b", 2));
  const auto c = metrics.observe(MetricKind::counter, options, kLabels, answer("c", 4));
  const auto d = metrics.observe(MetricKind::counter, options, kLabels, answer("d", 8));
  EXPECT_EQ(metrics.text("dropped"), "{queue=a} 1\n{queue=b} 2\n{otel_metric_overflow=true} 12\n");
  a.stop();
  EXPECT_EQ(metrics.text("dropped"), "{queue=b} 2\n{queue=c} 4\n{otel_metric_overflow=true} 8\n");
  const auto wrong = metrics.observe(MetricKind::histogram, {.name = "h"}, [] { return 1.0; });
  EXPECT_EQ(metrics.problems().list().at(0).field, "metric h.kind");
}

TEST(MetricObserve, What_is_asked_may_use_the_registry) {
  Registry metrics;
  const auto depth = metrics.observe(MetricKind::gauge, {.name = "depth"}, [&] {
    metrics.counter({.name = "asked"}).add();
    return 1.0;
  });
  EXPECT_EQ(metrics.text("depth"), "{} 1\n");
  EXPECT_EQ(metrics.text("asked"), "{} 1\n");
}

TEST(MetricObserve, The_child_of_a_fork_asks_nobody_whom_its_parent_observes) {
  Registry metrics;
  const auto served = metrics.observe(MetricKind::counter, {.name = "served"}, [] { return 7.0; });
  metrics.before_fork();
  metrics.reset_after_fork(kNow);
  EXPECT_EQ(metrics.text("served"), "absent");
  const auto own = metrics.observe(MetricKind::counter, {.name = "served"}, [] { return 1.0; });
  EXPECT_EQ(metrics.text("served"), "{} 1\n");
}

}  // namespace
}  // namespace lift
