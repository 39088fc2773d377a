#include "lift/ratelimit/limit_options.h"

#include <algorithm>
#include <set>

#include "lift/base/ascii.h"
#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/gcra_hold.h"
#include "lift/ratelimit/lease_plan.h"
#include "lift/ratelimit/sliding_window.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostLimits = 16;
constexpr std::size_t kMostOverrides = 10'000;
constexpr std::size_t kMostLogBytes = 1UL << 30U;
constexpr std::size_t kMostLogCount = 4096;

bool valid_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_' || c == '-';
  });
}

/// What a quota must keep to besides its own rules, by how it is counted.
void check_quota(Problems& problems, const std::string& field, const Quota& quota,
                 const LimitOptions& options) {
  const Problems own = quota.validate();
  problems.add_all(field, own);
  if (!own.empty()) return;
  const auto at_most = [&](const std::string& what, std::uint64_t value, std::uint64_t most) {
    if (value > most) {
      problems.add(field + what, std::to_string(value),
                   "must be at most " + std::to_string(most) + " with this algorithm");
    }
  };
  if (options.algorithm == LimitAlgorithm::gcra) {
    if (!options.settles() || options.sharing) return;
    at_most(".burst", quota.burst_size(), GcraHold::kMostBurst);
    const long double seconds = std::chrono::duration<long double>(quota.rate.per).count();
    if (static_cast<long double>(quota.rate.count) / seconds > GcraHold::kMostPerSecond) {
      problems.add(field + ".rate", quota.rate.to_string(),
                   "must be at most 10000 a second where the end of a request decides");
    }
    return;
  }
  if (quota.burst) {
    problems.add(field + ".burst", std::to_string(*quota.burst),
                 "must be absent: a window has none");
  }
  if (options.algorithm == LimitAlgorithm::fixed_window) {
    at_most(".rate.count", quota.rate.count, FixedWindow::kMostCount);
    if (quota.rate.per % 1ms != 0ns) {
      problems.add(field + ".rate.per", quota.rate.to_string(), "must be whole milliseconds");
    }
  } else if (options.algorithm == LimitAlgorithm::sliding_window) {
    at_most(".rate.count", quota.rate.count, SlidingWindow::kMostCount);
  } else {
    at_most(".rate.count", quota.rate.count, kMostLogCount);
  }
}

void check_quotas(Problems& problems, const LimitOptions& options) {
  check_quota(problems, "quota", options.quota, options);
  const std::pair<std::string, const std::map<std::string, Quota, std::less<>>*> all[] = {
      {"users", &options.users}, {"tenants", &options.tenants}, {"plans", &options.plans}};
  for (const auto& [field, quotas] : all) {
    for (const auto& [name, quota] : *quotas) {
      check_quota(problems, field + "[" + name + "]", quota, options);
    }
  }
  const std::size_t overrides =
      options.users.size() + options.tenants.size() + options.plans.size();
  if (overrides > kMostOverrides) {
    problems.add("tenants", std::to_string(overrides) + " quotas", "must be at most 10000 in all");
  }
  if (!options.plans.empty() && !options.plan) {
    problems.add("plan", "absent", "must say which plan a caller is on");
  }
}

void check_room(Problems& problems, const LimitOptions& options) {
  const bool log = options.algorithm == LimitAlgorithm::sliding_log;
  const std::size_t most = log ? 1U << 20U : 1U << 24U;
  if (options.max_keys < (log ? 1U : 8U) || options.max_keys > most) {
    problems.add("max_keys", std::to_string(options.max_keys),
                 "must be from " + std::string(log ? "1" : "8") + " to " + std::to_string(most));
  } else if (log && options.quota.rate.count * 8 * options.max_keys > kMostLogBytes) {
    problems.add("max_keys", std::to_string(options.max_keys),
                 "must need no more than 1 GiB: 8 bytes for each key and each of its count");
  }
}

/// What sharing asks of the limit.
void check_sharing(Problems& problems, const LimitOptions& options) {
  if (!options.sharing) return;
  const LimitSharing& sharing = *options.sharing;
  const Problems own = sharing.validate();
  problems.add_all("sharing", own);
  const bool window = options.algorithm == LimitAlgorithm::fixed_window;
  if (options.algorithm != LimitAlgorithm::gcra && !window) {
    problems.add("algorithm", "a sliding one", "must be gcra or fixed_window to be shared");
  }
  if (window && sharing.shards > 1) {
    problems.add("sharing.shards", std::to_string(sharing.shards), "must be 1 for a fixed window");
  }
  if (includes(options.by, LimitBy::credential) && sharing.secret.empty()) {
    problems.add("sharing.secret", "absent", "must be given where credentials are counted");
  }
  if (!own.empty() || window) return;
  const auto check = [&](const std::string& field, const Quota& quota) {
    if (!quota.validate().empty()) return;
    const Result<LeasePlan> plan = LeasePlan::make(quota, sharing);
    if (!plan) problems.add(field, quota.rate.to_string(), plan.error().message);
  };
  check("quota", options.quota);
  for (const auto& [name, quota] : options.users) check("users[" + name + "]", quota);
  for (const auto& [name, quota] : options.tenants) check("tenants[" + name + "]", quota);
  for (const auto& [name, quota] : options.plans) check("plans[" + name + "]", quota);
}

}  // namespace

Problems LimitOptions::validate() const {
  Problems problems;
  if (!valid_name(name)) problems.add("name", name, "must be 1 to 64 of a-z, 0-9, _ and -");
  check_quotas(problems, *this);
  check_room(problems, *this);
  check_sharing(problems, *this);
  if (max_wait < 0s || max_wait > 1min) {
    problems.add("max_wait", std::to_string(max_wait.count()) + "ns", "must be from 0 to 1 min");
  }
  if (max_wait > 0s && (algorithm != LimitAlgorithm::gcra || settles())) {
    problems.add("max_wait", std::to_string(max_wait.count()) + "ns",
                 "needs gcra, and a cost that is known at the beginning");
  }
  if (weigh && charge != LimitCharge::every) {
    problems.add("weigh", "set", "must be absent unless every request counts");
  }
  if (v6_bits < 32 || v6_bits > 128) {
    problems.add("v6_bits", std::to_string(v6_bits), "must be from 32 to 128");
  }
  if (!compare_to.empty() && mode != LayerMode::shadow) {
    problems.add("compare_to", compare_to, "must be absent unless the limit is in shadow");
  }
  return problems;
}

Problems RateLimitOptions::validate() const {
  Problems problems;
  if (limits.size() > kMostLimits) {
    problems.add("limits", std::to_string(limits.size()), "must be at most 16");
  }
  std::set<std::string_view> names;
  for (const LimitOptions& limit : limits) {
    const std::string field = "limits[" + limit.name + "]";
    problems.add_all(field, limit.validate());
    if (!limit.compare_to.empty() && !names.contains(limit.compare_to)) {
      problems.add(field + ".compare_to", limit.compare_to, "must name a limit before this one");
    }
    if (!names.insert(limit.name).second) problems.add(field, limit.name, "must be unique");
  }
  if (header_prefix.size() > 64 || !ascii::is_token(header_prefix)) {
    problems.add("header_prefix", header_prefix, "must be 1 to 64 characters of a header's name");
  }
  return problems;
}

namespace {

LimitOptions limit_by(std::string name, LimitBy by, const Quota& quota) {
  LimitOptions options;
  options.name = std::move(name);
  options.by = by;
  options.quota = quota;
  return options;
}

}  // namespace

LimitOptions per_tenant(const Quota& quota) { return limit_by("tenant", LimitBy::tenant, quota); }
LimitOptions per_user(const Quota& quota) { return limit_by("user", LimitBy::user, quota); }
LimitOptions per_client(const Quota& quota) { return limit_by("client", LimitBy::client, quota); }
LimitOptions per_operation(const Quota& quota) {
  return limit_by("operation", LimitBy::tenant | LimitBy::operation, quota);
}

}  // namespace lift
