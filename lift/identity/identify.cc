#include "lift/identity/identify.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::size_t kMaxProxies = 256;

/// What the sources asked so far know of the caller.
enum class Finding : std::uint8_t { nothing, wrong, known };

Verdict admit(Context& ctx) {
  if (!ctx.route().require_tenant.value_or(false) || !ctx.tenant().empty()) return Verdict::proceed;
  return ctx.reject("tenant_required",
                    HttpError(400, "TENANT_REQUIRED", "This request needs a tenant."));
}

Verdict conclude(Context& ctx, const IdentifyOptions& options, Finding finding) {
  const bool open = ctx.route().is_public.value_or(!options.has_source());
  if (open || finding == Finding::known) return admit(ctx);
  return ctx.reject("unauthorized",
                    unauthorized(finding == Finding::wrong ? "The credentials are not valid."
                                                           : "Credentials are required."));
}

Finding from_token(Context& ctx, TokenFile& file) {
  const Headers& headers = ctx.request().headers;
  std::string_view token = headers.value("authorization");
  if (!ascii::same(ascii::cut(token, ' '), "bearer")) return Finding::nothing;
  if (headers.count("authorization") > 1) return Finding::wrong;
  file.refresh(ctx.start());
  const Claims* claims = file.table().find(ascii::trim(token));
  if (claims == nullptr) return Finding::wrong;
  ctx.set_identity(keep(ctx.arena(), *claims));
  return Finding::known;
}

bool trusted(const IdentifyOptions& options, const IpAddress& peer) noexcept {
  return std::ranges::any_of(options.trusted_proxies,
                             [&](const Cidr& c) { return c.contains(peer); });
}

Finding take(Context& ctx, const Identity& said) {
  if (said.anonymous()) return Finding::nothing;
  if (!broken_rule(said).empty()) return Finding::wrong;
  ctx.set_identity(keep(ctx.arena(), said));
  return Finding::known;
}

/// The first value of a field and how often it comes.
struct Said {
  std::string_view value;
  std::size_t count = 0;
  void take(std::string_view next) noexcept {
    if (count++ == 0) value = next;
  }
};

Finding from_proxy(Context& ctx, const ProxyIdentity& names) {
  const Headers& headers = ctx.request().headers;
  Said tenant;
  Said user;
  Said list;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (Headers::same_name(name, names.tenant_header)) tenant.take(value);
    if (Headers::same_name(name, names.user_header)) user.take(value);
    if (Headers::same_name(name, names.roles_header)) list.take(value);
  }
  if (tenant.count > 1 || user.count > 1 || list.count > 1) return Finding::wrong;
  if (list.value.empty())
    return take(ctx, {.tenant = tenant.value, .user = user.value, .roles = {}});
  std::array<std::string_view, kMaxRoles + 1> roles;
  std::size_t count = 0;
  while (!list.value.empty() && count < roles.size()) {
    roles[count++] = ascii::trim(ascii::cut(list.value, ','));
  }
  return take(ctx,
              {.tenant = tenant.value, .user = user.value, .roles = std::span(roles).first(count)});
}

Verdict settle(Context& ctx, const IdentifyOptions& options, const Resolution& resolution,
               Finding before) {
  if (!resolution) {
    if (ctx.route().is_public.value_or(false)) return admit(ctx);
    return ctx.reject(resolution.error().status() < 500 ? "unauthorized" : "identity_unavailable",
                      resolution.error());
  }
  const std::optional<Claims>& claims = *resolution;
  if (!claims) return conclude(ctx, options, before);
  if (!broken_rule(*claims).empty()) return conclude(ctx, options, Finding::wrong);
  ctx.set_identity(keep(ctx.arena(), *claims));
  return conclude(ctx, options, Finding::known);
}

/// Owns the options, which an update may replace while it waits.
Task<Verdict> settle_later(Context& ctx, std::shared_ptr<const IdentifyOptions> options,
                           Finding before) {
  Task<Resolution> asking = options->async_resolver(ctx);
  const Resolution resolution = co_await asking;
  co_return settle(ctx, *options, resolution, before);
}

}  // namespace

bool IdentifyOptions::has_source() const noexcept {
  return tokens != nullptr || proxy_identity.has_value() || resolver != nullptr ||
         async_resolver != nullptr;
}

Problems IdentifyOptions::validate() const {
  Problems problems;
  if (trusted_proxies.size() > kMaxProxies) {
    problems.add("trusted_proxies", std::to_string(trusted_proxies.size()) + " networks",
                 "must be at most 256");
  }
  if (resolver && async_resolver)
    problems.add("resolver", "set", "must not be set together with `async_resolver`");
  if (!proxy_identity) return problems;
  if (trusted_proxies.empty())
    problems.add("proxy_identity", "set", "needs at least one of `trusted_proxies`");
  const ProxyIdentity& names = *proxy_identity;
  const std::pair<std::string_view, const std::string&> fields[] = {
      {"proxy_identity.tenant_header", names.tenant_header},
      {"proxy_identity.user_header", names.user_header},
      {"proxy_identity.roles_header", names.roles_header}};
  for (const auto& [field, name] : fields) {
    if (!ascii::is_token(name))
      problems.add(std::string(field), name, "must be the name of a header");
  }
  return problems;
}

Result<std::shared_ptr<Identify>> Identify::make(const IdentifyOptions& options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<Identify>(new Identify(options));
}

Result<> Identify::update(const IdentifyOptions& options) {
  Result<> valid = options.validate().as_result();
  if (valid) options_.replace(options);
  return valid;
}

Verdict Identify::enter(Context& ctx, NoSlot&) {
  const IdentifyOptions& options = options_.read();
  const Request& request = ctx.request();
  const bool proxied = trusted(options, request.peer);
  if (proxied) {
    ctx.set_client_address(
        client_address(request.peer, request.headers, options.trusted_proxies, options.forwarded));
  }
  Finding finding = Finding::nothing;
  if (options.tokens) finding = from_token(ctx, *options.tokens);
  if (finding != Finding::known && options.proxy_identity && proxied) {
    finding = std::max(finding, from_proxy(ctx, *options.proxy_identity));
  }
  if (finding == Finding::known) return conclude(ctx, options, finding);
  if (options.async_resolver) return ctx.pending(settle_later(ctx, options_.share(), finding));
  if (options.resolver) return settle(ctx, options, options.resolver(ctx), finding);
  return conclude(ctx, options, finding);
}

}  // namespace lift
