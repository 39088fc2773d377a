#include "lift/app/network_checks.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

namespace lift {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(host.c_str(), port.empty() ? nullptr : port.c_str(), &hints, &found);
  if (error != 0) return fail("resolve_failed", ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

/// 0, or an errno.
int connect_within(const addrinfo& to, int milliseconds) {
  const int socket =
      ::socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to.ai_protocol);
  if (socket < 0) return errno;
  int error = ::connect(socket, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{.fd = socket, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&waiting, 1, milliseconds);
    socklen_t size = sizeof(error);
    if (ready == 0) {
      error = ETIMEDOUT;
    } else if (ready < 0 || ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
  }
  ::close(socket);
  return error;
}

CheckResult try_port(const std::string& host, std::uint16_t port, Duration timeout) {
  const auto addresses = resolve(host, std::to_string(port));
  if (!addresses) return CheckResult::fail(addresses.error().code, addresses.error().message);
  int count = 0;
  for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) ++count;
  // All of its addresses together within the check's own time.
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  const int each = static_cast<int>(all / (count + 1));
  int error = ECONNREFUSED;
  for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) {
    error = connect_within(*at, each);
    if (error == 0) return CheckResult::pass();
  }
  return CheckResult::fail(error == ETIMEDOUT ? "connect_timeout" : "connect_failed",
                           std::generic_category().message(error));
}

Result<> valid_host(const CheckOptions& options, const std::string& host) {
  Problems problems = options.validate();
  constexpr std::size_t kLongest = 253;
  if (host.empty() || host.size() > kLongest || host.find('\0') != std::string::npos) {
    problems.add("host", host.substr(0, kLongest), "must be a name or an address");
  }
  return problems.as_result();
}

}  // namespace

Result<Check> tcp_check(CheckOptions options, std::string host, std::uint16_t port) {
  if (auto valid = valid_host(options, host); !valid) return std::unexpected(valid.error());
  if (port == 0) return fail("bad_configuration", "port: value \"0\" must be from 1 to 65535");
  const Duration timeout = options.timeout;
  return blocking_check(std::move(options), [host = std::move(host), port, timeout] {
    return try_port(host, port, timeout);
  });
}

Result<Check> dns_check(CheckOptions options, std::string host) {
  if (auto valid = valid_host(options, host); !valid) return std::unexpected(valid.error());
  return blocking_check(std::move(options), [host = std::move(host)] {
    const auto addresses = resolve(host, "");
    if (addresses) return CheckResult::pass();
    return CheckResult::fail(addresses.error().code, addresses.error().message);
  });
}

}  // namespace lift
