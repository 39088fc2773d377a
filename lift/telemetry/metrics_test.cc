#include "lift/telemetry/metrics.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <thread>

#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart{1'700'000'000s};
constexpr WallTime kNow{1'700'000'060s};

const MetricFamily* find(const MetricSnapshot& snapshot, std::string_view name) {
  for (const MetricFamily& family : snapshot.families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

/// `{a="1",b="2"} 3`, one a point.
std::string text_of(const MetricSnapshot& snapshot, std::string_view name) {
  const MetricFamily* const family = find(snapshot, name);
  std::string out;
  if (family == nullptr) return "absent";
  for (const MetricPoint& point : family->points) {
    out += '{';
    for (const auto& [label, value] : point.labels) {
      if (out.back() != '{') out += ',';
      out += label + "=" + value;
    }
    const double value =
        point.histogram ? static_cast<double>(point.histogram->count) : point.value;
    out += "} " + std::to_string(std::llround(value)) + "\n";
  }
  return out;
}

struct Registry : MetricRegistry {
  Registry() : MetricRegistry(kStart) {}
  std::string text(std::string_view name) { return text_of(snapshot(kNow), name); }
};

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

TEST(Metrics, Label_sets_are_series) {
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

TEST(Metrics, The_same_registration_gives_the_same_series) {
  Registry metrics;
  metrics.counter({.name = "c"}).add();
  metrics.counter({.name = "c", .description = "again"}).add();
  EXPECT_EQ(metrics.text("c"), "{} 2\n");
  EXPECT_TRUE(metrics.problems().empty());
}

TEST(Metrics, Registrations_that_differ_are_problems_and_count_nothing) {
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

TEST(Metrics, Past_the_cap_label_sets_share_the_overflow_series) {
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

TEST(Metrics, Label_values_without_end_cost_what_the_cap_says) {
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

TEST(Metrics, Long_label_values_share_the_overflow_series) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c"}, {"l"});
  family.with(std::string(513, 'x')).add();
  EXPECT_EQ(metrics.text("c"), "{otel_metric_overflow=true} 1\n");
}

TEST(Metrics, A_removed_series_leaves_its_counts_to_the_overflow_series) {
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

TEST(Metrics, A_removed_histogram_leaves_its_buckets_and_its_sum) {
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

TEST(Metrics, A_removed_gauge_is_forgotten) {
  Registry metrics;
  const auto family = metrics.gauges({.name = "g"}, {"l"});
  family.with("1").set(7);
  family.with("2").set(8);
  EXPECT_TRUE(family.remove("1"));
  EXPECT_EQ(metrics.text("g"), "{l=2} 8\n");
  EXPECT_EQ(metrics.text("telemetry.metric.overflow"), "{metric=g} 0\n");
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

TEST(Metrics, Observed_values_are_asked_for_while_someone_answers) {
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

TEST(Metrics, Several_may_answer_for_one_metric) {
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

TEST(Metrics, What_is_asked_may_use_the_registry) {
  Registry metrics;
  const auto depth = metrics.observe(MetricKind::gauge, {.name = "depth"}, [&] {
    metrics.counter({.name = "asked"}).add();
    return 1.0;
  });
  EXPECT_EQ(metrics.text("depth"), "{} 1\n");
  EXPECT_EQ(metrics.text("asked"), "{} 1\n");
}

TEST(Metrics, An_observation_may_outlive_its_registry) {
  Observation observation;
  {
    Registry metrics;
    observation = metrics.observe(MetricKind::gauge, {.name = "depth"}, [] { return 1.0; });
  }
  observation.stop();
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
  if (AllocationCounter::available()) EXPECT_EQ(allocations.count(), 0U);
}

TEST(Metrics, Threads_may_outlive_a_registry) {
  std::optional<Registry> metrics(std::in_place);
  std::atomic<int> phase{0};
  std::thread thread([&] {
    metrics->counter({.name = "c"}).add();
    phase = 1;
    phase.notify_all();
    phase.wait(1);
  });
  phase.wait(0);
  EXPECT_EQ(metrics->text("c"), "{} 1\n");
  metrics.reset();
  metrics.emplace();
  phase = 2;
  phase.notify_all();
  thread.join();
  EXPECT_EQ(metrics->text("c"), "absent");
}

TEST(Metrics, What_ended_threads_counted_stays) {
  Registry metrics;
  const Counter counter = metrics.counter({.name = "c"});
  const Histogram histogram = metrics.histogram({.name = "h"});
  for (int i = 0; i < 100; ++i) {
    std::thread([&] {
      counter.add(2);
      histogram.record(0.5);
    }).join();
  }
  EXPECT_EQ(metrics.text("c"), "{} 200\n");
  EXPECT_EQ(metrics.text("h"), "{} 100\n");
  EXPECT_EQ(histogram.read().sum, 50);
}

/// Counts when its thread is being taken down, after everything else of the thread is gone.
struct LastWords {
  const Counter* counter = nullptr;
  ~LastWords() {
    if (counter != nullptr) counter->add();
  }
};

TEST(Metrics, What_a_thread_counts_while_it_ends_stays) {
  Registry metrics;
  const Counter counter = metrics.counter({.name = "c"});
  std::thread([&] {
    thread_local LastWords words;  // made before the thread's shards, so destroyed after them
    words.counter = &counter;
    counter.add();
  }).join();
  EXPECT_EQ(metrics.text("c"), "{} 2\n");
}

TEST(Metrics, A_forked_child_counts_from_zero) {
  Registry metrics;
  const auto family = metrics.counters({.name = "c"}, {"l"});
  family.with("1").add(5);
  metrics.gauge({.name = "g"}).set(5);
  metrics.before_fork();
  const pid_t child = fork();
  if (child == 0) {
    metrics.reset_after_fork(kNow);
    const bool zero = metrics.text("c") == "{l=1} 0\n" && metrics.text("g") == "{} 0\n";
    family.with("1").add(2);
    const bool counts = metrics.text("c") == "{l=1} 2\n";
    _exit(zero && counts && metrics.snapshot(kNow).start == kNow ? 0 : 1);
  }
  metrics.after_fork();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(metrics.text("c"), "{l=1} 5\n");
}

}  // namespace
}  // namespace lift
