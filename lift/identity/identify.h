#pragma once
// The `identify` layer: who asks, from something the caller cannot choose freely.
//
// Sources are asked in this order, and the first that knows the caller decides:
// - a bearer token (RFC 6750) that is in the token file;
// - headers in which a declared trusted proxy says whom it has let in. From any other peer they
//   mean nothing, so no client chooses its tenant by a header;
// - a function of the app's, which may wait (to fetch keys, say).
//
// A caller without credentials, or with wrong ones, is refused with 401 UNAUTHORIZED (reason
// `unauthorized`). On a route that `is_public` it is let in as anonymous instead; without any
// source every route is public. A route with `require_tenant` refuses a caller without a tenant
// with 400 TENANT_REQUIRED (reason `tenant_required`).
//
// It also finds the client's address behind trusted proxies: Context::client_address().
//
// Thread-safety: shared by all loops; update() from any thread.
// Cost: anonymous about 10 ns, proxy headers 50 ns, a token 200 ns (SHA-256). Identities are copied
// to the request's arena; nothing is allocated.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/base/task.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"
#include "lift/http/forwarded.h"
#include "lift/identity/claims.h"
#include "lift/identity/token_file.h"

namespace lift {

/// Headers in which a trusted proxy names the caller. One that comes more than once makes the
/// credentials wrong: the proxy has passed on what a client sent.
struct ProxyIdentity {
  std::string tenant_header = "x-tenant-id";
  std::string user_header = "x-user-id";
  /// A list with commas.
  std::string roles_header = "x-roles";
};

/// What a function made of a request: who asks; nothing if there are no credentials that it knows;
/// or an error to answer with where the route is not public: 401 for wrong credentials, 503 if it
/// could not find out.
using Resolution = std::expected<std::optional<Claims>, HttpError>;
using Resolver = std::function<Resolution(Context&)>;
using AsyncResolver = std::function<Task<Resolution>(Context&)>;

struct IdentifyOptions {
  /// Networks of the proxies in front of the service; none by default. At most 256.
  std::vector<Cidr> trusted_proxies{};
  /// Which header they extend.
  ForwardedSource forwarded = ForwardedSource::x_forwarded_for;
  /// Absent: no tokens.
  std::shared_ptr<TokenFile> tokens{};
  /// Absent: no proxy names the caller. Needs `trusted_proxies`.
  std::optional<ProxyIdentity> proxy_identity{};
  /// At most one of these two.
  Resolver resolver{};
  AsyncResolver async_resolver{};

  [[nodiscard]] bool has_source() const noexcept;
  [[nodiscard]] Problems validate() const;
};

class Identify {
 public:
  static constexpr std::string_view kName = "identify";

  /// Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<Identify>> make(const IdentifyOptions& options = {});
  /// Replaces the options for requests that enter from now on; on an error the old ones stay.
  Result<> update(const IdentifyOptions& options);

  Verdict enter(Context& ctx, NoSlot&);

 private:
  explicit Identify(const IdentifyOptions& options) : options_(options) {}

  Live<IdentifyOptions> options_;
};

}  // namespace lift
