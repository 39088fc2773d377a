#pragma once
// The same bucket for charges that are decided after the response: what a request may come to cost
// is held while it runs, then charged, in part or whole or not at all.
//
// A charge that is given back later would let through more than the quota, as time has refilled
// the bucket meanwhile; what is held fills nothing and loses nothing. A request is admitted if the
// debt, all that is held, and its own cost together are no more than the burst; a charge of what
// was held always fits.
// One word: 48 bits of time, 16 bits of what is held.
// Thread-safety: lock-free, exact; a word may be shared by all threads.
// Cost: about 6 ns, and no allocation.

#include <atomic>
#include <cstdint>

#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class GcraHold {
 public:
  using Word = std::atomic<std::uint64_t>;
  static constexpr unsigned kHeldBits = 16;
  /// The largest burst: more could not be held.
  static constexpr std::uint64_t kMostBurst = (1U << kHeldBits) - 1;

  /// Time is counted in 256 ns, so a rate of 10,000 a second may be let down by 0.2 %, a faster one
  /// by more: never the other way.
  static constexpr std::uint64_t kMostPerSecond = 10'000;

  /// `quota` must be valid, its burst no more than kMostBurst.
  explicit GcraHold(const Quota& quota) noexcept;

  /// Holds `cost` if it fits. 0 looks without holding.
  [[nodiscard]] LimitDecision take(Word& word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  [[nodiscard]] LimitDecision peek(std::uint64_t word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  /// Lets go of `held` without a charge.
  void undo(Word& word, const LimitTime& then, const LimitTime& time,
            std::uint64_t held) const noexcept;
  /// Lets go of `held` and charges `cost`, which may be more: then the bucket owes, a burst at
  /// most.
  void settle(Word& word, const LimitTime& then, const LimitTime& time, std::uint64_t held,
              std::uint64_t cost) const noexcept;

  /// As of Gcra.
  [[nodiscard]] Duration longest() const noexcept { return time_of(2 * tolerance_ + 1); }
  bool cap(Word& word, const LimitTime& time) const noexcept;
  [[nodiscard]] bool idle(std::uint64_t word, const LimitTime& time) const noexcept;
  [[nodiscard]] std::uint64_t fresh(const LimitTime& time) const noexcept;

 private:
  /// Of 256 ns, modulo 2^48: 2.28 years.
  using Units = std::uint64_t;
  struct State {
    Units debt;
    std::uint64_t held;
  };
  [[nodiscard]] static State read(std::uint64_t word, Units now) noexcept;
  [[nodiscard]] static std::uint64_t write(Units now, const State& state) noexcept;
  [[nodiscard]] static Duration time_of(Units units) noexcept;
  [[nodiscard]] LimitDecision judge(const State& state, std::uint64_t cost) const noexcept;

  Units interval_;
  Units tolerance_;
  std::uint64_t burst_;
};

}  // namespace lift
