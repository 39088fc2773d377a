#pragma once
// One request and its response over one connection. The request is sent beside the reading of the
// response, so that an early answer is seen.
//
// Thread-safety: belongs to one loop.
// Cost: four coroutine frames from the pool; a body is copied once, out of the read buffer.

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

  /// To be called once. Errors: `bad_request`, `timeout`, `connection_lost`, `bad_response`,
  /// `too_large`. Throws what the request's producer threw.
  Task<Result<ClientResponse>> run();

  /// The connection may carry another request; asked after run().
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
  Task<Result<>> receive(ClientResponse& response);
  Task<Result<>> receive_head(ResponseHead& head);
  Task<Result<>> receive_body(const ResponseHead& head, std::string& body);
  Task<Result<>> receive_framed(const BodyFraming& framing, std::string& body);
  Task<Result<>> receive_rest(std::string& body);
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
  std::optional<std::uint64_t> produce_left_;
  Task<void> sending_;
  std::optional<Error> send_error_;
  bool producer_began_ = false;
  bool write_refused_ = false;
  bool written_ = false;
  bool sent_ = false;
  bool heard_ = false;
  bool lost_ = false;
  bool reusable_ = false;
};

}  // namespace lift::detail
