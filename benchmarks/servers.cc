#include "benchmarks/servers.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "benchmarks/load.h"

namespace lift::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kRounds = 7;
constexpr Duration kRound = 400ms;

Result<> drive_round(Server& server) {
  const Duration before = server.child.cpu();
  const Result<std::uint64_t> responses = drive(server.port, kHelloRequest, kRound);
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

std::string find_nginx() {
  for (const char* path : {LIFT_BENCH_SOURCE "/.deps/nginx/usr/sbin/nginx", "/usr/sbin/nginx",
                           "/usr/local/sbin/nginx"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

void replace(std::string& text, std::string_view what, std::uint16_t by) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), ":" + std::to_string(by));
}

void write_configuration(const fs::path& from, const fs::path& to, std::uint16_t port,
                         std::uint16_t behind) {
  std::stringstream text;
  text << std::ifstream(from).rdbuf();
  std::string configuration = text.str();
  replace(configuration, ":PORT", port);
  replace(configuration, ":BEHIND", behind);
  std::ofstream(to) << configuration;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = fs::temp_directory_path() / "lift-bench-XXXXXX";
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<Server> serve(Result<Child> child) {
  if (!child) return std::unexpected(child.error());
  const Result<std::uint16_t> port = child->port();
  if (!port) return std::unexpected(port.error());
  return Server{std::move(*child), *port, {}};
}

bool has_nginx() { return !find_nginx().empty(); }

/// nginx says nothing when it listens, so it is asked until it answers.
Result<Server> serve_nginx(const fs::path& directory, std::string_view configuration,
                           std::uint16_t behind) {
  const std::uint16_t port = free_port();
  write_configuration(fs::path(LIFT_BENCH_SOURCE "/benchmarks") / configuration,
                      directory / "nginx.conf", port, behind);
  Result<Child> child = Child::start({find_nginx(), "-e", "stderr", "-p", directory.string() + "/",
                                      "-c", (directory / "nginx.conf").string()});
  if (!child) return std::unexpected(child.error());
  const Instant give_up = SystemClock().now() + 5s;
  for (;;) {
    const Result<std::string> answer = fetch(port, kHelloRequest);
    if (answer) return Server{std::move(*child), port, {}};
    if (SystemClock().now() > give_up) return std::unexpected(answer.error());
    poll(nullptr, 0, 10);
  }
}

Result<> compare(std::vector<Server>& servers) {
  for (int round = 0; round <= kRounds; ++round) {
    for (Server& server : servers) {
      if (const auto driven = drive_round(server); !driven) return std::unexpected(driven.error());
      if (round == 0) server.micros.clear();  // the first only warms up
    }
  }
  return {};
}

}  // namespace lift::bench
