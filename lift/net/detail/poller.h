#pragma once
// Which sockets of a loop are ready: one level-triggered epoll set, which the loop's io_context
// waits for as a whole.
//
// Asio arms a socket anew for each wait, a system call a request. Here a socket stays armed, so
// that a keep-alive request costs one read and one write, and what the waits cost is shared by all
// that are ready together.
// Thread-safety: belongs to one loop. Cost: two system calls a batch of up to 128 ready sockets.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>

#include "lift/base/intrusive_list.h"

namespace lift::detail {

/// A socket in the set. It outlives its registration: after leave() it is told released(), once.
class Polled : public Link {
 public:
  /// What epoll reports, as EPOLL* bits.
  virtual void ready(std::uint32_t events) noexcept = 0;
  /// The poller knows it no more; it may be destroyed.
  virtual void released() noexcept = 0;

 protected:
  ~Polled() = default;
};

class Poller {
 public:
  explicit Poller(boost::asio::io_context& context);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  /// Tells those that have left and were not told yet.
  ~Poller() { release(); }

  /// Watches `fd` for `events`. Throws std::system_error if the system has no room for it.
  void join(int fd, std::uint32_t events, Polled& socket);
  void change(int fd, std::uint32_t events, Polled& socket) noexcept;
  /// To be called before `fd` is closed.
  void leave(int fd, Polled& socket) noexcept;

 private:
  void wait() noexcept;
  void dispatch() noexcept;
  void release() noexcept;

  boost::asio::posix::stream_descriptor set_;
  IntrusiveList<Polled> left_;
  bool dispatching_ = false;
};

}  // namespace lift::detail
