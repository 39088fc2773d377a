#pragma once
// Calls another service: its endpoints in turn, a deadline for the call and for each attempt, the
// trace and the deadline handed on, every attempt measured.
//
//   auto ledger = Client::make({.name = "ledger", .upstream = {.endpoints = {url}}}, telemetry);
//   app.post("/payments", [ledger](Context& ctx) -> Task<Response> {
//     ClientRequest request = ledger->request("POST", "/entries");
//     request.body = …;
//     Task<Result<ClientResponse>> sending = ledger->send(ctx, request);
//     Result<ClientResponse> answer = co_await sending;
//     …
//   });
//
// Any status is a success of the call; errors are those of HttpTransport, `circuit_open` where
// every endpoint's breaker refuses, and `bulkhead_full` where there is no place for another call.
// Attempts are repeated as RetryPolicy says, at other endpoints first; what may have been done is
// repeated only if the method is idempotent or the request has an `Idempotency-Key`. Redirects are
// answers like any other: they are never followed. Sent with each attempt: `traceparent` of the
// attempt's own client span, `x-timeout-ms`, within a request its `x-request-id`, and from the
// second on `x-previous-attempts`.
// Thread-safety: one client serves all loops; a call belongs to the loop that makes it.
// Cost: three coroutine frames a call; loops share the state of endpoints, not connections.

#include <memory>
#include <string_view>
#include <utility>

#include "lift/base/error.h"
#include "lift/base/task.h"
#include "lift/client/client_options.h"
#include "lift/http/transport.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

class Context;

namespace detail {
class ClientCore;
}

class Client {
 public:
  /// Error `bad_configuration` with every broken rule. `telemetry` outlives the client.
  static Result<std::shared_ptr<Client>> make(ClientOptions options, Telemetry& telemetry);

  /// A request to the service: `target` is path and query as if an endpoint's URL had no path.
  [[nodiscard]] ClientRequest request(std::string_view method, std::string_view target) const;

  /// Within a request: ends with its deadline, and throws Cancelled when its client is gone.
  /// `request` must live until the task has finished; its url, its deadline and the headers above
  /// are the client's to set.
  Task<Result<ClientResponse>> send(Context& ctx, ClientRequest& request);
  /// On a loop, but within no request.
  Task<Result<ClientResponse>> send(ClientRequest& request);

  /// The same, up to the response's head. `request` must live until the OpenResponse is gone, which
  /// may outlive the client.
  Task<Result<std::unique_ptr<OpenResponse>>> open(Context& ctx, ClientRequest& request);
  Task<Result<std::unique_ptr<OpenResponse>>> open(ClientRequest& request);

  [[nodiscard]] const ClientOptions& options() const noexcept;
  [[nodiscard]] const Upstream& upstream() const noexcept;

 private:
  explicit Client(std::shared_ptr<detail::ClientCore> core) noexcept : core_(std::move(core)) {}
  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace lift
