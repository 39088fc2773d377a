#include "lift/client/detail/client_core.h"

#include <utility>

#include "lift/net/http_client.h"

namespace lift::detail {
namespace {

/// That may be begun one after another.
constexpr double kHedges = 10;
/// With a limit of their own in a client's bulkhead.
constexpr std::size_t kMostTenants = 10'000;

TransportFactory factory_of(const ClientOptions& options) {
  if (options.transport) return options.transport;
  return [http = options.http](Loop& loop) -> std::unique_ptr<HttpTransport> {
    return std::make_unique<HttpClient>(loop, http);
  };
}

}  // namespace

std::shared_ptr<ClientCore> ClientCore::make(ClientOptions the_options, Telemetry& telemetry) {
  std::shared_ptr<ClientCore> core(new ClientCore(std::move(the_options), telemetry));
  if (!core->breakers) return core;
  core->breaker_report->follow(std::shared_ptr<CircuitBreakers>(core, &*core->breakers));
  telemetry.keep_up(core->breaker_report);
  return core;
}

ClientCore::ClientCore(ClientOptions the_options, Telemetry& telemetry)
    : options(std::move(the_options)),
      upstream(options.upstream),
      transports(factory_of(options)),
      metrics(options.name, upstream.endpoints(), telemetry.metrics()),
      budget(options.retry ? options.retry->budget : RetryBudgetOptions{}),
      hedge_budget({.capacity = kHedges,
                    .return_per_success = options.hedge ? options.hedge->extra : 0.02,
                    .reserve_per_second = 0.01}) {
  if (options.retry) retry = RetryPolicy::make(*options.retry).value();
  SecureRandom random;
  if (options.bulkhead) {
    bulkhead.emplace(*options.bulkhead, kMostTenants, random);
    bulkhead_report.emplace(options.name, telemetry.metrics());
    observations = bulkhead_report->observe(*bulkhead);
  }
  if (!options.breaker) return;
  breakers.emplace(*options.breaker, BreakerScope::operation, 1, random);
  for (const Endpoint& endpoint : upstream.endpoints()) {
    breaker_of.push_back(&breakers->operation(endpoint.name + endpoint.path));
  }
  breaker_report = std::make_shared<BreakerReport>(options.name, telemetry, nullptr);
  for (Observation& one : breaker_report->observe(*breakers)) {
    observations.push_back(std::move(one));
  }
}

ClientCore::~ClientCore() {
  if (breakers) breaker_report->tell(*breakers);
}

}  // namespace lift::detail
