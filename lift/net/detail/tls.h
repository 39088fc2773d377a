#pragma once
// TLS by OpenSSL over another stream: the client's side.
//
// Thread-safety: TlsContext::make() on any thread; the rest belongs to one loop.
// Cost: a context about 20 ms and 1 MiB where it reads the system's trust store.

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/net/detail/stream.h"
#include "lift/net/http_client_options.h"

namespace lift::detail {

/// Whom to trust and as whom to come, for many connections.
class TlsContext {
 public:
  /// Reads the files. Errors: `tls_failed`, with the file and the reason.
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> make(const TlsOptions& options);
  explicit TlsContext(SSL_CTX* context) noexcept : context_(context) {}
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();
  [[nodiscard]] SSL_CTX* get() const noexcept { return context_; }

 private:
  SSL_CTX* context_;
};

class TlsStream final : public Stream, private StreamEvents {
 public:
  enum class Step : std::uint8_t { done, wait_readable, wait_writable, failed };

  /// To `host`, a name or an IP address, which the peer's certificate must be made out to. Throws
  /// std::bad_alloc.
  TlsStream(TlsContext& context, const std::string& host, StreamEvents& events);
  ~TlsStream() override;
  /// What the stream below is to tell.
  [[nodiscard]] StreamEvents& below_events() noexcept { return *this; }
  /// To be called once, before anything else.
  void over(std::unique_ptr<Stream> below) noexcept;

  /// Goes on with the handshake; called again after each wait until it is done or has failed.
  [[nodiscard]] Step handshake() noexcept;
  /// Why the handshake failed, or the stream broke.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  /// When the peer's certificate ceases to be valid; nothing before the handshake is done.
  [[nodiscard]] std::optional<WallTime> certificate_ends() const noexcept;

  [[nodiscard]] Io read(std::span<char> into) noexcept override;
  [[nodiscard]] Io write(std::span<const std::string_view> parts) noexcept override;
  void wait_readable() noexcept override;
  void wait_writable() noexcept override;
  void finish_sending() noexcept override;
  void close(bool abort) noexcept override;

 private:
  /// What a wait of one kind waits for below.
  enum class Want : std::uint8_t { read, write };
  [[nodiscard]] Io outcome(int result, std::size_t bytes, Want& want) noexcept;
  void explain(int error) noexcept;
  void readable() noexcept override;
  void writable() noexcept override;
  void closed() noexcept override { events_.closed(); }
  void wake(Want happened) noexcept;

  StreamEvents& events_;
  std::unique_ptr<Stream> below_;
  SSL* ssl_;
  std::string host_;
  std::string failure_;
  bool up_ = false;  // the handshake is done and nothing has broken since
  bool reading_ = false;
  bool writing_ = false;
  Want read_wants_ = Want::read;
  Want write_wants_ = Want::write;
};

}  // namespace lift::detail
