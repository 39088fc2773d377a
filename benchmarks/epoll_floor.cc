// The least a server can do: one thread, one epoll, one recv and one send a request, no parsing. It
// answers every request with the bytes it was given on standard input, so what any server costs
// beyond it is that server's own work. Good for the load client alone, which sends each request
// whole and waits for its answer.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string read_input() {
  std::string out;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = read(STDIN_FILENO, piece.data(), piece.size())) > 0;) {
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
  return out;
}

void must(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

int listen_and_say_where() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  must(bind(listener, generic, size) == 0 && listen(listener, SOMAXCONN) == 0, "listen");
  must(getsockname(listener, generic, &size) == 0, "getsockname");
  std::printf("listening on 127.0.0.1:%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  return listener;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

void accept_one(int epoll, int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(epoll, fd);
}

void answer(int fd, std::string_view response) {
  static std::array<char, 16384> buffer;
  if (recv(fd, buffer.data(), buffer.size(), 0) <= 0) {
    close(fd);
    return;
  }
  must(send(fd, response.data(), response.size(), MSG_NOSIGNAL) >= 0, "send");
}

}  // namespace

int main() {
  const std::string response = read_input();
  const int listener = listen_and_say_where();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  std::array<epoll_event, 128> events{};
  for (;;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      fd == listener ? accept_one(epoll, listener) : answer(fd, response);
    }
  }
}
