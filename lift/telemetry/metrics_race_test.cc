#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "lift/telemetry/metrics.h"

namespace lift {
namespace {

/// The sums over all series of each family, and of histograms both counts and sums.
std::map<std::string, double> sums(MetricRegistry& metrics) {
  std::map<std::string, double> out;
  for (const MetricFamily& family : metrics.snapshot(WallTime{}).families) {
    for (const MetricPoint& point : family.points) {
      if (!point.histogram) {
        out[family.name] += point.value;
        continue;
      }
      std::uint64_t in_bounds = 0;
      for (const std::uint64_t count : point.histogram->explicit_counts) in_bounds += count;
      EXPECT_EQ(in_bounds, point.histogram->count);
      out[family.name] += static_cast<double>(point.histogram->count);
      out[family.name + ".sum"] += point.histogram->sum;
    }
  }
  return out;
}

constexpr int kThreads = 4;
constexpr int kLives = 40;
constexpr int kAdds = 500;

/// Runs `work` on kThreads threads, kLives times, while another thread does `meanwhile`.
template <class Work, class Meanwhile>
void run(Work work, Meanwhile meanwhile) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) meanwhile();
  });
  for (int life = 0; life < kLives; ++life) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }
  stop = true;
  other.join();
}

TEST(MetricsRace, Sums_are_exact_while_threads_come_and_go) {
  MetricRegistry metrics(WallTime{});
  const Counter counter = metrics.counter({.name = "c"});
  const UpDown up_down = metrics.up_down({.name = "u"});
  const Histogram histogram = metrics.histogram({.name = "h"});
  double last = 0;
  run(
      [&](int) {
        for (int n = 0; n < kAdds; ++n) {
          counter.add();
          up_down.add(n % 2 == 0 ? 1 : -1);
          histogram.record(0.25);
        }
      },
      [&] {
        auto now = sums(metrics);
        EXPECT_GE(now["c"], last);
        last = now["c"];
      });
  constexpr double kAll = kThreads * kLives * kAdds;
  auto all = sums(metrics);
  EXPECT_EQ(all["c"], kAll);
  EXPECT_EQ(all["u"], 0);
  EXPECT_EQ(all["h"], kAll);
  EXPECT_EQ(all["h.sum"], kAll / 4);
}

TEST(MetricsRace, Sums_are_exact_while_series_come_and_go) {
  MetricRegistry metrics(WallTime{});
  const auto family = metrics.counters({.name = "c", .max_series = 4}, {"l"});
  run(
      [&](int thread) {
        for (int n = 0; n < kAdds; ++n) {
          const std::string label = std::to_string((n + thread) % 7);
          family.with(label).add();
          if (n % 5 == 0) family.remove(label);
        }
      },
      [&] { sums(metrics); });
  EXPECT_EQ(sums(metrics)["c"], kThreads * kLives * kAdds);
}

TEST(MetricsRace, Observations_and_exemplars_end_while_snapshots_are_taken) {
  MetricRegistry metrics(WallTime{});
  const Histogram histogram = metrics.histogram({.name = "h"});
  run(
      [&](int) {
        for (int n = 0; n < 20; ++n) {
          double value = 1;
          const auto depth =
              metrics.observe(MetricKind::gauge, {.name = "depth"}, [&value] { return value; });
          histogram.set_exemplar({.value = value, .time = {}, .trace = {}, .span = {}});
          static_cast<void>(histogram.read());
        }
      },
      [&] { sums(metrics); });
  EXPECT_EQ(sums(metrics)["depth"], 0);
}

}  // namespace
}  // namespace lift
