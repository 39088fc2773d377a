#include "lift/client/detail/client_core.h"

#include <utility>

#include "lift/net/http_client.h"

namespace lift::detail {
namespace {

TransportFactory factory_of(const ClientOptions& options) {
  if (options.transport) return options.transport;
  return [http = options.http](Loop& loop) -> std::unique_ptr<HttpTransport> {
    return std::make_unique<HttpClient>(loop, http);
  };
}

}  // namespace

ClientCore::ClientCore(ClientOptions the_options, Telemetry& telemetry)
    : options(std::move(the_options)),
      upstream(options.upstream),
      transports(factory_of(options)),
      metrics(upstream.endpoints(), telemetry.metrics()) {}

}  // namespace lift::detail
