#pragma once
// A client that sends bytes as they are and tells what came back. Blocking, with a limit on every
// wait.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/net/server_options.h"

namespace lift::test {

struct RawResponse {
  int status = 0;  ///< 0: none came
  std::string head;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
      std::string_view line = ascii::cut(rest, '\n');
      const std::string_view found = ascii::cut(line, ':');
      if (!ascii::same(found, name)) continue;
      if (line.ends_with('\r')) line.remove_suffix(1);
      return std::string(ascii::trim(line));
    }
    return "";
  }
};

class RawClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};

  explicit RawClient(const ListenAddress& address) {
    if (!address.unix_path.empty()) {
      sockaddr_un un{};
      un.sun_family = AF_UNIX;
      std::memcpy(un.sun_path, address.unix_path.data(), address.unix_path.size());
      open(reinterpret_cast<const sockaddr*>(&un), sizeof(un), AF_UNIX);
    } else {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_port = htons(address.port);
      inet_pton(AF_INET, address.host.c_str(), &in.sin_addr);
      open(reinterpret_cast<const sockaddr*>(&in), sizeof(in), AF_INET);
    }
  }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), in_(std::move(other.in_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { close(); }

  [[nodiscard]] int descriptor() const { return socket_; }
  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  /// Closes so that the server sees a reset.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  /// Half-closes: the server sees the end of what is sent.
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  /// Makes the kernel hold little of what is not read; before the first byte.
  void shrink_receive_buffer() {
    const int bytes = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
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

  /// The next response; of a HEAD request there is no body.
  RawResponse read(bool head_request = false) {
    RawResponse response;
    while (in_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return {};
    }
    const std::size_t end = in_.find("\r\n\r\n") + 4;
    response.head = in_.substr(0, end);
    in_.erase(0, end);
    std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
    if (response.status < 200 || response.status == 204 || response.status == 304 || head_request) {
      return response;
    }
    read_body(response);
    return response;
  }
  RawResponse ask(std::string_view request) { return send(request) ? read() : RawResponse{}; }

  /// All that comes up to and with `mark`, or up to the end.
  std::string read_until(std::string_view mark) {
    while (in_.find(mark) == std::string::npos && receive()) {
    }
    const std::size_t found = in_.find(mark);
    std::string out = in_.substr(0, found == std::string::npos ? found : found + mark.size());
    in_.erase(0, out.size());
    return out;
  }

  /// Waits for the connection's end, throwing away what still comes. True for an orderly end, false
  /// for a reset or none.
  bool ends() {
    while (receive()) {
    }
    return ended_;
  }
  /// True if bytes or the end are there to be read without waiting for them.
  [[nodiscard]] bool readable() const {
    pollfd ready{socket_, POLLIN, 0};
    return !in_.empty() || ::poll(&ready, 1, 0) > 0;
  }
  [[nodiscard]] bool was_reset() const { return reset_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  void open(const sockaddr* address, socklen_t size, int family) {
    socket_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, address, size) != 0) close();
  }

  bool receive() {
    std::array<char, 16384> buffer;
    pollfd ready{socket_, POLLIN, 0};
    if (socket_ < 0 || ::poll(&ready, 1, static_cast<int>(kPatience.count())) != 1) return false;
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    ended_ = n == 0;
    reset_ = n < 0 && errno == ECONNRESET;
    if (n <= 0) return false;
    in_.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
  }

  bool take(std::size_t bytes, std::string& into) {
    while (in_.size() < bytes) {
      if (!receive()) return false;
    }
    into.append(in_, 0, bytes);
    in_.erase(0, bytes);
    return true;
  }

  void read_body(RawResponse& response) {
    complete_ = true;
    if (response.header("transfer-encoding") == "chunked") {
      complete_ = read_chunks(response.body);
    } else if (const std::string length = response.header("content-length"); !length.empty()) {
      complete_ = take(std::stoull(length), response.body);
    } else {
      complete_ = ends();
      response.body.swap(in_);
    }
  }

  bool read_chunks(std::string& body) {
    while (true) {
      while (in_.find("\r\n") == std::string::npos) {
        if (!receive()) return false;
      }
      std::size_t size = 0;
      std::from_chars(in_.data(), in_.data() + in_.find("\r\n"), size, 16);
      in_.erase(0, in_.find("\r\n") + 2);
      std::string end;
      if (!take(size, body) || !take(2, end)) return false;
      if (size == 0) return true;
    }
  }

  int socket_ = -1;
  std::string in_;
  bool ended_ = false;
  bool reset_ = false;
  bool complete_ = false;
};

}  // namespace lift::test
