#pragma once
// Cross-origin resource sharing (the Fetch standard, "HTTP-CORS protocol"): which pages of other
// origins may read answers.
//
// Origins match exactly, byte for byte; there are no patterns. A page whose origin is not listed
// gets the same answer as without CORS, with no CORS header in it, so its browser keeps the answer
// from it. That is no access control: who may do what is decided by identity.
//
// A preflight is an OPTIONS request with `Origin` and `Access-Control-Request-Method`. It is
// answered 204 on every path, also one that no route has; a preflight from elsewhere gets a bare
// 204, which its browser takes as a no. With a list of origins every answer carries
// `Vary: Origin`, so that no cache hands one origin's copy to another.
//
// Thread-safety: immutable once made.
// Cost: about 30 ns an answer to a listed origin, no allocation for a usual one.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/http/headers.h"
#include "lift/http/method.h"
#include "lift/http/request.h"
#include "lift/http/response.h"

namespace lift {

struct CorsOptions {
  /// 1 to 256 of `scheme://host[:port]` in lower case without the scheme's usual port, as browsers
  /// send it; or `null`, which any sandboxed page can claim. Or only `*`, for every origin, never
  /// together with `credentials`.
  std::vector<std::string> origins{};
  /// What a page may use. At least one.
  std::vector<Method> methods = {Method::get, Method::head,  Method::post,
                                 Method::put, Method::patch, Method::del};
  /// Request headers a page may set beside the harmless ones; at most 64. `*` only without
  /// `credentials`.
  std::vector<std::string> headers = {"authorization", "content-type", "idempotency-key",
                                      "x-request-id"};
  /// Response headers a page may read beside the harmless ones; at most 64. `*` only without
  /// `credentials`.
  std::vector<std::string> exposed = {"x-request-id"};
  /// How long a browser may remember a preflight's answer: 0 to 24 h. Absent: as the browser likes.
  std::optional<std::chrono::seconds> max_age = std::chrono::minutes(10);
  /// Whether a page may send cookies and TLS certificates along.
  bool credentials = false;

  [[nodiscard]] Problems validate() const;
};

class Cors {
 public:
  /// `options` must be valid.
  explicit Cors(const CorsOptions& options);

  [[nodiscard]] static bool is_preflight(const Request& request) noexcept;
  [[nodiscard]] Response answer_preflight(const Request& request) const;
  /// Puts the CORS headers on an answer. Those that a handler set are replaced: there is one rule
  /// for the whole app.
  void apply(const Request& request, Headers& headers) const;

 private:
  [[nodiscard]] bool allows(std::string_view origin) const noexcept;
  /// True if the request's origin may read the answer.
  bool grant(const Request& request, Headers& headers) const;

  std::vector<std::string> origins_;  // sorted; empty: every origin
  Headers preflight_;                 // what a preflight's answer has beside the origin
  Headers exposed_;                   // what another answer has beside the origin
  bool credentials_;
};

}  // namespace lift
