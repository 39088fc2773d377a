// What a request's telemetry costs in all: on its own thread and on the exporter's, rendering and
// writing included; and at the end of an invocation.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "benchmarks/chain_bed.h"
#include "lift/export/invocation_exporter.h"
#include "lift/export/telemetry_thread.h"
#include "lift/observe/observe.h"

namespace lift {
namespace {

double process_cpu_ns() {
  timespec at{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) * 1e9 + static_cast<double>(at.tv_nsec);
}

void usual(Request& request) {
  static_cast<void>(request.target.parse("/payments/7?page=2"));
  request.headers.add_valid("host", "api.example.com");
  request.headers.add_valid("user-agent", "curl/8.5.0");
  request.headers.add_valid("accept", "*/*");
}

struct Bed {
  bench::RealLoop loop;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, loop.clock());
  bench::Instantly carrier;
  Chain chain = Chain::build("/payments/{id}", {AnyLayer(Observe::make({}, telemetry).value())},
                             [](Context&) { return text("ok"); })
                    .value();
  Run run{loop, carrier};

  void serve() {
    usual(run.context().request());
    run.start(chain, {.now = loop.clock().now()});
    run.reset();
  }
};

/// A file of its own that is gone at the end.
class Scratch {
 public:
  Scratch() { ::close(::mkstemp(name_.data())); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::remove(name_.c_str()); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_ = std::string(P_tmpdir) + "/lift-bench-XXXXXX";
};

const bench::Row kCpu("observe.cpu", "ns", []() -> Result<bench::Figures> {
  constexpr int kRequests = 200'000;
  constexpr int kAtOnce = 2'000;
  const bench::Sample without = bench::sample(bench::serving({}, &usual));
  const Scratch file;
  Bed bed;
  ExportOptions options;
  options.log->path = file.name();
  TelemetryThread exporter(bed.telemetry, options);
  if (auto started = exporter.start(); !started) return std::unexpected(started.error());
  const double begun = process_cpu_ns();
  FlushReport all;
  for (int i = 0; i < kRequests; ++i) {
    bed.serve();
    if (i % kAtOnce != kAtOnce - 1) continue;
    const FlushReport flushed = exporter.flush(std::chrono::seconds(10));
    all.flushed += flushed.flushed;
    all.dropped += flushed.dropped;
  }
  const double each = (process_cpu_ns() - begun) / kRequests;
  if (all.dropped > 0) return fail("lost", "lines were dropped, so the figure means nothing");
  return bench::Figures{.value = each - without.ns, .budget = 1000};
});

const bench::Row kInvocation("observe.lambda", "ns", []() -> Result<bench::Figures> {
  const bench::Sample without = bench::sample(bench::serving({}, &usual));
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const std::string line(700, 'x');
  const bench::Sample write = bench::sample([&](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(::write(null, line.data(), line.size()));
  });
  Bed bed;
  auto out = InvocationExporter::make(bed.telemetry, {}, null).value();
  const bench::Sample with = bench::sample([&](std::uint64_t times) {
    for (; times > 0; --times) {
      bed.serve();
      bench::keep(out->finish().flushed);
    }
  });
  ::close(null);
  return bench::Figures{
      .value = with.ns - without.ns - write.ns, .allocs = with.allocs, .budget = 1000};
});

}  // namespace
}  // namespace lift
