#pragma once
// A handler that hands requests on to another service, and its answers back.
//
//   auto ledger = Client::make({.name = "ledger", .upstream = {.endpoints = {url}}}, telemetry);
//   app.any("/ledger/{path...}", proxy(*ledger, {.strip_prefix = "/ledger"}));
//
// Hop-by-hop fields are left out both ways, with those that `Connection` names (RFC 9110 §7.6.1).
// What a client says of where it comes from (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`) is replaced
// by what is known: `X-Forwarded-For` holds the client as trusted proxies saw it and, where that
// was one of them, the peer; `X-Forwarded-Proto` and `-Host` how it asked. `Via` is added both
// ways. The Host header is the endpoint's. The path goes on as it was sent, but for dot segments,
// which are resolved, and bytes that no URI may hold, which are encoded: the service is asked for
// what the route was chosen by. A body of the request goes on as it arrives where the route has
// `stream_request`, else when it is there; a body of the answer whole up to 64 KiB, else as it
// arrives. A protocol's upgrade is refused: 501 UPGRADE_REFUSED. No answer: 504 GATEWAY_TIMEOUT
// where the time is up, 503 UPSTREAM_BUSY with Retry-After where the client has no connection free,
// 400 where the request cannot be handed on, else 502 BAD_GATEWAY. An answer that breaks off later
// ends the connection to the client.
// Thread-safety: a handler like any other.
// Cost: two copies of the headers, and a copy of a body that is not streamed.

#include <cstdint>
#include <memory>
#include <string>

#include "lift/chain/handler.h"
#include "lift/client/client.h"

namespace lift {

struct ProxyOptions {
  /// Taken off the path where it begins with it, at a segment's end; "" or a path such as
  /// "/ledger".
  std::string strip_prefix = {};
  /// Who hands the message on, in `Via`: 1 to 64 letters, digits, `.`, `_` and `-`.
  std::string via = "lift";
  /// Bytes of an answer's body: 1 to 1 TiB. More is 502, or a break where some was sent already.
  std::uint64_t response_limit = std::uint64_t{1} << 40;

  [[nodiscard]] Problems validate() const;
};

/// Error `bad_configuration` with every broken rule.
[[nodiscard]] Result<Handler> proxy(std::shared_ptr<Client> client, ProxyOptions options = {});

}  // namespace lift
