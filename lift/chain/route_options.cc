#include "lift/chain/route_options.h"

#include <string>

namespace lift {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t kMaxBody = std::uint64_t{1} << 40;

template <class T>
std::optional<T> first(const std::optional<T>& inner, const std::optional<T>& outer) noexcept {
  return inner ? inner : outer;
}

}  // namespace

RouteOptions RouteOptions::over(const RouteOptions& outer) const noexcept {
  RouteOptions merged;
  // A route's own word on its time replaces both of the group's: a timeout ends "unlimited" and the
  // other way round.
  const bool own_time = timeout.has_value() || unlimited.has_value();
  merged.timeout = own_time ? timeout : outer.timeout;
  merged.unlimited = own_time ? unlimited : outer.unlimited;
  merged.body_limit = first(body_limit, outer.body_limit);
  merged.idempotent = first(idempotent, outer.idempotent);
  merged.require_tenant = first(require_tenant, outer.require_tenant);
  merged.is_public = first(is_public, outer.is_public);
  merged.priority = first(priority, outer.priority);
  merged.stream_request = first(stream_request, outer.stream_request);
  return merged;
}

Problems RouteOptions::validate() const {
  Problems problems;
  if (timeout && (*timeout < 1ms || *timeout > 24h)) {
    problems.add("timeout", std::to_string(timeout->count()) + "ns", "must be 1 ms to 24 h");
  }
  if (timeout && unlimited.value_or(false)) {
    problems.add("unlimited", "true", "must not be given together with timeout");
  }
  if (body_limit && *body_limit > kMaxBody) {
    problems.add("body_limit", std::to_string(*body_limit), "must be at most 1 TiB");
  }
  if (require_tenant.value_or(false) && is_public.value_or(false)) {
    problems.add("is_public", "true", "must not be given together with require_tenant");
  }
  return problems;
}

}  // namespace lift
