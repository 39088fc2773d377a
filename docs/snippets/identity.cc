// What docs/identity.md shows: callers known by a proxy or by a function.
#include <cstdlib>

#include "lift/identity/identify.h"
#include "lift/testing/sim_world.h"

// [snippet]
lift::Resolution by_api_key(lift::Context& ctx) {
  const auto key = ctx.request().headers.get("x-api-key");
  if (!key) return std::nullopt;
  if (*key != "demo") return std::unexpected(lift::unauthorized("Unknown API key."));
  return lift::Claims{.tenant = "acme", .user = "robot", .roles = {"reader"}};
}

lift::IdentifyOptions identify_options() {
  lift::IdentifyOptions options;
  options.trusted_proxies = {*lift::Cidr::parse("10.0.0.0/8")};
  options.proxy_identity = lift::ProxyIdentity{.tenant_header = "x-tenant-id"};
  options.resolver = by_api_key;
  return options;
}
// [/snippet]

namespace {

int status_for(std::string_view name, std::string_view value, std::string_view peer) {
  const auto identify = lift::Identify::make(identify_options()).value();
  const auto chain = lift::Chain::build("/", {lift::AnyLayer(identify)}, [](lift::Context& ctx) {
                       return lift::text(ctx.tenant());
                     }).value();
  lift::SimWorld world;
  lift::Request request = lift::sim_request(lift::Method::get, "/");
  request.peer = lift::IpAddress::parse(peer).value();
  request.headers.add(name, value);
  return world.send(chain, std::move(request))->status();
}

}  // namespace

int main() {
  const bool right = status_for("x-api-key", "demo", "203.0.113.7") == 200 &&
                     status_for("x-api-key", "guess", "203.0.113.7") == 401 &&
                     status_for("x-tenant-id", "acme", "10.1.2.3") == 200 &&
                     status_for("x-tenant-id", "acme", "203.0.113.7") == 401;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
