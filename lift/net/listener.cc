#include "lift/net/detail/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "lift/http/address.h"

namespace lift::detail {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
};

SocketAddress tcp_address(const ListenAddress& address) noexcept {
  SocketAddress out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&out.storage, &v4, out.size = sizeof(v4));
  } else {
    inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&out.storage, &v6, out.size = sizeof(v6));
  }
  return out;
}

SocketAddress unix_address(const ListenAddress& address) noexcept {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, address.unix_path.data(), address.unix_path.size());
  SocketAddress out;
  std::memcpy(&out.storage, &un, out.size = sizeof(un));
  return out;
}

std::unexpected<Error> failed(const ListenAddress& address, int error) {
  const std::string where = address.to_string();
  if (error == EADDRINUSE) {
    return fail("address_in_use", "cannot listen on " + where +
                                      ": the address is already in use; choose another by --port "
                                      "or --listen, or stop what uses it");
  }
  return fail("cannot_listen",
              "cannot listen on " + where + ": " + std::generic_category().message(error));
}

UniqueFd new_socket(int family) noexcept {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void switch_on(const UniqueFd& socket, int level, int option) noexcept {
  const int on = 1;
  ::setsockopt(socket.get(), level, option, &on, sizeof(on));
}

/// A bound socket, not yet listening; errno tells why not.
UniqueFd bound_tcp(SocketAddress where, bool shared) noexcept {
  UniqueFd socket = new_socket(where.family());
  if (!socket.valid()) return socket;
  switch_on(socket, SOL_SOCKET, SO_REUSEADDR);
  if (shared) switch_on(socket, SOL_SOCKET, SO_REUSEPORT);
  if (where.family() == AF_INET6) switch_on(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it
  return ::bind(socket.get(), where.get(), where.size) == 0 ? std::move(socket) : UniqueFd();
}

std::uint16_t port_of(const UniqueFd& socket) noexcept {
  SocketAddress bound;
  bound.size = sizeof(bound.storage);
  ::getsockname(socket.get(), bound.get(), &bound.size);
  const bool v4 = bound.family() == AF_INET;
  sockaddr_in in4{};
  sockaddr_in6 in6{};
  std::memcpy(&in4, &bound.storage, sizeof(in4));
  std::memcpy(&in6, &bound.storage, sizeof(in6));
  return ntohs(v4 ? in4.sin_port : in6.sin6_port);
}

Result<Listening> listen_tcp(const ListenAddress& address, unsigned loops) {
  Listening out{address, tcp_address(address).family(), {}, {}};
  // Sharing the port would also share it with another server of the same user: a socket that does
  // not share finds that.
  if (address.port != 0 && !bound_tcp(tcp_address(address), false).valid()) {
    return failed(address, errno);
  }
  for (unsigned i = 0; i < loops; ++i) {
    UniqueFd socket = bound_tcp(tcp_address(out.address), true);
    if (!socket.valid() || ::listen(socket.get(), SOMAXCONN) != 0) return failed(address, errno);
    out.address.port = port_of(socket);
    out.sockets.push_back(std::move(socket));
  }
  return out;
}

/// True if nobody answers at that socket file any more.
bool is_stale(SocketAddress where, const std::string& path) noexcept {
  struct stat file{};
  // Connecting to a file of another kind fails the same way, and that file is not ours to remove.
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const UniqueFd probe = new_socket(AF_UNIX);
  return ::connect(probe.get(), where.get(), where.size) != 0 && errno == ECONNREFUSED;
}

Result<Listening> listen_unix(const ListenAddress& address, unsigned loops) {
  SocketAddress where = unix_address(address);
  UniqueFd socket = new_socket(AF_UNIX);
  int bound = ::bind(socket.get(), where.get(), where.size);
  if (bound != 0 && errno == EADDRINUSE && is_stale(where, address.unix_path)) {
    ::unlink(address.unix_path.c_str());
    bound = ::bind(socket.get(), where.get(), where.size);
  }
  if (bound != 0 || ::listen(socket.get(), SOMAXCONN) != 0) return failed(address, errno);
  Listening out{address, AF_UNIX, {}, SocketFile(address.unix_path)};
  for (unsigned i = 1; i < loops; ++i) {
    UniqueFd same(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!same.valid()) return failed(address, errno);
    out.sockets.push_back(std::move(same));
  }
  out.sockets.push_back(std::move(socket));
  return out;
}

}  // namespace

SocketFile::SocketFile(std::string path) noexcept
    : path_(std::move(path)), pinned_(::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)) {}

SocketFile::~SocketFile() {
  struct stat mine{};
  struct stat there{};
  if (!pinned_.valid() || ::fstat(pinned_.get(), &mine) != 0) return;
  if (::lstat(path_.c_str(), &there) != 0) return;
  if (mine.st_dev == there.st_dev && mine.st_ino == there.st_ino) ::unlink(path_.c_str());
}

Result<Listening> listen_on(const ListenAddress& address, unsigned loops) {
  return address.unix_path.empty() ? listen_tcp(address, loops) : listen_unix(address, loops);
}

void refuse_new_connections(int socket, int family) noexcept {
  if (family == AF_UNIX) {
    ::shutdown(socket, SHUT_RD);
    return;
  }
  // Drops segments with SYN set; handshakes that have begun may still complete.
  constexpr unsigned kFlags = 13;
  constexpr unsigned kSyn = 0x02;
  std::array<sock_filter, 4> program{
      {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
       BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0xffffffff)}};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

}  // namespace lift::detail
