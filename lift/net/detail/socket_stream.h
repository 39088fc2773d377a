#pragma once
// A stream over a TCP or Unix-domain socket.
//
// Thread-safety: belongs to one loop.
// Cost: one system call a read or write; a wait costs none unless interest changes.

#include "lift/net/detail/poller.h"
#include "lift/net/detail/stream.h"
#include "lift/net/detail/unique_fd.h"

namespace lift::detail {

class SocketStream final : public Stream, private Polled {
 public:
  /// `fd` is a connected, non-blocking socket. Throws std::system_error if the system has no room
  /// for it.
  SocketStream(Poller& poller, UniqueFd fd, StreamEvents& events);

  [[nodiscard]] Io read(std::span<char> into) noexcept override;
  [[nodiscard]] Io write(std::span<const std::string_view> parts) noexcept override;
  void wait_readable() noexcept override;
  void wait_writable() noexcept override;
  void finish_sending() noexcept override;
  void close(bool abort) noexcept override;

 private:
  void ready(std::uint32_t events) noexcept override;
  void released() noexcept override { events_.closed(); }
  void watch(std::uint32_t events) noexcept;

  Poller& poller_;
  StreamEvents& events_;
  UniqueFd fd_;
  std::uint32_t watched_;
  bool reading_ = false;
  bool writing_ = false;
};

}  // namespace lift::detail
