#pragma once
// A client's connection: its stream, and who waits for it. While it is idle it watches for its end.
//
// Thread-safety: belongs to one loop.
// Cost: under 400 bytes; TLS adds about 30 KiB of OpenSSL's.

#include <memory>
#include <string>

#include "lift/net/detail/net_loop.h"
#include "lift/net/detail/parked.h"
#include "lift/net/detail/stream.h"
#include "lift/net/detail/unique_fd.h"

namespace lift::detail {

class TlsContext;
class TlsStream;

class ClientConnection final : private StreamEvents {
 public:
  /// Told when an idle connection is of no more use.
  class Keeper {
   public:
    virtual void idle_over(ClientConnection& connection) noexcept = 0;

   protected:
    ~Keeper() = default;
  };
  /// Ends a connection that is no more wanted; it goes when the system has let go of it.
  struct End {
    void operator()(ClientConnection* connection) const noexcept { connection->close(true); }
  };
  using Owner = std::unique_ptr<ClientConnection, End>;

  /// Over `socket`, which is non-blocking and connecting. With `tls`, the stream speaks it once
  /// tls()'s handshake is done.
  [[nodiscard]] static Owner make(NetLoop& loop, UniqueFd socket, TlsContext* tls,
                                  const std::string& host);
  /// An orderly end.
  static void finish(Owner connection) noexcept { connection.release()->close(false); }

  [[nodiscard]] Stream& stream() noexcept { return *stream_; }
  /// Null where there is none.
  [[nodiscard]] TlsStream* tls() noexcept { return tls_; }
  /// Why connecting failed, as errno has it; 0 if it did not.
  [[nodiscard]] int connect_error() const noexcept;

  /// `reader` is woken when the stream may have something, or has ended.
  void wait_readable(Parked& reader) noexcept;
  /// Wakes the reader, if one waits, though nothing came.
  void wake_reader() noexcept {
    if (Parked* reader = reader_.front()) reader->wake();
  }
  /// `writer` is woken when the stream may take something, or has ended.
  void wait_writable(Parked& writer) noexcept;

  /// Idle until wake(), or until `keeper` is told that it has ended or that `until` has come.
  void rest(Keeper& keeper, Instant until) noexcept;
  /// Ends the rest. False if the peer has closed or sent what nobody asked for.
  [[nodiscard]] bool wake() noexcept;

 private:
  struct Alarm final : Timer {
    explicit Alarm(ClientConnection& owner) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Alarm&>(timer).connection.over(); }),
          connection(owner) {}
    ClientConnection& connection;
  };

  explicit ClientConnection(NetLoop& loop) noexcept : loop_(loop) {}
  ~ClientConnection();
  void open(UniqueFd socket, TlsContext* tls, const std::string& host);
  void close(bool abort) noexcept;
  [[nodiscard]] bool silent() noexcept;
  void over() noexcept;
  void readable() noexcept override;
  void writable() noexcept override;
  void closed() noexcept override { delete this; }

  NetLoop& loop_;
  int socket_ = -1;
  std::unique_ptr<Stream> stream_;
  TlsStream* tls_ = nullptr;
  IntrusiveList<Parked> reader_;
  IntrusiveList<Parked> writer_;
  Keeper* keeper_ = nullptr;
  Alarm alarm_{*this};
};

}  // namespace lift::detail
