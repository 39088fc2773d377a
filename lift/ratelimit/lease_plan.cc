#include "lift/ratelimit/lease_plan.h"

#include <algorithm>
#include <cmath>

namespace lift {
namespace {

using namespace std::chrono_literals;
__extension__ using Wide = __int128;

constexpr int kFraction = 8;
constexpr Duration kShortestLife = 10ms;
constexpr Duration kHorizon = 500ms;
constexpr Duration kAhead = 1s;
/// Leases hold no more of the burst than this, so that no instance takes it all.
constexpr std::uint64_t kLargestShare = 10;

std::string milliseconds(std::int64_t ns) { return std::to_string(ns / 1'000'000) + " ms"; }

/// What leases may cost of the burst: less where it is known how many can hold any.
std::int64_t held(const LeasePlan& plan, const LimitSharing& sharing) noexcept {
  const std::int64_t by_time = plan.life.count();
  if (sharing.instances == 0) return by_time;
  const std::uint64_t most =
      std::min<std::uint64_t>(2 * plan.largest * sharing.instances, 1U << 30);
  return std::min(by_time, plan.cost(most));
}

}  // namespace

std::int64_t LeasePlan::cost(std::uint64_t tokens) const noexcept {
  constexpr Wide kRound = (1 << kFraction) - 1;
  constexpr Wide kMost = 1'000'000'000'000'000'000;  // 31 years
  const Wide time = (static_cast<Wide>(interval) * tokens + kRound) >> kFraction;
  return static_cast<std::int64_t>(std::min(time, kMost));
}

std::uint64_t LeasePlan::tokens(std::int64_t time) const noexcept {
  if (time <= 0) return 0;
  if (time < std::int64_t{1} << 54) {
    return (static_cast<std::uint64_t>(time) << kFraction) / static_cast<std::uint64_t>(interval);
  }
  return static_cast<std::uint64_t>((static_cast<Wide>(time) << kFraction) / interval);
}

Result<LeasePlan> LeasePlan::make(const Quota& quota, const LimitSharing& sharing) {
  const auto shards = static_cast<std::int64_t>(sharing.shards);
  LeasePlan plan;
  const Wide period = static_cast<Wide>(quota.rate.per.count()) * shards << kFraction;
  const auto count = static_cast<Wide>(quota.rate.count);
  plan.interval = static_cast<std::int64_t>((period + count - 1) / count);
  plan.burst = quota.burst_size() / sharing.shards;
  if (plan.burst == 0) {
    return fail("bad_configuration", "sharing.shards: value " + std::to_string(shards) +
                                         " must be at most the burst of each quota");
  }
  plan.full = plan.cost(plan.burst);
  const std::int64_t error = 2 * sharing.clock_error.count();
  const double per_ns =
      static_cast<double>(quota.rate.count) / static_cast<double>(quota.rate.per.count());
  if (sharing.mode == SharingMode::strict) {
    plan.tolerance = plan.full;
    plan.life = sharing.timeout;
    plan.largest = plan.burst;
    plan.overshoot = static_cast<double>(error + plan.life.count()) * per_ns;
    return plan;
  }
  const std::int64_t extra = plan.cost(sharing.max_overshoot / sharing.shards);
  const std::int64_t room = plan.full + extra - error;
  plan.largest = std::max<std::uint64_t>(1, plan.burst / kLargestShare);
  plan.life = std::min(sharing.life, Duration((room - plan.cost(1)) * 3 / 10));
  if (plan.life < kShortestLife) {
    const double needed = static_cast<double>(34'000'000 + plan.cost(1) + error - plan.full);
    return fail("bad_configuration",
                "sharing.max_overshoot: value " + std::to_string(sharing.max_overshoot) +
                    " must be at least " +
                    std::to_string(static_cast<long>(std::ceil(needed * per_ns))) + " to lease " +
                    quota.rate.to_string() + " with a burst of " +
                    std::to_string(quota.burst_size()) + " by clocks that are " +
                    milliseconds(sharing.clock_error.count()) + " off, or the mode must be strict");
  }
  plan.horizon = std::min(kHorizon, plan.life / 2);
  const std::int64_t reserve = held(plan, sharing) + error;
  plan.tolerance = plan.full - std::max<std::int64_t>(0, reserve - extra);
  plan.largest = std::clamp<std::uint64_t>(plan.tokens(plan.tolerance), 1, plan.largest);
  plan.ahead = kAhead;
  plan.overshoot =
      std::max(0.0, static_cast<double>(reserve - (plan.full - plan.tolerance))) * per_ns;
  return plan;
}

LeasePlan LeasePlan::of_window(const Quota& quota) noexcept {
  LeasePlan plan;
  plan.interval = std::max<std::int64_t>(
      1, static_cast<std::int64_t>((static_cast<Wide>(quota.rate.per.count()) << kFraction) /
                                   static_cast<Wide>(quota.rate.count)));
  plan.burst = quota.rate.count;
  plan.full = quota.rate.per.count();
  plan.tolerance = plan.full;
  plan.life = quota.rate.per;
  plan.horizon = std::min(kHorizon, quota.rate.per / 4);
  plan.largest = plan.burst;
  return plan;
}

Problems LimitSharing::validate() const {
  Problems problems;
  const auto within = [&](const char* field, Duration value, Duration least, Duration most,
                          const char* rule) {
    if (value < least || value > most) problems.add(field, milliseconds(value.count()), rule);
  };
  if (!store) problems.add("store", "absent", "must be given");
  within("timeout", timeout, 1ms, 10s, "must be from 1 ms to 10 s");
  within("life", life, 20ms, 1min, "must be from 20 ms to 1 min");
  within("clock_error", clock_error, 0ms, 1s, "must be from 0 to 1 s");
  if (shards < 1 || shards > 64) {
    problems.add("shards", std::to_string(shards), "must be from 1 to 64");
  }
  if (max_writes < 1 || max_writes > 10'000) {
    problems.add("max_writes", std::to_string(max_writes), "must be from 1 to 10000");
  }
  if (!secret.empty() && secret.size() < 16) {
    problems.add("secret", "its length, " + std::to_string(secret.size()),
                 "must be 16 bytes at least");
  }
  if (store && mode == SharingMode::strict && !store->one_truth()) {
    problems.add("mode", "strict",
                 "must be lease over a table that other regions write too: each would admit all");
  }
  return problems;
}

}  // namespace lift
