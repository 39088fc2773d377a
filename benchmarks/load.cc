#include "benchmarks/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <expected>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/child.h"

namespace lift::bench {
namespace {

constexpr int kThreads = 2;
constexpr int kConnectionsPerThread = 32;
constexpr timeval kPatience{5, 0};
constexpr std::string_view kGood = "HTTP/1.1 200";

std::unexpected<Error> broken(std::string_view what) {
  return fail("bench_load", std::string(what) + ": " + std::strerror(errno));
}

/// A blocking socket; every wait on it ends after five seconds.
class Socket {
 public:
  static Result<Socket> connect_to(std::uint16_t port) {
    Socket out(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(out.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(out.fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(out.fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (connect(out.fd_, generic, sizeof address) != 0) return broken("connect");
    return out;
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }

  Result<> send_all(std::string_view bytes) const {
    if (send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      return broken("send");
    }
    return {};
  }
  Result<> receive_all(std::string& into) const {
    if (recv(fd_, into.data(), into.size(), MSG_WAITALL) != static_cast<ssize_t>(into.size())) {
      return broken("receive");
    }
    return {};
  }
  Result<> receive_some(std::string& append_to) const {
    std::array<char, 4096> piece{};
    const ssize_t got = recv(fd_, piece.data(), piece.size(), 0);
    if (got <= 0) return broken("receive");
    append_to.append(piece.data(), static_cast<std::size_t>(got));
    return {};
  }

 private:
  explicit Socket(int fd) : fd_(fd) {}
  int fd_;
};

/// Length of head and body, once the head is whole; 0 before.
std::size_t response_size(std::string_view text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const std::size_t at = text.find(name);
    if (at >= head) continue;
    std::size_t length = 0;
    std::from_chars(text.data() + at + name.size(), text.data() + head, length);
    return head + 4 + length;
  }
  return head + 4;
}

/// One thread's share: all its connections ask, then each is read in turn, until `end`.
Result<std::uint64_t> drive_share(std::uint16_t port, std::string_view request, std::size_t size,
                                  Instant end) {
  std::vector<Socket> sockets;
  for (int i = 0; i < kConnectionsPerThread; ++i) {
    Result<Socket> socket = Socket::connect_to(port);
    if (!socket) return std::unexpected(socket.error());
    sockets.push_back(std::move(*socket));
  }
  std::uint64_t responses = 0;
  std::string response(size, '\0');
  while (SystemClock().now() < end) {
    for (const Socket& socket : sockets) {
      if (const auto sent = socket.send_all(request); !sent) return std::unexpected(sent.error());
    }
    for (const Socket& socket : sockets) {
      if (const auto got = socket.receive_all(response); !got) return std::unexpected(got.error());
      if (!response.starts_with(kGood)) return fail("bench_load", "answered " + response);
      ++responses;
    }
  }
  return responses;
}

}  // namespace

Result<std::string> fetch(std::uint16_t port, std::string_view request) {
  const Result<Socket> socket = Socket::connect_to(port);
  if (!socket) return std::unexpected(socket.error());
  if (const auto sent = socket->send_all(request); !sent) return std::unexpected(sent.error());
  std::string text;
  while (response_size(text) == 0 || text.size() < response_size(text)) {
    if (const auto got = socket->receive_some(text); !got) return std::unexpected(got.error());
  }
  return text;
}

Result<std::uint64_t> drive(std::uint16_t port, std::string_view request, Duration time) {
  const Result<std::string> first = fetch(port, request);
  if (!first) return std::unexpected(first.error());
  const Instant end = SystemClock().now() + time;
  std::array<Result<std::uint64_t>, kThreads> counts;
  {
    std::vector<std::jthread> threads;
    for (auto& count : counts) {
      threads.emplace_back([&count, port, request, size = first->size(), end] {
        keep_off_child_processor();
        count = drive_share(port, request, size, end);
      });
    }
  }
  std::uint64_t total = 0;
  for (const auto& count : counts) {
    if (!count) return std::unexpected(count.error());
    total += *count;
  }
  return total;
}

}  // namespace lift::bench
