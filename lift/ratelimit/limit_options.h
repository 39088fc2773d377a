#pragma once
// What is limited, for whom, and by how much.
//
//   LimitOptions tenants = per_tenant({.rate = per_second(100), .burst = 20});
//   tenants.tenants["acme"] = {.rate = per_second(1000)};
//
// Thread-safety: plain values.
// Cost: at start and at updates only.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/chain/layer_mode.h"
#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/limit_key.h"
#include "lift/ratelimit/limit_sharing.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class Context;
struct Outcome;
struct Response;

enum class LimitAlgorithm : std::uint8_t {
  gcra,            ///< a token bucket: smooth, exact, without boundaries
  fixed_window,    ///< the original's: up to twice the count around a boundary
  sliding_window,  ///< an estimate of the last period from two counts
  sliding_log,     ///< each request of the last period kept: exact, 8 bytes a token
};

/// Who is counted apart. Together they make a tuple: `LimitBy::tenant | LimitBy::operation`.
enum class LimitBy : std::uint8_t {
  everyone = 0,   ///< nobody: one count for all
  tenant = 1,     ///< a caller without a tenant by its address
  user = 2,       ///< within its tenant; a caller without a user by its address
  client = 4,     ///< the address, seen through trusted proxies only
  operation = 8,  ///< the route's template, never the path
  method = 16,
  credential = 32,  ///< the Authorization header
};

[[nodiscard]] constexpr LimitBy operator|(LimitBy a, LimitBy b) noexcept {
  return static_cast<LimitBy>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool includes(LimitBy all, LimitBy one) noexcept {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

/// Which requests count. Those whose end decides are held until then.
enum class LimitCharge : std::uint8_t {
  every,
  failures,   ///< successful ones do not count: against guessing of passwords
  successes,  ///< those that did not succeed do not count
};

struct LimitOptions {
  /// In metrics, logs and headers: 1 to 64 of `a-z 0-9 _ -`, unique.
  std::string name;
  Quota quota;
  LimitBy by = LimitBy::tenant;
  LimitAlgorithm algorithm = LimitAlgorithm::gcra;
  LayerMode mode = LayerMode::enforce;
  LimitCharge charge = LimitCharge::every;

  /// Quotas of their own, in this order of precedence: the user's ("tenant/user"), the tenant's,
  /// that of the plan which `plan` names, `quota`. At most 10,000 in all.
  std::map<std::string, Quota, std::less<>> users = {};
  std::map<std::string, Quota, std::less<>> tenants = {};
  std::map<std::string, Quota, std::less<>> plans = {};
  /// The name of the caller's plan; "" or an unknown one: none.
  std::function<std::string_view(const Context&)> plan = {};

  /// Routes whose requests count, by their templates, and methods ("GET"). Empty: all.
  std::vector<std::string> operations = {};
  std::vector<std::string> methods = {};
  /// The key instead of `by`; false: this request is not limited.
  std::function<bool(const Context&, LimitKey&)> key = {};
  /// What a request costs, 1 where absent; 0 is not charged. More than the burst is never allowed.
  std::function<std::uint64_t(const Context&)> cost = {};
  /// What it has cost, known at its end; what `cost` says is held until then. Only with `every`.
  std::function<std::uint64_t(const Context&, const Outcome&)> weigh = {};

  /// Waits so long at most for its turn instead of being refused: 0 to 1 min. Only GCRA, and only
  /// `every` without `weigh`.
  Duration max_wait{};
  /// CORS preflights are not limited.
  bool skip_options = true;
  /// Bits of an IPv6 address that tell clients apart: 32 to 128.
  unsigned v6_bits = 64;
  /// Keys that are in use at one time and are told apart for certain: 8 to 16,777,216, four places
  /// of 17 bytes each; of a sliding log 1 to 1,048,576, with 8 bytes for each of its count. What
  /// happens beyond is told in cell_table.h.
  std::size_t max_keys = 16'384;
  /// Shared with other instances of the service; only GCRA and fixed windows. Such limits stand
  /// last: what one of them has taken may be lost where the next refuses.
  std::optional<LimitSharing> sharing = {};
  /// In shadow: the name of a limit before this one to compare with, as `lift.ratelimit.shadow`.
  std::string compare_to = "";

  [[nodiscard]] Problems validate() const;
  /// Whether what a request costs is known only at its end.
  [[nodiscard]] bool settles() const noexcept {
    return charge != LimitCharge::every || weigh != nullptr;
  }
};

[[nodiscard]] LimitOptions per_tenant(const Quota& quota);
[[nodiscard]] LimitOptions per_user(const Quota& quota);
[[nodiscard]] LimitOptions per_client(const Quota& quota);
[[nodiscard]] LimitOptions per_operation(const Quota& quota);

/// Which headers tell the caller where it stands, by the revision that they are of.
enum class LimitHeaders : std::uint8_t {
  none,
  legacy,    ///< X-RateLimit-Limit, -Remaining, and -Reset in seconds since 1970
  draft_06,  ///< draft-ietf-httpapi-ratelimit-headers-06: RateLimit-Limit, -Remaining, -Reset
  draft_07,  ///< RateLimit: limit=, remaining=, reset=; RateLimit-Policy
  draft_11,  ///< structured fields: RateLimit: "name";r=;t=; RateLimit-Policy: "name";q=;w=
};

/// A limit's decision, with the limit.
struct LimitVerdict {
  std::string_view limit;
  Rate rate;
  LimitDecision decision;
};

struct RateLimitOptions {
  /// Asked in this order; a request is let in by all or charged by none. At most 16.
  std::vector<LimitOptions> limits = {};
  LimitHeaders headers = LimitHeaders::legacy;
  /// Of the legacy headers: a token of 1 to 64.
  std::string header_prefix = "X-RateLimit";
  /// Where gcra and fixed_window limits that are neither shared nor charged at the end keep their
  /// counts across a restart: a file of 17 bytes and 16 a key in use, written at the end and twice
  /// a minute, readable by its owner only, as it has the secret of the keys. "": nowhere.
  std::string snapshot = {};
  /// The answer to a refused request instead of the 429; headers are added to it all the same.
  std::function<Response(Context&, const LimitVerdict&)> on_refused = {};

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
