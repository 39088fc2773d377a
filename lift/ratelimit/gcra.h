#pragma once
// A token bucket on one word: the instant at which the bucket will be full again.
//
// A request of cost n moves that instant on by n emission intervals, from now if it has passed. It
// is allowed if the instant is then no further away than the burst takes to fill. So over any time
// Δ at most rate · Δ + burst is admitted, exactly; a word that lies in the past is the same as
// none; a refusal changes nothing; and the instant to come back at is known.
// Source: the generic cell rate algorithm, ITU-T I.371 (virtual scheduling); reservations into the
// future as in Go's x/time/rate.
//
// Where the quota has changed, a word keeps the time until it is full again; see cap().
// Thread-safety: lock-free, exact; a word may be shared by all threads.
// Cost: about 5 ns with what is left, and no allocation.

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class Gcra {
 public:
  using Word = std::atomic<std::uint64_t>;

  /// `quota` must be valid. Requests that would be allowed within `longest_wait` (0 to 1 h) are
  /// allowed with that wait.
  explicit Gcra(const Quota& quota, Duration longest_wait = {}) noexcept;

  /// Charges `cost` if it fits. 0 looks without charging.
  [[nodiscard]] LimitDecision take(Word& word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  /// What take() would say, without charging.
  [[nodiscard]] LimitDecision peek(std::uint64_t word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  /// Takes back a charge that was made at `then` and never used, less what would have come back
  /// since: more would let through more than the quota.
  void undo(Word& word, const LimitTime& then, const LimitTime& time,
            std::uint64_t cost) const noexcept;

  /// The longest time until it is full again that this quota itself can cause. A decision that
  /// tells of more was made for a request that began long ago, or another quota was in force
  /// before:
  [[nodiscard]] Duration longest() const noexcept {
    return Duration(static_cast<Duration::rep>(furthest_ >> kFraction) + 1);
  }
  /// then cuts down to it, as of `time`, which must be now. Whether anything was cut.
  bool cap(Word& word, const LimitTime& time) const noexcept;

  /// Whether a word says no more than an absent one.
  [[nodiscard]] static bool idle(std::uint64_t word, const LimitTime& time) noexcept;
  /// An absent word.
  [[nodiscard]] static std::uint64_t fresh(const LimitTime& time) noexcept {
    return ticks(time.now);
  }

  /// What a word says, for another process: the calendar's ns at which the bucket is full.
  [[nodiscard]] static std::int64_t kept(std::uint64_t word, const LimitTime& time) noexcept {
    constexpr Ticks kRound = (1U << kFraction) - 1;
    const Ticks left = (ahead(word, ticks(time.now)) + kRound) >> kFraction;
    return time.wall.time_since_epoch().count() + static_cast<std::int64_t>(left);
  }
  /// The word that says so here; an absent one if that has passed.
  [[nodiscard]] static std::uint64_t found(std::int64_t kept, const LimitTime& time) noexcept {
    const std::int64_t left = kept - time.wall.time_since_epoch().count();
    return ticks(saturating_add(time.now, std::min(Duration(left), kLongestKept)));
  }

 private:
  /// Time in 1/256 ns, so that a high rate's interval is not off by its rounding; it wraps after
  /// 2.28 years, and differences are taken modulo that.
  using Ticks = std::uint64_t;
  static constexpr unsigned kFraction = 8;
  static constexpr Duration kLongestKept = std::chrono::hours(24 * 366);

  [[nodiscard]] static Ticks ticks(Instant at) noexcept {
    return static_cast<Ticks>(at.time_since_epoch().count()) << kFraction;
  }
  /// How far ahead of `now` a word lies, 0 if it has passed.
  [[nodiscard]] static Ticks ahead(std::uint64_t word, Ticks now) noexcept {
    const auto difference = static_cast<std::int64_t>(word - now);
    return difference <= 0 ? 0 : static_cast<Ticks>(difference);
  }
  [[nodiscard]] bool fits(Ticks debt, std::uint64_t cost) const noexcept {
    return cost <= burst_ && debt + cost * interval_ <= furthest_;
  }
  [[nodiscard]] LimitDecision allowed(Ticks debt) const noexcept;
  [[nodiscard]] LimitDecision refused(Ticks debt, std::uint64_t cost) const noexcept;

  Ticks interval_;   // of one token; rounded up, so that rounding never lets more through
  Ticks tolerance_;  // what the burst takes to fill
  Ticks furthest_;   // and the longest wait on top
  std::uint64_t burst_;
};

}  // namespace lift
