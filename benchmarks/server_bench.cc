// What a request costs a server in processor time: Lift's hello, the floor that sends the very same
// bytes, and nginx.

#include <utility>
#include <vector>

#include "benchmarks/bench.h"
#include "benchmarks/load.h"
#include "benchmarks/servers.h"

namespace lift::bench {
namespace {

constexpr double kMostOverFloor = 1.25;

Result<Server> serve_floor(std::uint16_t model) {
  const Result<std::string> response = fetch(model, kHelloRequest);
  if (!response) return std::unexpected(response.error());
  return serve(Child::start({LIFT_BENCH_FLOOR}, *response));
}

Result<Figures> hello() {
  const TemporaryDirectory directory;
  std::vector<Server> servers;
  Result<Server> lift = serve(Child::start({LIFT_BENCH_HELLO, "--port", "0"}));
  if (!lift) return std::unexpected(lift.error());
  Result<Server> floor = serve_floor(lift->port);
  if (!floor) return std::unexpected(floor.error());
  servers.push_back(std::move(*lift));
  servers.push_back(std::move(*floor));
  if (has_nginx()) {
    Result<Server> nginx = serve_nginx(directory.path(), "nginx-hello.conf");
    if (!nginx) return std::unexpected(nginx.error());
    servers.push_back(std::move(*nginx));
  }
  if (const auto compared = compare(servers); !compared) return std::unexpected(compared.error());
  Figures out{.value = median(servers[0].micros), .floor = median(servers[1].micros)};
  out.budget = kMostOverFloor * *out.floor;
  if (servers.size() > 2) out.peers.emplace_back("nginx", median(servers[2].micros));
  return out;
}

const Row kHello("server.hello", "us", hello);

}  // namespace
}  // namespace lift::bench
