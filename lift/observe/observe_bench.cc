// What the observe layer adds to a request with all three signals on, both clock reads included.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <spdlog/async.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <vector>

#include "benchmarks/chain_bed.h"
#include "benchmarks/drain.h"
#include "lift/observe/observe.h"

namespace lift {
namespace {

/// The layer on a loop with a real clock and real chance; what it is compared with has neither.
struct ObserveBed {
  bench::RealLoop loop;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, loop.clock());
  bench::Drain drain{telemetry->records()};
  bench::Instantly carrier;
  Chain chain = Chain::build("/", {AnyLayer(Observe::make({}, telemetry).value())}, [](Context&) {
                  return text("ok");
                }).value();
  Run run{loop, carrier};

  void serve(const std::function<void(Request&)>& fill) {
    fill(run.context().request());
    run.start(chain, {.now = loop.clock().now()});
    bench::keep(run.context().response().status);
    run.reset();
  }
};

void usual(Request& request) {
  request.headers.add_valid("host", "api.example.com");
  request.headers.add_valid("user-agent", "curl/8.5.0");
  request.headers.add_valid("accept", "*/*");
}

void traced(Request& request) {
  usual(request);
  request.headers.add_valid("traceparent",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

Result<bench::Figures> observing(void (*fill)(Request&), double budget) {
  const bench::Sample without = bench::sample(bench::serving({}, fill));
  const bench::Sample with =
      bench::sample([bed = std::make_unique<ObserveBed>(), fill](std::uint64_t times) {
        for (; times > 0; --times) bed->serve(fill);
      });
  return bench::Figures{.value = with.ns - without.ns, .allocs = with.allocs, .budget = budget};
}

/// What a service writes by hand instead: a line of JSON by spdlog's asynchronous logger, a
/// counter, a gauge up and down and a histogram of prometheus-cpp. No trace, no redaction, no ids.
bench::Sample by_hand() {
  auto pool = std::make_shared<spdlog::details::thread_pool>(8192, 1);
  auto log = std::make_shared<spdlog::async_logger>(
      "by hand", std::make_shared<spdlog::sinks::null_sink_mt>(), pool,
      spdlog::async_overflow_policy::overrun_oldest);
  log->set_pattern(R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})");
  prometheus::Counter requests;
  prometheus::Gauge active;
  prometheus::Histogram duration(HistogramOptions{.name = "duration"}.bounds);
  SystemClock clock;
  return bench::sample([&](std::uint64_t times) {
    for (; times > 0; --times) {
      const Instant begun = clock.now();
      active.Increment();
      const double seconds = std::chrono::duration<double>(clock.now() - begun).count();
      requests.Increment();
      active.Decrement();
      duration.Observe(seconds);
      log->info(R"("message":"Request completed","request_id":"{}","operation":"{}","method":"{}",)"
                R"("path":"{}","status":{},"duration_ms":{},"source_ip":"{}","user_agent":"{}")",
                "01a213eb-4415-796f-bcef-2baca0d84cf7", "/hello/{name}", "GET", "/hello/ada", 200,
                seconds * 1e3, "127.0.0.1", "curl/8.5.0");
    }
  });
}

const bench::Row kRow("observe", "ns", [] {
  Result<bench::Figures> figures = observing(&usual, 150);
  figures->peers = {{"spdlog+prometheus-cpp", by_hand().ns}};
  return figures;
});
const bench::Row kTraced("observe.traceparent", "ns", [] { return observing(&traced, 190); });

/// The 99th percentile of single requests, two more clock reads included, less what one costs
/// without the layer in the middle.
const bench::Row kTail("observe.p99", "ns", []() -> Result<bench::Figures> {
  constexpr std::size_t kRequests = 200'000;
  const bench::Sample without = bench::sample(bench::serving({}, &usual));
  ObserveBed bed;
  std::vector<double> each(kRequests);
  for (double& one : each) {
    const Instant begun = bed.loop.clock().now();
    bed.serve(&usual);
    one = std::chrono::duration<double, std::nano>(bed.loop.clock().now() - begun).count();
  }
  const auto p99 = each.begin() + static_cast<std::ptrdiff_t>(kRequests / 100 * 99);
  std::nth_element(each.begin(), p99, each.end());
  return bench::Figures{.value = *p99 - without.ns, .budget = 500};
});

}  // namespace
}  // namespace lift
