#include "lift/chain/order.h"

#include <algorithm>
#include <array>
#include <string>

namespace lift {
namespace {

constexpr std::array kRules{
    OrderRule{"observe", "edge", "observe must see every request, also those that edge answers"},
    OrderRule{"observe", "health", "observe stands outside everything"},
    OrderRule{"observe", "identify", "observe must see requests refused for their credentials"},
    OrderRule{"observe", "deadline", "observe must see a timeout as a timeout"},
    OrderRule{"observe", "load_shed", "observe must see requests that were shed"},
    OrderRule{"observe", "rate_limit", "observe must see requests that were limited"},
    OrderRule{"observe", "bulkhead", "observe must see requests that found no room"},
    OrderRule{"observe", "circuit_breaker", "observe must see requests that a breaker refused"},
    OrderRule{"observe", "retry", "observe counts a request once, whatever its attempts"},
    OrderRule{"edge", "health", "the request id and the security headers belong on every answer"},
    OrderRule{"edge", "identify",
              "a refusal needs its request id, and a CORS preflight has no credentials"},
    OrderRule{"edge", "deadline", "a timeout's answer needs its request id and headers"},
    OrderRule{"edge", "load_shed", "a refusal needs its request id and headers"},
    OrderRule{"edge", "rate_limit", "a refusal needs its request id and headers"},
    OrderRule{"edge", "bulkhead", "a refusal needs its request id and headers"},
    OrderRule{"edge", "circuit_breaker", "a refusal needs its request id and headers"},
    OrderRule{"health", "identify", "probes carry no credentials"},
    OrderRule{"health", "load_shed", "health must answer when everything else refuses"},
    OrderRule{"health", "rate_limit", "probes are never limited"},
    OrderRule{"health", "bulkhead", "probes never wait for room"},
    OrderRule{"identify", "require_role", "roles are known once the caller is"},
    OrderRule{"identify", "rate_limit",
              "limits are per tenant and user, so the caller must be known"},
    OrderRule{"identify", "bulkhead", "shares are per tenant, so the caller must be known"},
    OrderRule{"identify", "circuit_breaker",
              "breakers are per tenant, so the caller must be known"},
    OrderRule{"deadline", "bulkhead", "a wait for room is bounded by the deadline"},
    OrderRule{"deadline", "circuit_breaker", "a timeout must count as a failure of what timed out"},
    OrderRule{"deadline", "retry", "all attempts share one deadline"},
    OrderRule{"load_shed", "rate_limit",
              "the cheapest refusal goes first, and shed requests must not spend quota"},
    OrderRule{"load_shed", "bulkhead", "the cheapest refusal goes first"},
    OrderRule{"rate_limit", "bulkhead", "nothing may wait for room that has no quota"},
    OrderRule{"bulkhead", "circuit_breaker",
              "a half-open probe must not be held up by a full bulkhead"},
    OrderRule{"retry", "circuit_breaker",
              "the breaker must judge every attempt, so it stands inside retry"},
};

/// Layers of Lift keep state for a request or stand for a place; a role is merely asked for.
bool stands_once(std::string_view name) noexcept {
  return name != "require_role" && std::ranges::any_of(kRules, [name](const OrderRule& rule) {
           return rule.outer == name || rule.inner == name;
         });
}

}  // namespace

std::span<const OrderRule> order_rules() noexcept { return kRules; }

Problems check_order(std::span<const std::string_view> names) {
  Problems problems;
  for (auto it = names.begin(); it != names.end(); ++it) {
    if (stands_once(*it) && std::find(names.begin(), it, *it) != it) {
      problems.add("layers", std::string(*it), "stands in the chain twice");
    }
  }
  for (const OrderRule& rule : kRules) {
    const auto outer = std::find(names.begin(), names.end(), rule.outer);
    const auto inner = std::find(names.begin(), names.end(), rule.inner);
    if (outer == names.end() || inner == names.end() || outer < inner) continue;
    problems.add("layers", std::string(rule.inner),
                 "must stand inside " + std::string(rule.outer) + ": " + std::string(rule.reason));
  }
  return problems;
}

}  // namespace lift
