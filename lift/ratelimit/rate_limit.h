#pragma once
// The `rate_limit` layer: how much each tenant, user or client may ask for.
//
//   auto limits = RateLimit::make({.limits = {per_tenant({.rate = per_second(100)}),
//                                             per_user({.rate = per_minute(60)})}},
//                                 app.telemetry());
//   app.use(limits);
//
// A request is let in by all its limits or charged by none. One that is refused gets 429
// RATE_LIMITED, reason `rate_limited`, with `Retry-After`: whole seconds, rounded up, at least one,
// absent if it can never be let in as it costs more than a burst. The answer is the original's
// body, `error`, `limit`, `remaining`, `reset_at` and `retry_after`, with the members of a problem
// (RFC 9457) beside them, and is sent as application/problem+json to who asks for that. Every
// answer of a limited request, whoever gives it, has the headers that tell where the caller stands.
//
// It stands inside `identify`, so that callers are known, and probes never come so far. How its
// counts are kept is told with the algorithms (gcra.h and others) and the table (cell_table.h).
// Thread-safety: shared by all loops; update() from any thread.
// Cost: one limit about 60 ns among 1,000 keys, its headers 50 ns, each further limit 50 ns; no
// lock and no allocation but for a key that is new.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/base/random.h"
#include "lift/base/sip_hash.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"
#include "lift/ratelimit/limit_options.h"
#include "lift/telemetry/metrics.h"

namespace lift {

class Telemetry;

namespace detail {
struct LimitSet;
class Asking;
struct HeldCharges;
struct LimitSnapshot;
}  // namespace detail

class RateLimit {
 public:
  static constexpr std::string_view kName = "rate_limit";
  struct Slot {
    const LimitVerdict* verdicts = nullptr;
    std::size_t count = 0;
    detail::HeldCharges* held = nullptr;
  };

  /// Error `bad_configuration` with every broken rule. The telemetry must outlive the layer. Which
  /// keys share a place of a table is drawn from `random`.
  static Result<std::shared_ptr<RateLimit>> make(const RateLimitOptions& options,
                                                 Telemetry& telemetry);
  static Result<std::shared_ptr<RateLimit>> make(const RateLimitOptions& options,
                                                 Telemetry& telemetry, Random& random);
  RateLimit(const RateLimit&) = delete;
  RateLimit& operator=(const RateLimit&) = delete;
  ~RateLimit();

  /// Replaces the limits for requests that enter from now on; on an error the old ones stay. What a
  /// limit of the same name has counted counts on under its new quota, unless its algorithm, its
  /// `max_keys`, what it charges or a sliding window's period is another.
  Result<> update(const RateLimitOptions& options);

  /// How a limit stands, under its `quota`, with a key as `by` or `key` makes it; nothing if there
  /// is no such limit.
  [[nodiscard]] std::optional<LimitDecision> peek(std::string_view limit,
                                                  const LimitKey& key) const;

  Verdict enter(Context& ctx, Slot& slot);
  void leave(Context& ctx, Slot& slot, const Outcome& outcome) noexcept;
  void end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept;

 private:
  RateLimit(const RateLimitOptions& options, Telemetry& telemetry, HashKey secret);
  class Saver;
  void restore(const detail::LimitSnapshot& kept);
  void save();
  void observe();
  void observe_sharing();
  static Task<Verdict> ask_on(Context& ctx, Slot& slot, std::shared_ptr<const detail::LimitSet> set,
                              detail::Asking asking, LimitTime time);
  static Verdict conclude(Context& ctx, Slot& slot,
                          const std::shared_ptr<const detail::LimitSet>& set,
                          const detail::Asking& asking, const LimitTime& time);
  [[nodiscard]] LimitTime time_of(Instant now) const noexcept;

  Telemetry& telemetry_;
  const HashKey secret_;
  const std::string snapshot_;
  std::mutex saving_;
  std::mutex changing_;
  Live<std::shared_ptr<const detail::LimitSet>> set_;
  std::vector<Observation> observations_;
};

}  // namespace lift
