#pragma once
// Accepts connections of one listening socket for one loop.
//
// Thread-safety: belongs to one loop. Cost: one system call a connection, one more a batch.

#include <boost/asio/posix/stream_descriptor.hpp>

#include "lift/base/timers.h"
#include "lift/net/detail/unique_fd.h"

namespace lift::detail {

class ServerLoop;

class Acceptor {
 public:
  Acceptor(ServerLoop& owner, UniqueFd socket, int family);

  void begin() noexcept { wait(); }
  /// There is room again.
  void resume() noexcept;
  /// The door closes, though those who stand in it may come in.
  void refuse_new() noexcept;
  /// Takes everyone who waits, whatever the limit, and closes.
  void empty_and_close() noexcept;
  void close() noexcept;
  /// A wait is under way, which must end before this is destroyed.
  [[nodiscard]] bool waiting() const noexcept { return waiting_; }

 private:
  struct Retry final : Timer {
    explicit Retry(Acceptor& acceptor) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Retry&>(timer).owner.resume(); }),
          owner(acceptor) {}
    Acceptor& owner;
  };
  void wait() noexcept;
  void accept_some() noexcept;
  [[nodiscard]] bool accept_one() noexcept;
  void pause() noexcept;

  ServerLoop& owner_;
  boost::asio::posix::stream_descriptor socket_;
  const int family_;
  bool waiting_ = false;
  bool paused_ = false;
  Retry retry_{*this};
};

}  // namespace lift::detail
