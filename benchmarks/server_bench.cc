// What a request costs a server in processor time: Lift's hello, the floor that sends the very same
// bytes, and nginx. All run at once, each on one and the same processor, and are driven in turn, so
// that they share the machine's moods.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/bench.h"
#include "benchmarks/child.h"
#include "benchmarks/load.h"

namespace lift::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view kRequest =
    "GET /hello/world HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
constexpr int kRounds = 7;
constexpr Duration kRound = 400ms;
constexpr double kMostOverFloor = 1.25;

/// A server that answers, and what a request cost it in each round.
struct Server {
  Child child;
  std::uint16_t port;
  std::vector<double> micros;
};

Result<Server> serve(Result<Child> child) {
  if (!child) return std::unexpected(child.error());
  const Result<std::uint16_t> port = child->port();
  if (!port) return std::unexpected(port.error());
  return Server{std::move(*child), *port, {}};
}

Result<> drive_round(Server& server) {
  const Duration before = server.child.cpu();
  const Result<std::uint64_t> responses = drive(server.port, kRequest, kRound);
  if (!responses) return std::unexpected(responses.error());
  const std::chrono::duration<double, std::micro> spent = server.child.cpu() - before;
  server.micros.push_back(spent.count() / static_cast<double>(*responses));
  return {};
}

/// A port that was free a moment ago, for a server that cannot choose one itself.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) == 0) getsockname(fd, generic, &size);
  close(fd);
  return ntohs(address.sin_port);
}

/// A directory for one run, gone with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = fs::temp_directory_path() / "lift-bench-XXXXXX";
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

std::string find_nginx() {
  for (const char* path : {LIFT_BENCH_SOURCE "/.deps/nginx/usr/sbin/nginx", "/usr/sbin/nginx",
                           "/usr/local/sbin/nginx"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

void write_nginx_configuration(const fs::path& to, std::uint16_t port) {
  std::stringstream text;
  text << std::ifstream(LIFT_BENCH_SOURCE "/benchmarks/nginx-hello.conf").rdbuf();
  std::string configuration = text.str();
  const std::string_view placeholder = ":PORT;";
  configuration.replace(configuration.find(placeholder), placeholder.size(),
                        ":" + std::to_string(port) + ";");
  std::ofstream(to) << configuration;
}

/// nginx says nothing when it listens, so it is asked until it answers.
Result<Server> serve_nginx(const fs::path& directory) {
  const std::uint16_t port = free_port();
  write_nginx_configuration(directory / "nginx.conf", port);
  Result<Child> child = Child::start({find_nginx(), "-e", "stderr", "-p", directory.string() + "/",
                                      "-c", (directory / "nginx.conf").string()});
  if (!child) return std::unexpected(child.error());
  const Instant give_up = SystemClock().now() + 5s;
  for (;;) {
    const Result<std::string> answer = fetch(port, kRequest);
    if (answer) return Server{std::move(*child), port, {}};
    if (SystemClock().now() > give_up) return std::unexpected(answer.error());
    poll(nullptr, 0, 10);
  }
}

Result<Server> serve_floor(std::uint16_t model) {
  const Result<std::string> response = fetch(model, kRequest);
  if (!response) return std::unexpected(response.error());
  return serve(Child::start({LIFT_BENCH_FLOOR}, *response));
}

Result<Figures> compare(std::vector<Server>& servers) {
  for (int round = 0; round <= kRounds; ++round) {
    for (Server& server : servers) {
      if (const auto driven = drive_round(server); !driven) return std::unexpected(driven.error());
      if (round == 0) server.micros.clear();  // the first only warms up
    }
  }
  Figures out{.value = median(servers[0].micros), .floor = median(servers[1].micros)};
  out.budget = kMostOverFloor * *out.floor;
  if (servers.size() > 2) out.peers.emplace_back("nginx", median(servers[2].micros));
  return out;
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
  if (!find_nginx().empty()) {
    Result<Server> nginx = serve_nginx(directory.path());
    if (!nginx) return std::unexpected(nginx.error());
    servers.push_back(std::move(*nginx));
  }
  return compare(servers);
}

const Row kHello("server.hello", "us", hello);

}  // namespace
}  // namespace lift::bench
