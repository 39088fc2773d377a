#include "lift/net/detail/socket_stream.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

namespace lift::detail {
namespace {

Io io_of(ssize_t result) noexcept {
  if (result > 0) return {Io::State::ok, static_cast<std::size_t>(result)};
  if (result == 0) return {Io::State::end, 0};
  const bool wait = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {wait ? Io::State::again : Io::State::broken, 0};
}

}  // namespace

SocketStream::SocketStream(Poller& poller, UniqueFd fd, StreamEvents& events)
    : poller_(poller), events_(events), fd_(std::move(fd)), watched_(EPOLLIN) {
  poller_.join(fd_.get(), watched_, *this);
}

Io SocketStream::read(std::span<char> into) noexcept {
  return io_of(::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT));
}

Io SocketStream::write(std::span<const std::string_view> parts) noexcept {
  std::array<iovec, 4> pieces;
  std::size_t count = 0;
  for (const std::string_view part : parts) {
    if (!part.empty()) pieces[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (count == 1) return io_of(::send(fd_.get(), pieces[0].iov_base, pieces[0].iov_len, kFlags));
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  return io_of(::sendmsg(fd_.get(), &message, kFlags));
}

// Interest in reading is kept when it ends, as it usually comes back before anything arrives.

void SocketStream::wait_readable() noexcept {
  reading_ = true;
  watch(watched_ | EPOLLIN);
}

void SocketStream::wait_writable() noexcept {
  writing_ = true;
  watch(watched_ | EPOLLOUT);
}

void SocketStream::watch(std::uint32_t events) noexcept {
  if (events == watched_) return;
  watched_ = events;
  poller_.change(fd_.get(), watched_, *this);
}

void SocketStream::ready(std::uint32_t events) noexcept {
  if (!fd_.valid()) return;
  if (writing_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    writing_ = false;
    watch(watched_ & ~static_cast<std::uint32_t>(EPOLLOUT));
    events_.writable();
  }
  if (!fd_.valid()) return;
  // Nobody can take an answer any more after an error or a hang-up, which would be reported for
  // ever.
  const bool over = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (over || (reading_ && (events & EPOLLIN) != 0)) {
    reading_ = false;
    return events_.readable();
  }
  if ((events & EPOLLIN) != 0) watch(watched_ & ~static_cast<std::uint32_t>(EPOLLIN));
}

void SocketStream::finish_sending() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

void SocketStream::close(bool abort) noexcept {
  if (!fd_.valid()) return;
  if (abort) {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  poller_.leave(fd_.get(), *this);
  fd_.reset();
}

}  // namespace lift::detail
