// What counting costs, beside prometheus-cpp's counter and its histogram of the same 14 bounds.
#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>
#include <cmath>

#include "benchmarks/bench.h"
#include "lift/base/random.h"
#include "lift/telemetry/metrics.h"

namespace lift {
namespace {

/// Durations from 10 µs to 10 s, as many in each octave.
std::array<double, 1024> durations() {
  std::array<double, 1024> values{};
  SeededRandom random(1);
  for (double& value : values) value = 1e-5 * std::exp2(20 * random.uniform());
  return values;
}

template <class Record>
bench::Sample recording(Record record) {
  return bench::sample([record = std::move(record), values = durations()](std::uint64_t times) {
    for (; times > 0; --times) record(values[times % values.size()]);
  });
}

const bench::Row kCounter("metrics.counter", "ns", []() -> Result<bench::Figures> {
  MetricRegistry metrics(WallTime{});
  const Counter counter = metrics.counter({.name = "requests"});
  const bench::Sample own = bench::sample([counter](std::uint64_t times) {
    for (; times > 0; --times) counter.add();
  });
  prometheus::Counter theirs;
  const bench::Sample peer = bench::sample([&theirs](std::uint64_t times) {
    for (; times > 0; --times) theirs.Increment();
  });
  return bench::Figures{
      .value = own.ns, .allocs = own.allocs, .budget = 3, .peers = {{"prometheus-cpp", peer.ns}}};
});

const bench::Row kHistogram("metrics.histogram", "ns", []() -> Result<bench::Figures> {
  MetricRegistry metrics(WallTime{});
  const HistogramOptions options{.name = "duration"};
  const Histogram histogram = metrics.histogram(options);
  const bench::Sample own = recording([histogram](double value) { histogram.record(value); });
  prometheus::Histogram theirs(options.bounds);
  const bench::Sample peer = recording([&theirs](double value) { theirs.Observe(value); });
  return bench::Figures{
      .value = own.ns, .allocs = own.allocs, .budget = 8, .peers = {{"prometheus-cpp", peer.ns}}};
});

}  // namespace
}  // namespace lift
