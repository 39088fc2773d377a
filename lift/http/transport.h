#pragma once
// What a client needs of the network: a request out, a response back. The seam between those who
// call other services (credentials, exporters, a resilient client) and those who carry the bytes.
//
// Thread-safety: belongs to one loop.
// Cost: an interface; see its implementations.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/task.h"
#include "lift/http/body.h"
#include "lift/http/headers.h"

namespace lift {

/// An absolute http or https URL, split. Without user information or fragment.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query, "/" at least

  /// Errors: `bad_url`, with the rule that is broken.
  [[nodiscard]] static Result<Url> parse(std::string_view text);
  /// Whether it is what parse() could have made, for one put together by hand. Errors: `bad_url`.
  [[nodiscard]] Result<> check() const;
  /// What the Host header holds: without the scheme's own port, an IPv6 address in brackets.
  [[nodiscard]] std::string authority() const;
};

/// A request to another service.
class ClientRequest {
 public:
  /// `method` is a token such as "POST", but for CONNECT.
  ClientRequest(std::string_view method, Url url) : method(method), url(std::move(url)) {}

  std::string method;
  Url url;
  Headers headers;   ///< Host, Content-Length and Connection are the transport's
  std::string body;  ///< the whole body, unless there is a producer
  BodyProducer producer;
  std::optional<std::uint64_t> producer_length;  ///< absent: sent in chunks
  /// When all of it, the response's last byte included, must be done.
  Instant deadline = kNever;
  /// Bytes of response body that are accepted; the transport's own limit where absent.
  std::optional<std::uint64_t> response_limit;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  bool reused_connection = false;
  /// When the peer's certificate ceases to be valid; nothing without TLS.
  std::optional<WallTime> certificate_ends = {};
};

/// A response whose head has come, and whose body comes as it is asked for. Destroyed before the
/// body's end, it ends the connection.
class OpenResponse {
 public:
  OpenResponse() = default;
  OpenResponse(const OpenResponse&) = delete;
  OpenResponse& operator=(const OpenResponse&) = delete;
  virtual ~OpenResponse() = default;

  /// The next piece of the body, valid until the next call; nothing at its end. The peer is read no
  /// faster than this is called. Errors and exceptions as of HttpTransport::send().
  virtual Task<Result<std::optional<std::string_view>>> next() = 0;

  ClientResponse head;                  ///< without a body
  std::optional<std::uint64_t> length;  ///< of the body, where the peer told it
};

/// Sends requests. Dropping the task cancels the request.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// `request` must live until the task has finished. Any status is a success; errors are
  /// `bad_request` (it cannot be sent as it is), `resolve_failed`, `connect_failed`,
  /// `connect_timeout`, `tls_failed`, `timeout`, `connection_lost`, `bad_response`, `too_large`,
  /// `busy`. After `connect_failed`, `connect_timeout`, `resolve_failed`, `tls_failed` and `busy`
  /// the peer has seen nothing of the request. What a body's producer throws is thrown on.
  virtual Task<Result<ClientResponse>> send(ClientRequest& request) = 0;
  /// The same, up to the response's head. `request` must live until the OpenResponse is gone. Where
  /// a transport does not override it, the body comes in one piece, as send() read it.
  virtual Task<Result<std::unique_ptr<OpenResponse>>> open(ClientRequest& request);
};

}  // namespace lift
