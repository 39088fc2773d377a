#pragma once
// The limits of a layer as requests meet them: options looked up beforehand, counts, metrics.
//
// Thread-safety: immutable once made; the counts are shared. Cost: see its parts.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lift/base/sip_hash.h"
#include "lift/chain/context.h"
#include "lift/ratelimit/detail/memory_limit.h"
#include "lift/ratelimit/limit_headers.h"
#include "lift/ratelimit/limit_options.h"
#include "lift/telemetry/telemetry.h"

namespace lift::detail {

class OneLimit {
 public:
  OneLimit(LimitOptions options, const OneLimit* before, Telemetry& telemetry);

  [[nodiscard]] const LimitOptions& options() const noexcept { return options_; }
  [[nodiscard]] LimitCounts& counts() const noexcept { return *counts_; }
  [[nodiscard]] const std::shared_ptr<LimitCounts>& share() const noexcept { return counts_; }
  [[nodiscard]] const Quota& quota(std::size_t index) const noexcept { return quotas_[index]; }

  /// Whether it is asked about this request.
  [[nodiscard]] bool applies(const Context& ctx) const;
  /// False: this request is not limited.
  [[nodiscard]] bool key_of(const Context& ctx, LimitKey& key) const;
  /// Which of its quotas is the caller's.
  [[nodiscard]] std::size_t quota_of(const Context& ctx) const;
  [[nodiscard]] std::uint64_t cost_of(const Context& ctx) const {
    return options_.cost ? options_.cost(ctx) : 1;
  }
  /// What the request has cost, of which `held` was held.
  [[nodiscard]] std::uint64_t final_cost(const Context& ctx, const Outcome& outcome,
                                         std::uint64_t held) const noexcept;

  Counter allowed;
  Counter refused;
  Counter would_refuse;
  Counter newly_refused;
  Counter newly_allowed;

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Index = std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>>;
  [[nodiscard]] Index index(const std::map<std::string, Quota, std::less<>>& quotas);
  void register_metrics(MetricRegistry& metrics);

  LimitOptions options_;
  std::vector<Quota> quotas_;
  Index users_;
  Index tenants_;
  Index plans_;
  std::shared_ptr<LimitCounts> counts_;
};

struct LimitSet {
  RateLimitOptions options;  // without the limits
  LegacyHeaderNames names;
  HashKey secret;
  std::vector<OneLimit> limits;

  /// Limits of the same name keep what `before` has counted, as far as their kind allows.
  LimitSet(RateLimitOptions given, const LimitSet* before, const HashKey& key,
           Telemetry& telemetry);
};

}  // namespace lift::detail
