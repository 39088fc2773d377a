#pragma once
// What a connection needs of its transport: bytes in, bytes out, and to be told when either is
// possible. The seam at which TLS will stand.
//
// Thread-safety: belongs to one loop.
// Cost: a virtual call beside the system call.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lift::detail {

/// Told by a stream; each wait is answered once, closed() comes last of all and may destroy the
/// stream.
class StreamEvents {
 public:
  virtual void readable() noexcept = 0;
  virtual void writable() noexcept = 0;
  virtual void closed() noexcept = 0;

 protected:
  ~StreamEvents() = default;
};

struct Io {
  enum class State : std::uint8_t {
    ok,
    again,  ///< nothing possible now: wait
    end,    ///< the peer will send no more
    broken,
  };
  State state;
  std::size_t bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;
  [[nodiscard]] virtual Io read(std::span<char> into) noexcept = 0;
  /// Sends what the transport takes now of the parts together, four at most.
  [[nodiscard]] virtual Io write(std::span<const std::string_view> parts) noexcept = 0;
  /// One wait of each kind at a time.
  virtual void wait_readable() noexcept = 0;
  virtual void wait_writable() noexcept = 0;
  /// Tells the peer that no more will be sent.
  virtual void finish_sending() noexcept = 0;
  /// No events follow but closed(), which is never called from within. With `abort` the peer sees a
  /// reset.
  virtual void close(bool abort) noexcept = 0;
};

}  // namespace lift::detail
