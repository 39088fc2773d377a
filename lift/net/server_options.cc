#include "lift/net/server_options.h"

#include <charconv>

#include "lift/http/address.h"
#include "lift/net/detail/check.h"

namespace lift {
namespace {

using detail::check_range;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t kMaxUnixPath = 107;  // sockaddr_un, less its terminator

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

Result<ListenAddress> bad_address(std::string_view text) {
  return fail("bad_address", "listen address \"" + std::string(text) +
                                 "\" must be IP:PORT, [IPv6]:PORT or unix:PATH");
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    if (text.size() == 5) return bad_address(text);
    return ListenAddress{"", 0, std::string(text.substr(5))};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::optional<IpAddress> address = IpAddress::parse(host);
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!address || !port || bracketed != host.contains(':')) return bad_address(text);
  return ListenAddress{std::string(host), *port, ""};
}

std::string ListenAddress::to_string() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool v6 = host.contains(':');
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Problems ServerLimits::validate() const {
  Problems problems;
  constexpr std::uint64_t kMiB = 1024 * 1024;
  check_range(problems, "request_line", request_line, 64, kMiB);
  check_range(problems, "header_bytes", header_bytes, 256, kMiB);
  check_range(problems, "header_count", header_count, 1, 10'000);
  check_range(problems, "body", body, 0, kMiB * kMiB);
  check_range(problems, "header_time", header_time, milliseconds(1), hours(1));
  check_range(problems, "body_time", body_time, milliseconds(1), hours(1));
  check_range(problems, "body_rate", body_rate, 1, 1024 * kMiB);
  check_range(problems, "idle_time", idle_time, milliseconds(1), hours(24));
  check_range(problems, "write_time", write_time, milliseconds(1), hours(1));
  check_range(problems, "requests_per_connection", requests_per_connection, 1, UINT64_MAX);
  check_range(problems, "connections_per_loop", connections_per_loop, 1, 1'000'000);
  return problems;
}

Problems ServerOptions::validate() const {
  Problems problems;
  if (listen.empty()) problems.add("listen", "", "must hold at least one address");
  for (const ListenAddress& address : listen) {
    if (address.unix_path.size() > kMaxUnixPath) {
      problems.add("listen", address.unix_path, "must be a path of at most 107 bytes");
    } else if (address.unix_path.empty() && !IpAddress::parse(address.host)) {
      problems.add("listen", address.host, "must be an IP address");
    }
  }
  if (loops) check_range(problems, "loops", *loops, 1, 1024);
  check_range(problems, "lame_duck", lame_duck, Duration::zero(), hours(1));
  check_range(problems, "finish_within", finish_within, Duration::zero(), hours(1));
  check_range(problems, "workers.threads", workers.threads, 1, 1024);
  check_range(problems, "workers.queue", workers.queue, 1, 1'000'000);
  problems.add_all("limits", limits.validate());
  return problems;
}

}  // namespace lift
