#pragma once
// The `edge` layer: what every answer carries, whoever gives it: the handler, a refusing layer, a
// timeout, a 404.
//
// It names the request (request_id.h), answers CORS preflights (cors.h), and puts the id, the
// security headers (security_headers.h) and the CORS headers on the response.
//
// Thread-safety: shared by all loops; update() from any thread.
// Cost: about 45 ns, and a read of the wall clock (30 ns) where the client gave no id; no
// allocation on a usual request.

#include <memory>
#include <optional>
#include <string_view>

#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/base/loop.h"
#include "lift/chain/layer.h"
#include "lift/edge/cors.h"
#include "lift/edge/security_headers.h"
#include "lift/http/errors.h"

namespace lift {

struct EdgeOptions {
  /// Whether a client's well-formed `x-request-id` is kept. If not, every request gets a fresh one.
  bool accept_request_id = true;
  SecurityHeaderOptions security_headers{};
  /// Absent: no CORS; an OPTIONS request is one like any other.
  std::optional<CorsOptions> cors{};

  [[nodiscard]] Problems validate() const;
};

class Edge {
 public:
  static constexpr std::string_view kName = "edge";

  /// Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<Edge>> make(const EdgeOptions& options = {});
  /// Replaces the options, also for requests that are under way; on an error the old ones stay.
  Result<> update(const EdgeOptions& options);

  Verdict enter(Context& ctx, NoSlot&);
  void leave(Context& ctx, NoSlot&, const Outcome&) noexcept;

  /// `error` with a fresh id and the security headers, for what no chain has seen.
  [[nodiscard]] Response refusal(Loop& loop, const HttpError& error) const;

 private:
  /// The options, ready to be put on responses.
  struct Plan {
    explicit Plan(const EdgeOptions& options);
    void apply(Context& ctx, Response& response) const;

    bool accept_request_id;
    SecurityHeaders security_headers;
    std::optional<Cors> cors;
  };

  explicit Edge(const EdgeOptions& options) : plan_(Plan(options)) {}

  Live<Plan> plan_;
};

}  // namespace lift
