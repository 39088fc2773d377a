#pragma once
// What a quota means for leases: how many tokens, how long, how far ahead, and what that may admit.
//
// With T the time between two tokens, τ = burst · T, H the life of a lease, ε the clocks' error and
// n the instances: tokens that are reserved in any time Δ are at most Δ/T + burst, by the order of
// the item's writes. Those used in Δ were reserved in Δ, or up to H before: at most H/T more, and
// no more than the n instances can hold. Clocks that differ add 2ε/T. The item's burst is made
// smaller by as much as that is more than `max_overshoot`: the time τ' instead of τ.
// Thread-safety: immutable.
// Cost: none worth naming.

#include <cstdint>

#include "lift/base/error.h"
#include "lift/ratelimit/limit_sharing.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class LeasePlan {
 public:
  /// Of one of `sharing.shards`. Error: `bad_configuration` where the quota is too small to be
  /// leased: less than a token, or leases of less than 10 ms, would be left.
  [[nodiscard]] static Result<LeasePlan> make(const Quota& quota, const LimitSharing& sharing);

  /// Of a fixed window: its item cannot give more than the count, so nothing is held back.
  [[nodiscard]] static LeasePlan of_window(const Quota& quota) noexcept;

  /// What `tokens` take to come back, in ns, rounded up.
  [[nodiscard]] std::int64_t cost(std::uint64_t tokens) const noexcept;
  /// How many whole tokens come back in that time; 0 if it is negative.
  [[nodiscard]] std::uint64_t tokens(std::int64_t time) const noexcept;

  std::int64_t interval = 0;   ///< T, in 1/256 ns
  std::uint64_t burst = 0;     ///< what a request may cost at most
  std::int64_t tolerance = 0;  ///< τ', in ns
  std::int64_t full = 0;       ///< τ, in ns
  Duration life{};             ///< H
  Duration horizon{};          ///< for how long a lease's tokens should last
  Duration ahead{};            ///< how far ahead an appointment may lie
  std::uint64_t largest = 0;   ///< the most tokens of a lease that nobody waits for
  double overshoot = 0;        ///< the bound, beyond rate · Δ + burst, of all shards together
};

}  // namespace lift
