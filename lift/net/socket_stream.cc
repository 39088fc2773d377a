#include "lift/net/detail/socket_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>

namespace lift::detail {
namespace {

Io io_of(ssize_t result) noexcept {
  if (result > 0) return {Io::State::ok, static_cast<std::size_t>(result)};
  if (result == 0) return {Io::State::end, 0};
  const bool wait = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {wait ? Io::State::again : Io::State::broken, 0};
}

}  // namespace

SocketStream::SocketStream(boost::asio::io_context& context, UniqueFd fd, int family,
                           StreamEvents& events)
    : events_(events), socket_(context) {
  socket_.assign(boost::asio::generic::stream_protocol(family, 0), fd.get());
  static_cast<void>(fd.release());
}

Io SocketStream::read(std::span<char> into) noexcept {
  return io_of(::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT));
}

Io SocketStream::write(std::span<const std::string_view> parts) noexcept {
  std::array<iovec, 4> pieces;
  std::size_t count = 0;
  for (const std::string_view part : parts) {
    if (!part.empty()) pieces[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  return io_of(::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void SocketStream::wait_readable() noexcept {
  ++pending_;
  socket_.async_wait(boost::asio::socket_base::wait_read, [this](const boost::system::error_code&) {
    if (still_open()) events_.readable();
  });
}

void SocketStream::wait_writable() noexcept {
  ++pending_;
  socket_.async_wait(boost::asio::socket_base::wait_write,
                     [this](const boost::system::error_code&) {
                       if (still_open()) events_.writable();
                     });
}

bool SocketStream::still_open() noexcept {
  --pending_;
  if (!closed_) return true;
  if (pending_ == 0) events_.closed();
  return false;
}

void SocketStream::finish_sending() noexcept { ::shutdown(socket_.native_handle(), SHUT_WR); }

void SocketStream::close(bool abort) noexcept {
  if (closed_) return;
  closed_ = true;
  if (abort) {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  ++pending_;
  boost::asio::post(socket_.get_executor(), [this] { static_cast<void>(still_open()); });
}

}  // namespace lift::detail
