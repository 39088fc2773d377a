#pragma once
// How much each tenant of the demo may ask for, and each user of a tenant: half of that; in one
// process, or in all that share a table.
//
// Thread-safety: none needed, used by main.
// Cost: at start only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lift/app/command_line.h"
#include "lift/ratelimit/limit_options.h"

namespace payments {

struct Limits {
  std::optional<lift::Rate> rate = lift::per_second(100);  ///< of a tenant; absent: no limits
  std::uint64_t burst = 200;                               ///< of a tenant

  bool shared = false;  ///< over DynamoDB
  lift::SharingMode mode = lift::SharingMode::lease;
  std::string table = "lift-limits";

  /// `--limit`, `--burst`, `--limit-store`, `--limit-mode` and `--limit-table`.
  [[nodiscard]] std::vector<lift::Flag> flags();
  /// `endpoint` is DynamoDB's, "" for the region's own. A problem names the flag.
  [[nodiscard]] std::optional<lift::RateLimitOptions> options(const std::string& endpoint,
                                                              lift::Problems& problems) const;
};

}  // namespace payments
