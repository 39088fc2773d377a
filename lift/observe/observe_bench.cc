// What the observe layer adds to a request with all three signals on, both clock reads included.
#include <atomic>
#include <thread>

#include "benchmarks/chain_bed.h"
#include "lift/observe/observe.h"

namespace lift {
namespace {

/// An exporter that looks at nothing: takes records out, so that none are lost.
class Drain : private RecordBuffer::Reader {
 public:
  explicit Drain(RecordBuffer& records) {
    records.on_wake([this] { wakes_.fetch_add(1), wakes_.notify_one(); });
    thread_ = std::thread([this, &records] {
      while (!stop_) {
        const unsigned seen = wakes_;
        if (records.drain(*this, kAtOnce) == 0) wakes_.wait(seen);
      }
    });
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  ~Drain() override {
    stop_ = true;
    wakes_.fetch_add(1);
    wakes_.notify_one();
    thread_.join();
  }

 private:
  static constexpr std::size_t kAtOnce = 1024;
  void request(const RequestRead& record) override { bench::keep(record.numbers.status); }
  void line(const LineReadAlone&) override {}

  std::atomic<bool> stop_{false};
  std::atomic<unsigned> wakes_{0};
  std::thread thread_;
};

/// The layer on a loop with a real clock and real chance; what it is compared with has neither.
struct ObserveBed {
  bench::RealLoop loop;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, loop.clock());
  Drain drain{telemetry->records()};
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

const bench::Row kRow("observe", "ns", [] { return observing(&usual, 150); });
const bench::Row kTraced("observe.traceparent", "ns", [] { return observing(&traced, 190); });

}  // namespace
}  // namespace lift
