// What a request that is handed on costs a proxy in processor time: Lift's and nginx's, both with
// connections kept on both sides, before one and the same server.

#include <utility>
#include <vector>

#include "benchmarks/bench.h"
#include "benchmarks/servers.h"

namespace lift::bench {
namespace {

constexpr double kMostOverNginx = 1.2;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\nContent-Length: 12\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nHello, world";

Result<Figures> proxied() {
  const TemporaryDirectory directory;
  Result<Server> behind = serve(Child::start({LIFT_BENCH_FLOOR}, kAnswer));
  if (!behind) return std::unexpected(behind.error());
  std::vector<Server> servers;
  const std::string url = "http://127.0.0.1:" + std::to_string(behind->port);
  Result<Server> lift = serve(Child::start({LIFT_BENCH_PROXY, "--port", "0", "--behind", url}));
  if (!lift) return std::unexpected(lift.error());
  servers.push_back(std::move(*lift));
  if (has_nginx()) {
    Result<Server> nginx = serve_nginx(directory.path(), "nginx-proxy.conf", behind->port);
    if (!nginx) return std::unexpected(nginx.error());
    servers.push_back(std::move(*nginx));
  }
  if (const auto compared = compare(servers); !compared) return std::unexpected(compared.error());
  Figures out{.value = median(servers[0].micros)};
  if (servers.size() > 1) {
    out.peers.emplace_back("nginx", median(servers[1].micros));
    out.budget = kMostOverNginx * out.peers.back().second;
  }
  return out;
}

const Row kProxy("server.proxy", "us", proxied);

}  // namespace
}  // namespace lift::bench
