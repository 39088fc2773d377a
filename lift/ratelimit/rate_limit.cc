#include "lift/ratelimit/rate_limit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lift/ratelimit/detail/asking.h"
#include "lift/ratelimit/detail/limit_refusal.h"
#include "lift/ratelimit/detail/limit_set.h"
#include "lift/ratelimit/detail/limit_snapshot.h"
#include "lift/ratelimit/detail/shared_limit.h"
#include "lift/ratelimit/limit_headers.h"
#include "lift/telemetry/own_metrics.h"
#include "lift/telemetry/telemetry.h"

namespace lift {
namespace {

using detail::Asking;
using detail::LimitSet;
using detail::OneLimit;

Verdict refuse(Context& ctx, const LimitSet& set, std::span<const LimitVerdict> verdicts,
               WallTime now) {
  const LimitVerdict& refused = binding(verdicts);
  ctx.annotate(field("ratelimit.limit", refused.limit));
  Response response = set.options.on_refused ? set.options.on_refused(ctx, refused)
                                             : detail::limit_refusal(ctx, refused, now);
  set_limit_headers(response.headers, set.options.headers, set.names, verdicts, now);
  std::optional<Duration> retry;
  if (refused.decision.retry_after != kNeverAgain) retry = refused.decision.retry_after;
  const bool unknown = refused.decision.source == LimitSource::unavailable;
  return ctx.reject(unknown ? "rate_limit_unavailable" : "rate_limited", std::move(response),
                    retry);
}

/// Lets go of what was charged if the request ends before all limits have decided.
class Unfinished {
 public:
  explicit Unfinished(Asking& asking) noexcept : asking_(&asking) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (asking_ != nullptr) asking_->abandon();
  }
  void finished() noexcept { asking_ = nullptr; }

 private:
  Asking* asking_;
};

/// Until its turn has come. One that goes away meanwhile has used it, but holds nothing any more.
Task<Verdict> wait(Context& ctx, RateLimit::Slot& slot, Duration time, LimitTime begun) {
  try {
    const Duration gone = ctx.loop().clock().now() - ctx.start();
    if (gone < time) co_await ctx.sleep(time - gone);
  } catch (...) {
    if (slot.held != nullptr) std::exchange(slot.held, nullptr)->release(begun);
    throw;
  }
  co_return Verdict::proceed;
}

}  // namespace

/// Saves now and then, so that a crash does not forget all.
class RateLimit::Saver final : public TelemetryUpkeep {
 public:
  explicit Saver(const std::shared_ptr<RateLimit>& layer) : layer_(layer) {}
  void upkeep(Instant now) override {
    if (now < next_) return;
    next_ = saturating_add(now, std::chrono::seconds(30));
    if (const auto layer = layer_.lock()) layer->save();
  }
  void exporting(const RequestRead&, WallTime) override {}

 private:
  const std::weak_ptr<RateLimit> layer_;
  Instant next_{};
};

Result<std::shared_ptr<RateLimit>> RateLimit::make(const RateLimitOptions& options,
                                                   Telemetry& telemetry) {
  SecureRandom random;
  return make(options, telemetry, random);
}

Result<std::shared_ptr<RateLimit>> RateLimit::make(const RateLimitOptions& options,
                                                   Telemetry& telemetry, Random& random) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  HashKey secret{.low = random.next(), .high = random.next()};
  if (options.snapshot.empty()) {
    return std::shared_ptr<RateLimit>(new RateLimit(options, telemetry, secret));
  }
  const Result<detail::LimitSnapshot> kept = detail::load_snapshot(options.snapshot);
  if (kept) secret = kept->secret;
  std::shared_ptr<RateLimit> layer(new RateLimit(options, telemetry, secret));
  if (kept) {
    layer->restore(*kept);
  } else if (kept.error().code != "no_snapshot") {
    telemetry.log("ratelimit").warn("limits begin anew", field("why", kept.error().message));
  }
  telemetry.keep_up(std::make_shared<Saver>(layer));
  return layer;
}

void RateLimit::restore(const detail::LimitSnapshot& kept) {
  const std::shared_ptr<const LimitSet> set = *set_.share();
  const LimitTime now = time_of(telemetry_.clock().now());
  std::size_t lost = 0;
  for (const detail::LimitSnapshot::One& one : kept.limits) {
    for (const OneLimit& limit : set->limits) {
      const LimitOptions& options = limit.options();
      if (options.name != one.name || options.algorithm != one.algorithm) continue;
      lost += limit.counts().restore(one.words, now);
    }
  }
  if (lost > 0) {
    telemetry_.log("ratelimit").warn("counts of the snapshot found no room", field("keys", lost));
  }
}

void RateLimit::save() {
  const std::shared_ptr<const LimitSet> set = *set_.share();
  const LimitTime now = time_of(telemetry_.clock().now());
  detail::LimitSnapshot snapshot{.secret = secret_, .limits = {}};
  for (const OneLimit& limit : set->limits) {
    const LimitOptions& options = limit.options();
    snapshot.limits.push_back(
        {.name = options.name, .algorithm = options.algorithm, .words = limit.counts().keep(now)});
  }
  const std::scoped_lock lock(saving_);
  const Result<> saved = detail::save_snapshot(snapshot_, snapshot);
  if (!saved) {
    telemetry_.log("ratelimit").warn("limits were not saved", field("why", saved.error().message));
  }
}

RateLimit::RateLimit(const RateLimitOptions& options, Telemetry& telemetry, HashKey secret)
    : telemetry_(telemetry),
      secret_(secret),
      snapshot_(options.snapshot),
      set_(std::make_shared<const LimitSet>(options, nullptr, secret, telemetry)) {
  observe();
}

/// Threads that served requests may keep the limits a little longer; their stores they do not.
RateLimit::~RateLimit() {
  if (!snapshot_.empty()) save();
  const std::shared_ptr<const LimitSet> last = *set_.share();
  for (const OneLimit& limit : last->limits) limit.counts().close();
}

Result<> RateLimit::update(const RateLimitOptions& options) {
  Result<> valid = options.validate().as_result();
  if (!valid) return valid;
  const std::scoped_lock lock(changing_);
  const std::shared_ptr<const LimitSet> before = *set_.share();
  set_.replace(std::make_shared<const LimitSet>(options, before.get(), secret_, telemetry_));
  return valid;
}

void RateLimit::observe() {
  const auto each = [this](auto value) {
    return [this, value] {
      const std::shared_ptr<const LimitSet> set = *set_.share();
      std::vector<Observed> all;
      for (const OneLimit& limit : set->limits) {
        all.push_back(
            {.label_values = {limit.options().name}, .value = static_cast<double>(value(limit))});
      }
      return all;
    };
  };
  const auto add = [&](const OwnMetric& metric, auto value) {
    observations_.push_back(
        telemetry_.metrics().observe(metric.kind, metric.options(), metric.labels, each(value)));
  };
  add(own_metric::kLimitKeys, [](const OneLimit& limit) { return limit.counts().places(); });
  add(own_metric::kLimitShared, [](const OneLimit& limit) { return limit.counts().shared(); });
  observe_sharing();
}

/// Of the limits that are shared, if any: the others have no such series.
void RateLimit::observe_sharing() {
  using detail::SharingState;
  using Values = std::vector<std::pair<std::string_view, double>>;
  const auto add = [this](const OwnMetric& metric, auto values) {
    const auto each = [this, values] {
      const std::shared_ptr<const LimitSet> set = *set_.share();
      std::vector<Observed> all;
      for (const OneLimit& limit : set->limits) {
        const SharingState* const state = limit.counts().sharing();
        if (state == nullptr) continue;
        for (const auto& [label, value] : values(*state)) {
          Observed one{.label_values = {limit.options().name}, .value = value};
          if (!label.empty()) one.label_values.emplace_back(label);
          all.push_back(std::move(one));
        }
      }
      return all;
    };
    observations_.push_back(
        telemetry_.metrics().observe(metric.kind, metric.options(), metric.labels, each));
  };
  const auto number = [](const auto& value) { return static_cast<double>(value); };
  add(own_metric::kLimitWrites, [number](const SharingState& state) {
    const auto& counts = state.counts();
    const double failed = number(counts.failures.load());
    const double throttled = number(counts.throttled.load());
    const double refused = number(counts.refused_writes.load());
    const double applied = number(counts.writes.load()) - failed - throttled - refused;
    return Values{{"applied", std::max(applied, 0.0)},
                  {"refused", refused},
                  {"throttled", throttled},
                  {"failed", failed}};
  });
  const auto add_one = [&](const OwnMetric& metric, auto value) {
    add(metric, [value](const SharingState& state) { return Values{{"", value(state)}}; });
  };
  add_one(own_metric::kLimitFallbacks, [](const auto& s) { return double(s.fallbacks()); });
  add_one(own_metric::kLimitAvailable, [](const auto& s) { return s.available() ? 1.0 : 0.0; });
  add_one(own_metric::kLimitLost, [](const auto& s) { return double(s.counts().lost.load()); });
  add_one(own_metric::kLimitHeld,
          [](const auto& s) { return double(s.counts().most_held.load()); });
  add_one(own_metric::kLimitOvershoot, [](const auto& s) { return s.overshoot(); });
  add_one(own_metric::kLimitClock,
          [](const auto& s) { return double(s.counts().clock_offset.load()) / 1e9; });
}

LimitTime RateLimit::time_of(Instant now) const noexcept {
  return {.now = now, .wall = telemetry_.wall(now)};
}

std::optional<LimitDecision> RateLimit::peek(std::string_view limit, const LimitKey& key) const {
  const std::shared_ptr<const LimitSet> set = *set_.share();
  const auto named = [limit](const OneLimit& one) { return one.options().name == limit; };
  const auto found = std::ranges::find_if(set->limits, named);
  if (found == set->limits.end()) return std::nullopt;
  return found->counts().peek(key.hash(secret_), 0, time_of(telemetry_.clock().now()), 0);
}

Verdict RateLimit::enter(Context& ctx, Slot& slot) {
  const std::shared_ptr<const LimitSet>& set = set_.read();
  const LimitTime time = time_of(ctx.start());
  Asking asking(ctx, *set, time);
  if (!asking.run()) return ctx.pending(ask_on(ctx, slot, set, asking, time));
  const Verdict verdict = conclude(ctx, slot, set, asking, time);
  if (verdict != Verdict::proceed || asking.wait() == Duration::zero()) return verdict;
  return ctx.pending(wait(ctx, slot, asking.wait(), time));
}

/// What is known only by a store has to be waited for.
Task<Verdict> RateLimit::ask_on(Context& ctx, Slot& slot, std::shared_ptr<const LimitSet> set,
                                Asking asking, LimitTime time) {
  Unfinished unfinished(asking);
  bool done = false;
  while (!done) {
    Task<void> deciding = asking.decide();
    co_await deciding;
    done = asking.run();
  }
  unfinished.finished();
  const Verdict verdict = conclude(ctx, slot, set, asking, time);
  if (verdict != Verdict::proceed || asking.wait() == Duration::zero()) co_return verdict;
  Task<Verdict> waiting = wait(ctx, slot, asking.wait(), time);
  co_return co_await waiting;
}

Verdict RateLimit::conclude(Context& ctx, Slot& slot, const std::shared_ptr<const LimitSet>& set,
                            const Asking& asking, const LimitTime& time) {
  slot.held = asking.held(set);
  if (!asking.allowed()) {
    if (slot.held != nullptr) std::exchange(slot.held, nullptr)->release(time);
    return refuse(ctx, *set, asking.verdicts(), time.wall);
  }
  slot.verdicts = asking.verdicts().data();
  slot.count = asking.verdicts().size();
  return Verdict::proceed;
}

void RateLimit::leave(Context& ctx, Slot& slot, const Outcome&) noexcept {
  if (slot.count == 0) return;
  const LimitSet& set = *set_.read();
  set_limit_headers(ctx.response().headers, set.options.headers, set.names,
                    {slot.verdicts, slot.count}, telemetry_.wall(ctx.start()));
}

void RateLimit::end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  if (slot.held == nullptr) return;
  std::exchange(slot.held, nullptr)
      ->settle(ctx, outcome, time_of(saturating_add(ctx.start(), outcome.duration)));
}

}  // namespace lift
