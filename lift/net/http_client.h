#pragma once
// The HTTP/1.1 client core: connections kept per host, TLS, timeouts, limits. No retries of what
// may have been done, no breaker, no redirects: those who want them stand in front of it.
//
//   HttpClient client(loop, {});
//   ClientRequest request("GET", *Url::parse("https://example.com/"));
//   Result<ClientResponse> answer = co_await client.send(request);
//
// One request a connection at a time; a connection is used again when its response was read to the
// end and the peer lets it be. The peer may close such a connection just then: a request that dies
// on a used connection before any byte of the response is sent once more, on a fresh one, if its
// method is GET, HEAD, PUT, DELETE or OPTIONS, or if nothing of it was written, and if its producer
// has not begun. Any other gets `connection_lost`.
// A response that is complete before the request was sent ends the request; a redirect is a
// response like any other. Cookies, proxies, compression and HTTP/2 are not its business.
// Thread-safety: belongs to one loop; stats() from any thread.
// Cost: a keep-alive request over loopback about 70 µs from send() to the response, most of it
// waking up on both sides; an idle connection holds no buffer.

#include <cstdint>
#include <memory>

#include "lift/base/loop.h"
#include "lift/http/transport.h"
#include "lift/net/http_client_options.h"

namespace lift {

/// Counts since the start, and states now. Each is exact; together they are read one after another.
struct HttpClientStats {
  std::uint64_t connections = 0;  ///< now open, idle ones included
  std::uint64_t idle = 0;         ///< now kept for later
  std::uint64_t running = 0;      ///< requests now under way, those in line included
  std::uint64_t waiting = 0;      ///< requests now in line for a connection
  std::uint64_t connected = 0;    ///< connections ever made, TLS included
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;
  std::uint64_t reused = 0;     ///< requests sent on a used connection
  std::uint64_t repeated = 0;   ///< requests sent once more, as above
  std::uint64_t queued = 0;     ///< requests that had to stand in line
  std::uint64_t cancelled = 0;  ///< tasks dropped, and producers that threw
  std::uint64_t lookups = 0;    ///< names asked of the system

  /// Failed requests by their error's code.
  struct Failures {
    std::uint64_t bad_request = 0;
    std::uint64_t resolve_failed = 0;
    std::uint64_t connect_failed = 0;
    std::uint64_t connect_timeout = 0;
    std::uint64_t tls_failed = 0;
    std::uint64_t timeout = 0;
    std::uint64_t connection_lost = 0;
    std::uint64_t bad_response = 0;
    std::uint64_t too_large = 0;
    std::uint64_t busy = 0;
  };
  Failures failures;
};

class HttpClient final : public HttpTransport {
 public:
  /// `loop` is a server's or a LoopThread's and outlives the client. Throws std::invalid_argument
  /// where `options` are not valid.
  explicit HttpClient(Loop& loop, HttpClientOptions options = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  /// Closes idle connections. Requests under way go on; their tasks end before the loop does.
  ~HttpClient() override;

  Task<Result<ClientResponse>> send(ClientRequest& request) override;
  Task<Result<std::unique_ptr<OpenResponse>>> open(ClientRequest& request) override;
  [[nodiscard]] HttpClientStats stats() const noexcept;

 private:
  struct Core;
  class Opened;
  std::shared_ptr<Core> core_;
};

}  // namespace lift
