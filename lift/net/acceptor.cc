#include "lift/net/detail/acceptor.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "lift/net/detail/listener.h"
#include "lift/net/detail/server_loop.h"

namespace lift::detail {
namespace {

constexpr int kBatch = 32;  // connections before other work has its turn
constexpr Duration kRetryAfter = std::chrono::milliseconds(100);

IpAddress peer_of(const sockaddr_storage& from) noexcept {
  if (from.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &from, sizeof(v4));
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &from, sizeof(v6));
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return {};
}

}  // namespace

Acceptor::Acceptor(ServerLoop& owner, UniqueFd socket, int family)
    : owner_(owner), socket_(owner.loop().context()), family_(family) {
  socket_.assign(socket.get());
  static_cast<void>(socket.release());
}

void Acceptor::wait() noexcept {
  waiting_ = true;
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this](const boost::system::error_code& error) {
                       waiting_ = false;
                       if (!error) accept_some();
                     });
}

void Acceptor::accept_some() noexcept {
  for (int i = 0; i < kBatch && !owner_.full() && accept_one(); ++i) {
  }
  if (!socket_.is_open() || paused_) return;
  if (!owner_.full()) return wait();
  pause();
}

/// False when nobody waits, or the system has no room for more.
bool Acceptor::accept_one() noexcept {
  sockaddr_storage from{};
  socklen_t size = sizeof(from);
  const int socket = ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) {
    owner_.welcome(UniqueFd(socket), peer_of(from));
    return true;
  }
  if (errno == EAGAIN || errno == EINVAL) return false;
  if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
    return true;  // that one connection failed before it was accepted
  }
  owner_.counters().accept_failed.add();
  pause();
  owner_.loop().timers().arm(retry_, owner_.loop().clock().now() + kRetryAfter);
  return false;
}

void Acceptor::pause() noexcept {
  paused_ = true;
  owner_.counters().accept_paused.add();
}

void Acceptor::resume() noexcept {
  if (!paused_ || !socket_.is_open()) return;
  paused_ = false;
  wait();
}

void Acceptor::refuse_new() noexcept {
  if (socket_.is_open()) refuse_new_connections(socket_.native_handle(), family_);
}

void Acceptor::empty_and_close() noexcept {
  while (socket_.is_open() && accept_one()) {
  }
  close();
}

void Acceptor::close() noexcept {
  retry_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace lift::detail
