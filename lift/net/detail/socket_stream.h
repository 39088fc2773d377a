#pragma once
// A stream over a TCP or Unix-domain socket. Reads and writes are tried at once; Asio is asked only
// to wait.
//
// Thread-safety: belongs to one loop.
// Cost: one system call a read, write or wait; no allocation once warm.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "lift/net/detail/stream.h"
#include "lift/net/detail/unique_fd.h"

namespace lift::detail {

class SocketStream final : public Stream {
 public:
  /// `fd` is a connected, non-blocking socket of address family `family`.
  SocketStream(boost::asio::io_context& context, UniqueFd fd, int family, StreamEvents& events);

  [[nodiscard]] Io read(std::span<char> into) noexcept override;
  [[nodiscard]] Io write(std::span<const std::string_view> parts) noexcept override;
  void wait_readable() noexcept override;
  void wait_writable() noexcept override;
  void finish_sending() noexcept override;
  void close(bool abort) noexcept override;

 private:
  /// True unless the stream is closed; the last wait to end then tells so.
  [[nodiscard]] bool still_open() noexcept;

  StreamEvents& events_;
  boost::asio::generic::stream_protocol::socket socket_;
  int pending_ = 0;
  bool closed_ = false;
};

}  // namespace lift::detail
