#include <netdb.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "lift/export/detail/bell.h"
#include "lift/export/xray_destination.h"
#include "lift/telemetry/xray_segment.h"

namespace lift {
namespace {

/// A UDP socket that sends to one address and never waits.
class DaemonSocket {
 public:
  DaemonSocket() = default;
  DaemonSocket(const DaemonSocket&) = delete;
  DaemonSocket& operator=(const DaemonSocket&) = delete;
  ~DaemonSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<> open(const DaemonAddress& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    const int failed = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
    if (failed != 0) return fail("resolve_failed", address.host + ": " + ::gai_strerror(failed));
    std::memcpy(&to_, found->ai_addr, found->ai_addrlen);
    to_size_ = found->ai_addrlen;
    ::freeaddrinfo(found);
    fd_ = ::socket(to_.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return fail("socket_failed", std::generic_category().message(errno));
    return {};
  }

  /// 0, or an errno.
  [[nodiscard]] int send(std::string_view header, std::string_view document) noexcept {
    std::array<iovec, 2> parts{{{const_cast<char*>(header.data()), header.size()},
                                {const_cast<char*>(document.data()), document.size()}}};
    msghdr message{};
    message.msg_name = &to_;
    message.msg_namelen = to_size_;
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(fd_, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
  }

 private:
  int fd_ = -1;
  sockaddr_storage to_{};
  socklen_t to_size_ = 0;
};

class XrayDaemon final : public Destination {
 public:
  explicit XrayDaemon(const Resource& resource) : encoder_(resource) {}
  Result<> open(const DaemonAddress& address) { return socket_.open(address); }

  [[nodiscard]] std::string_view name() const noexcept override { return "xray.daemon"; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::traces; }

  void request(const RequestView& request) override {
    for (const std::string& document : encoder_.documents(request)) {
      ledger_.given(1);
      if (stopped_) {
        ledger_.dropped(Loss::shutdown, 1);
        continue;
      }
      const int error = socket_.send(kXrayDatagramHeader, document);
      problem_ = error == 0 ? "" : std::generic_category().message(error);
      if (error == 0) {
        ledger_.delivered(1);
      } else {
        ledger_.dropped(error == EMSGSIZE ? Loss::oversize : Loss::export_failed, 1);
      }
    }
  }

  Task<void> run() override {
    while (!stopped_) co_await end_.until(kNever);
  }
  Task<void> flush(Instant) override { co_return; }
  void stop() noexcept override {
    stopped_ = true;
    end_.ring();
  }
  [[nodiscard]] DestinationStats stats() const noexcept override { return ledger_.stats(); }
  [[nodiscard]] std::string_view problem() const noexcept override { return problem_; }

 private:
  XraySegmentEncoder encoder_;
  DaemonSocket socket_;
  DeliveryLedger ledger_;
  std::string problem_;
  detail::Bell end_;
  bool stopped_ = false;
};

std::optional<DaemonAddress> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (host.empty() || port == 0) return std::nullopt;
  return DaemonAddress{.host = std::string(host), .port = port};
}

}  // namespace

std::optional<DaemonAddress> parse_daemon_address(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) {
    if (text.starts_with("udp:")) text.remove_prefix(4);
    return parse_host_port(text);
  }
  const std::string_view one = text.substr(0, blank);
  const std::string_view other = text.substr(blank + 1);
  if (one.starts_with("udp:") && other.starts_with("tcp:")) return parse_host_port(one.substr(4));
  if (one.starts_with("tcp:") && other.starts_with("udp:")) return parse_host_port(other.substr(4));
  return std::nullopt;
}

Result<std::unique_ptr<Destination>> make_xray_daemon(const XrayDaemonOptions& options,
                                                      const Resource& resource) {
  const auto address = parse_daemon_address(options.address);
  if (!address) {
    Problems problems;
    problems.add("address", options.address, "must be host:port, or tcp:host:port udp:host:port");
    return std::unexpected(problems.as_result().error());
  }
  auto daemon = std::make_unique<XrayDaemon>(resource);
  const Result<> opened = daemon->open(*address);
  if (!opened) return std::unexpected(opened.error());
  return daemon;
}

}  // namespace lift
