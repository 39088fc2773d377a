#pragma once
// A server on a free port of the loopback that does to each connection what its script says, one
// after another. Blocking, with a limit on every wait.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace lift::test {

/// One connection that a client made.
class Peer {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};
  explicit Peer(int socket) : socket_(socket) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  [[nodiscard]] int descriptor() const { return socket_; }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  /// Closes so that the client sees a reset.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  /// False once the connection is broken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// The next request's head, "" if the client has gone.
  std::string head() {
    while (in_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return "";
    }
    const std::size_t end = in_.find("\r\n\r\n") + 4;
    std::string head = in_.substr(0, end);
    in_.erase(0, end);
    return head;
  }
  /// The next `size` bytes, or what came before the end.
  std::string take(std::size_t size) {
    while (in_.size() < size && receive()) {
    }
    std::string out = in_.substr(0, size);
    in_.erase(0, out.size());
    return out;
  }
  /// All up to and with `mark`.
  std::string take_until(std::string_view mark) {
    while (in_.find(mark) == std::string::npos) {
      if (!receive()) return "";
    }
    return take(in_.find(mark) + mark.size());
  }
  /// Reads a head and answers; false if the client has gone.
  bool answer(std::string_view response) { return !head().empty() && send(response); }
  /// Waits for the client's end, throwing away what still comes. False if it does not come.
  bool ends() {
    while (receive()) {
    }
    return ended_;
  }

 private:
  bool receive() {
    std::array<char, 16384> buffer;
    pollfd ready{socket_, POLLIN, 0};
    if (socket_ < 0 || ::poll(&ready, 1, static_cast<int>(kPatience.count())) != 1) return false;
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    ended_ = n == 0 || (n < 0 && errno == ECONNRESET);
    if (n <= 0) return false;
    in_.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
  }

  int socket_;
  std::string in_;
  bool ended_ = false;
};

/// Listens when made; its script has ended when it is gone.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    if (::bind(socket_, generic, size) == 0 && ::listen(socket_, SOMAXCONN) == 0) {
      ::getsockname(socket_, generic, &size);
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  [[nodiscard]] int accepted() const { return accepted_.load(); }

 private:
  void serve() {
    while (true) {
      const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      accepted_.fetch_add(1);
      Peer peer(socket);
      script_(peer);
    }
  }

  Script script_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

/// A port where connections are neither taken nor refused: its accept queue is full.
class FullServer {
 public:
  FullServer() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    ::bind(socket_, generic(), size);
    ::listen(socket_, 0);
    ::getsockname(socket_, generic(), &size);
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(filler, generic(), size);
    }
  }
  FullServer(const FullServer&) = delete;
  FullServer& operator=(const FullServer&) = delete;
  ~FullServer() {
    for (const int filler : fillers_) ::close(filler);
    ::close(socket_);
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/";
  }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }
  int socket_;
  sockaddr_in address_{};
  std::array<int, 8> fillers_{};
};

inline constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace lift::test
