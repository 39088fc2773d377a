// Writes a registry's metrics in each of Prometheus's formats into the folder that it is given, for
// scripts that read them with code that is not ours.
#include <cstdio>
#include <fstream>
#include <string>

#include "lift/telemetry/metrics.h"
#include "lift/telemetry/prometheus.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart{1'700'000'000'250ms};

Exemplar exemplar(double value) {
  Exemplar out{.value = value, .time = kStart + 1s, .trace = {}, .span = {}};
  out.trace.bytes.fill(0xab);
  out.span.bytes.fill(0xcd);
  return out;
}

void record(MetricRegistry& metrics) {
  const auto orders = metrics.counters(
      {.name = "orders.placed", .description = "Orders \\ \"placed\".", .unit = "{order}"},
      {"shop.name"});
  orders.with("a\"b\\c\nd\xff").add(12);
  orders.with("b").add(1);
  orders.with("b").set_exemplar(exemplar(1));
  metrics.gauge({.name = "queue.fill", .description = "How full.", .unit = "1"}).set(0.25);
  metrics.up_down({.name = "memory.used", .description = "Bytes.", .unit = "By"}).add(-5);
  const auto latency =
      metrics.histograms({.name = "http.server.request.duration", .description = "How long."},
                         {"http.route", "http.request.method"});
  const Histogram get = latency.with("/v1/{id}", "GET");
  // Zero, a pair in one bucket, neighbours with two empty buckets between, then a wide gap.
  for (const double value : {0.0, 0.25, 0.25, 0.27, 0.36, 4.0}) get.record(value);
  get.set_exemplar(exemplar(0.25));
  get.set_exemplar(exemplar(4));
  static_cast<void>(latency.with("/v1/{id}", "PUT"));  // nothing recorded
}

void write(const std::string& folder, const std::string& name, PrometheusFormat format,
           const MetricSnapshot& snapshot) {
  std::string body;
  encode(format, snapshot, {.service = "payments", .version = "1.2"}, body);
  std::ofstream(folder + "/" + name, std::ios::binary) << body;
}

}  // namespace
}  // namespace lift

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: prometheus_samples <folder>\n", stderr);
    return 2;
  }
  lift::MetricRegistry metrics(lift::kStart);
  lift::record(metrics);
  const lift::MetricSnapshot snapshot = metrics.snapshot(lift::kStart + std::chrono::minutes(1));
  lift::write(arguments[1], "text", lift::PrometheusFormat::text, snapshot);
  lift::write(arguments[1], "openmetrics", lift::PrometheusFormat::open_metrics, snapshot);
  lift::write(arguments[1], "protobuf", lift::PrometheusFormat::protobuf, snapshot);
}
