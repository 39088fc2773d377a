#pragma once
// What all calls of a client share, and one call of it.
//
// Thread-safety: the core is shared by all loops; a call belongs to one.
// Cost: see client.h.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "lift/client/client.h"
#include "lift/client/detail/client_metrics.h"
#include "lift/client/loop_transports.h"
#include "lift/client/upstream.h"
#include "lift/telemetry/span.h"

namespace lift::detail {

struct ClientCore {
  ClientCore(ClientOptions the_options, Telemetry& telemetry);

  const ClientOptions options;
  Upstream upstream;
  LoopTransports transports;
  ClientMetrics metrics;
};

using Opening = Result<std::unique_ptr<OpenResponse>>;

/// One call: its attempts, one after another.
class ClientCall {
 public:
  /// `ctx` is null outside of a request. All are the caller's and outlive it.
  ClientCall(std::shared_ptr<ClientCore> core, Context* ctx, ClientRequest& request) noexcept;

  Task<Opening> run();

 private:
  class Attempt;

  [[nodiscard]] Task<Opening> attempt(Upstream::Turn turn);
  void prepare(const Upstream::Turn& turn, const Span& span, Instant now);
  [[nodiscard]] Span begin_span(const Upstream::Turn& turn) const;

  std::shared_ptr<ClientCore> core_;
  Context* ctx_;
  ClientRequest& request_;
  Loop& loop_;
  std::string target_;
  Instant deadline_;
  std::uint32_t number_ = 0;
};

/// What an error of the transport says about the endpoint.
[[nodiscard]] OutcomeKind outcome_of(const Error& error) noexcept;
/// Whether the service has seen nothing of a request that ended so.
[[nodiscard]] bool unseen(const Error& error) noexcept;

}  // namespace lift::detail
