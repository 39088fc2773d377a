#pragma once
// How much each tenant of the demo may ask for, and each user of a tenant: half of that.

#include <cstdint>
#include <optional>
#include <vector>

#include "lift/app/command_line.h"
#include "lift/ratelimit/limit_options.h"

namespace payments {

struct Limits {
  std::optional<lift::Rate> rate = lift::per_second(100);  ///< of a tenant; absent: no limits
  std::uint64_t burst = 200;                               ///< of a tenant

  /// `--limit` and `--burst`.
  [[nodiscard]] std::vector<lift::Flag> flags();
  [[nodiscard]] std::optional<lift::RateLimitOptions> options() const;
};

}  // namespace payments
