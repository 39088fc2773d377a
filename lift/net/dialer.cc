#include "lift/net/detail/dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "lift/base/offload.h"
#include "lift/base/when.h"
#include "lift/net/detail/tls.h"

namespace lift::detail {
namespace {

using Owner = ClientConnection::Owner;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) noexcept {
  SocketAddress out;
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.bytes().data() + 12, 4);
    std::memcpy(&out.storage, &in, out.size = sizeof(in));
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, address.bytes().data(), 16);
    std::memcpy(&out.storage, &in, out.size = sizeof(in));
  }
  return out;
}

/// A socket on its way to `address`, or why there is none.
std::expected<UniqueFd, int> begin_connecting(const IpAddress& address, std::uint16_t port) {
  const SocketAddress to = socket_address(address, port);
  UniqueFd fd(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return std::unexpected(errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const auto* generic = reinterpret_cast<const sockaddr*>(&to.storage);
  if (::connect(fd.get(), generic, to.size) != 0 && errno != EINPROGRESS) {
    return std::unexpected(errno);
  }
  return fd;
}

std::unexpected<Error> refused(const IpAddress& address, std::uint16_t port, int error) {
  const bool v6 = address.is_v6();
  return fail("connect_failed", (v6 ? "[" : "") + address.to_string() + (v6 ? "]:" : ":") +
                                    std::to_string(port) + ": " +
                                    std::generic_category().message(error));
}

Task<void> pass(Loop& loop, Instant until) {
  Parked wait(loop, until);
  static_cast<void>(co_await wait);
}

}  // namespace

Task<Result<Owner>> Dialer::dial(const Url& url, Instant deadline) {
  const Instant patience = saturating_add(setting_.now(), setting_.options.connect_timeout);
  Task<Result<Owner>> dialing = dial_by(url, std::min(patience, deadline));
  Result<Owner> dialed = co_await dialing;
  if (!dialed && dialed.error().code == "connect_timeout" && deadline <= patience) {
    dialed.error().code = "timeout";
  }
  co_return dialed;
}

Task<Result<Owner>> Dialer::dial_by(const Url& url, Instant until) {
  Task<Result<std::vector<IpAddress>>> resolving = addresses(url, until);
  const Result<std::vector<IpAddress>> known = co_await resolving;
  if (!known) co_return std::unexpected(known.error());
  std::shared_ptr<TlsContext> tls;
  if (url.scheme == "https") {
    Task<Result<std::shared_ptr<TlsContext>>> trusting = trust(until);
    Result<std::shared_ptr<TlsContext>> trusted = co_await trusting;
    if (!trusted) co_return std::unexpected(trusted.error());
    tls = std::move(*trusted);
  }
  Result<Owner> connection = fail("connect_timeout", "connecting took too long");
  for (std::size_t i = 0; i < known->size() && !connection; ++i) {
    const Instant now = setting_.now();
    if (now >= until) break;
    const auto left = static_cast<Duration::rep>(known->size() - i);
    Task<Result<Owner>> connecting =
        connect((*known)[i], url, tls.get(), now + (until - now) / left);
    connection = co_await connecting;
  }
  if (!connection || tls == nullptr) co_return connection;
  Task<Result<>> shaking = shake_hands(**connection, url, until);
  const Result<> secure = co_await shaking;
  if (!secure) co_return std::unexpected(secure.error());
  co_return connection;
}

Task<Result<std::vector<IpAddress>>> Dialer::addresses(const Url& url, Instant until) {
  if (const auto numeric = IpAddress::parse(url.host)) {
    co_return std::vector<IpAddress>{*numeric};
  }
  Task<Result<std::vector<IpAddress>>> resolving = resolver_.resolve(url.host, until);
  co_return co_await resolving;
}

Task<Result<Owner>> Dialer::connect(IpAddress address, const Url& url, TlsContext* tls,
                                    Instant until) {
  std::expected<UniqueFd, int> socket = begin_connecting(address, url.port);
  if (!socket) co_return refused(address, url.port, socket.error());
  Owner connection;
  try {
    connection = ClientConnection::make(setting_.loop, std::move(*socket), tls, url.host);
  } catch (const std::exception& error) {
    co_return fail("connect_failed", error.what());
  }
  Parked wait(setting_.loop, until);
  connection->wait_writable(wait);
  if (!co_await wait) {
    co_return fail("connect_timeout", "connecting to " + address.to_string() + " took too long");
  }
  if (const int error = connection->connect_error(); error != 0) {
    co_return refused(address, url.port, error);
  }
  co_return connection;
}

/// Reading the system's trust store takes longer than a loop may be held up.
Task<Result<std::shared_ptr<TlsContext>>> Dialer::load() {
  const auto work = [options = setting_.options.tls] { return TlsContext::make(options); };
  OffloadAwaiter loading(work);
  co_return co_await loading;
}

Task<Result<std::shared_ptr<TlsContext>>> Dialer::trust(Instant until) {
  if (tls_ != nullptr) co_return tls_;
  try {
    auto first = when_any(load(), pass(setting_.loop, until));
    auto loaded = co_await first;
    if (loaded.index() == 1) co_return fail("connect_timeout", "reading trust took too long");
    Result<std::shared_ptr<TlsContext>>& made = std::get<0>(loaded);
    if (made) tls_ = *made;
    co_return std::move(made);
  } catch (const Overloaded&) {
    co_return fail("busy", "the workers that read the trust store have no room");
  }
}

Task<Result<>> Dialer::shake_hands(ClientConnection& connection, const Url& url, Instant until) {
  while (true) {
    const TlsStream::Step step = connection.tls()->handshake();
    if (step == TlsStream::Step::done) co_return Result<>{};
    if (step == TlsStream::Step::failed) {
      co_return fail("tls_failed", url.host + ": " + connection.tls()->failure());
    }
    Parked wait(setting_.loop, until);
    if (step == TlsStream::Step::wait_readable) {
      connection.wait_readable(wait);
    } else {
      connection.wait_writable(wait);
    }
    if (!co_await wait) {
      co_return fail("connect_timeout", "the TLS handshake with " + url.host + " took too long");
    }
  }
}

}  // namespace lift::detail
