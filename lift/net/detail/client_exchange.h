#pragma once
// One request and its response over one connection. The request is sent beside the reading of the
// response, so that an early answer is seen.
//
// Thread-safety: belongs to one loop.
// Cost: a few coroutine frames from the pool; the body is lent from the read buffer.

#include <cstdint>
#include <optional>
#include <string>

#include "lift/base/task.h"
#include "lift/http/transport.h"
#include "lift/net/detail/client_connection.h"
#include "lift/net/detail/client_setting.h"
#include "lift/net/detail/outgoing.h"
#include "lift/net/detail/read_buffer.h"
#include "lift/net/detail/response_head.h"

namespace lift::detail {

class ClientExchange final : private BodySink {
 public:
  /// All outlive it.
  ClientExchange(ClientSetting& setting, ClientConnection& connection, ClientRequest& request);

  /// Sends the request and reads the response's head into `response`. To be called once. Errors:
  /// `bad_request`, `timeout`, `connection_lost`, `bad_response`, `too_large`. Throws what the
  /// request's producer threw.
  Task<Result<>> begin(ClientResponse& response);
  /// The next piece of the body, valid until the next call; nothing at its end. Errors as begin().
  Task<Result<std::optional<std::string_view>>> next();

  /// The response has been read to its end.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// As the response's head told it.
  [[nodiscard]] std::optional<std::uint64_t> length() const noexcept;
  /// The connection may carry another request; asked once it has ended.
  [[nodiscard]] bool reusable() const noexcept { return reusable_; }
  /// All of the request was sent.
  [[nodiscard]] bool sent() const noexcept { return sent_; }
  /// The connection ended before any byte of a response.
  [[nodiscard]] bool died_unheard() const noexcept { return lost_ && !heard_; }
  [[nodiscard]] bool nothing_written() const noexcept { return !written_; }
  [[nodiscard]] bool producer_began() const noexcept { return producer_began_; }

 private:
  // --- sending
  void compose_head();
  void compose_framing();
  Task<void> send_all();
  Task<void> send_produced();
  Task<bool> flush();
  [[noreturn]] void refuse_write();
  Task<void> write(std::string_view chunk) override;
  void sender_ended() noexcept;
  /// What sending came to prevents a response.
  [[nodiscard]] bool sending_failed() const noexcept;

  // --- receiving
  using Piece = std::optional<std::string_view>;

  Task<Result<>> receive_head();
  Task<Result<Piece>> next_framed();
  Task<Result<Piece>> next_of_rest();
  void end() noexcept;
  /// Gives up: the error that came first, or what the producer threw.
  [[nodiscard]] Error failed(Error error);
  [[nodiscard]] std::unexpected<Error> too_large() const;
  /// More bytes; false at the orderly end of the connection.
  Task<Result<bool>> fill(std::size_t most);
  Task<Result<>> wait_for_bytes();
  [[nodiscard]] std::unexpected<Error> lost(std::string_view what);
  [[nodiscard]] std::string reset() const;
  [[nodiscard]] std::unexpected<Error> late() const;

  ClientSetting& setting_;
  ClientConnection& connection_;
  ClientRequest& request_;
  const std::uint64_t limit_;
  Outgoing out_;
  ReadBuffer in_;
  ResponseHead head_;
  BodyDecoder decoder_;
  std::size_t lent_ = 0;        // bytes of in_ that the last piece lies in
  std::uint64_t received_ = 0;  // of a body that the connection's end ends
  std::optional<std::uint64_t> produce_left_;
  Task<void> sending_;
  std::optional<Error> send_error_;
  bool producer_began_ = false;
  bool write_refused_ = false;
  bool written_ = false;
  bool sent_ = false;
  bool heard_ = false;
  bool lost_ = false;
  bool ended_ = false;
  bool reusable_ = false;
};

}  // namespace lift::detail
