#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "lift/telemetry/metrics_fixture_test.h"

namespace lift {
namespace {

using namespace metrics_test;

TEST(MetricLifetime, An_observation_may_outlive_its_registry) {
  Observation observation;
  {
    Registry metrics;
    observation = metrics.observe(MetricKind::gauge, {.name = "depth"}, [] { return 1.0; });
  }
  observation.stop();
}

TEST(MetricLifetime, Threads_may_outlive_a_registry) {
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

TEST(MetricLifetime, What_ended_threads_counted_stays) {
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

TEST(MetricLifetime, What_a_thread_counts_while_it_ends_stays) {
  Registry metrics;
  const Counter counter = metrics.counter({.name = "c"});
  std::thread([&] {
    thread_local LastWords words;  // made before the thread's shards, so destroyed after them
    words.counter = &counter;
    counter.add();
  }).join();
  EXPECT_EQ(metrics.text("c"), "{} 2\n");
}

TEST(MetricLifetime, A_forked_child_counts_from_zero) {
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
