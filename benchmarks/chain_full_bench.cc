// What a request pays for everything that Lift does for it: all nine layers of a service with
// tenants, on the thread that serves it. Both clock reads, log, metrics and trace included.
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/chain_bed.h"
#include "benchmarks/drain.h"
#include "lift/edge/edge.h"
#include "lift/health/health.h"
#include "lift/health/health_layer.h"
#include "lift/identity/identify.h"
#include "lift/observe/observe.h"
#include "lift/ratelimit/rate_limit.h"
#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/load_shed_layer.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// Stands in front of the service, and names one of a thousand tenants.
struct Gateway {
  Gateway() {
    for (int i = 0; i < 1000; ++i) tenants.push_back("tenant-" + std::to_string(i));
  }
  void send(Request& request) {
    request.peer = address;
    request.headers.add_valid("host", "api.example.com");
    request.headers.add_valid("user-agent", "curl/8.5.0");
    request.headers.add_valid("accept", "*/*");
    request.headers.add_valid("x-tenant-id", tenants[++turn % tenants.size()]);
  }
  IpAddress address = *IpAddress::parse("10.0.0.1");
  std::vector<std::string> tenants;
  std::size_t turn = 0;
};

std::vector<AnyLayer> all_layers(const std::shared_ptr<Telemetry>& telemetry) {
  const IdentifyOptions known{.trusted_proxies = {*Cidr::parse("10.0.0.0/8")},
                              .proxy_identity = ProxyIdentity{}};
  const RateLimitOptions limits{.limits = {per_tenant({.rate = per_second(1'000'000'000)})}};
  BulkheadLayerOptions places;
  places.bulkhead.operation_limit = 100;
  return {AnyLayer(Observe::make({}, telemetry).value()),
          AnyLayer(Edge::make().value()),
          AnyLayer(std::make_shared<HealthLayer>(Health::make({}, telemetry).value())),
          AnyLayer(Identify::make(known).value()),
          AnyLayer(Deadline::make().value()),
          AnyLayer(LoadShedLayer::make({}, *telemetry).value()),
          AnyLayer(RateLimit::make(limits, *telemetry).value()),
          AnyLayer(BulkheadLayer::make(places, *telemetry).value()),
          AnyLayer(CircuitBreakerLayer::make({}, *telemetry).value())};
}

struct FullBed {
  explicit FullBed(std::vector<AnyLayer> layers)
      : chain(Chain::build("/", std::move(layers), [](Context&) { return text("ok"); }).value()) {}

  void serve() {
    gateway.send(run.context().request());
    run.start(chain, {.now = loop.clock().now()});
    bench::keep(run.context().response().status);
    run.reset();
  }

  bench::RealLoop loop;
  Gateway gateway;
  bench::Instantly carrier;
  Chain chain;
  Run run{loop, carrier};
};

bench::Sample serving(const std::vector<AnyLayer>& layers) {
  return bench::sample([bed = std::make_unique<FullBed>(layers)](std::uint64_t times) {
    for (; times > 0; --times) bed->serve();
  });
}

const bench::Row kFull("chain.full", "ns", []() -> Result<bench::Figures> {
  static const SystemClock clock;
  const auto telemetry = std::make_shared<Telemetry>(TelemetryOptions{}, clock);
  const bench::Drain drain(telemetry->records());
  const bench::Sample without = serving({});
  const bench::Sample with = serving(all_layers(telemetry));
  return bench::Figures{.value = with.ns - without.ns, .allocs = with.allocs, .budget = 400};
});

}  // namespace
}  // namespace lift
