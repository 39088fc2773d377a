#pragma once
// One setting of the policies, as a flag tells it: "bulkhead=50,limit=100/s,breaker=on".

#include <optional>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/ratelimit/limit_options.h"
#include "lift/resilience/bulkhead_options.h"
#include "lift/resilience/circuit_breaker_options.h"

namespace replay {

struct Setting {
  lift::Duration deadline = std::chrono::seconds(30);
  std::optional<lift::Quota> limit;  ///< of each tenant
  std::optional<lift::BulkheadOptions> bulkhead;
  std::optional<lift::CircuitBreakerOptions> breaker;

  /// Keys: `deadline`, `limit`, `burst`, `bulkhead`, `tenant`, `operation`, `max_wait` (0s: no
  /// queue), `breaker` (on), `failures`, `failure_rate`, `slow`, `open`. "" sets nothing. Errors
  /// name the key, its value and the rule.
  static lift::Result<Setting> parse(std::string_view text);
};

}  // namespace replay
