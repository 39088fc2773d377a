#pragma once
// So many in the last period, estimated from two counts: this window's, and as much of the one
// before as is still within the period.
//
// The estimate takes the window before as evenly spread, and is never exceeded; only what was
// admitted counts. For an exact answer take GCRA, or a sliding log.
// One word: 24 bits for the window, 20 for each count.
//
// Where only the count of the quota has changed, what was counted counts on; a new period begins
// at zero.
// Source: the sliding-window counter as in Cloudflare's "How we built rate limiting" (2017).
// Thread-safety: lock-free, exact; a word may be shared by all threads.
// Cost: about 8 ns, and no allocation.

#include <atomic>
#include <cstdint>

#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class SlidingWindow {
 public:
  using Word = std::atomic<std::uint64_t>;
  static constexpr unsigned kCountBits = 20;
  /// The largest count of a rate.
  static constexpr std::uint64_t kMostCount = (1U << kCountBits) - 1;

  /// `quota` must be valid, its count no more than kMostCount, and without a burst of its own.
  explicit SlidingWindow(const Quota& quota) noexcept
      : count_(quota.rate.count), period_(quota.rate.per.count()) {}

  /// Counts `cost` if it fits. 0 looks without counting.
  [[nodiscard]] LimitDecision take(Word& word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  [[nodiscard]] LimitDecision peek(std::uint64_t word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  /// Takes back what was counted at `then`, as far as it still counts.
  void undo(Word& word, const LimitTime& then, const LimitTime& time,
            std::uint64_t cost) const noexcept;
  /// Counts `cost` in place of the `counted` at `then`, also beyond the limit.
  void settle(Word& word, const LimitTime& then, const LimitTime& time, std::uint64_t counted,
              std::uint64_t cost) const noexcept;

  /// As of Gcra.
  [[nodiscard]] Duration longest() const noexcept { return Duration(2 * period_); }
  bool cap(Word& word, const LimitTime& time) const noexcept;
  [[nodiscard]] bool idle(std::uint64_t word, const LimitTime& time) const noexcept;
  [[nodiscard]] std::uint64_t fresh(const LimitTime& time) const noexcept;

 private:
  struct State {
    std::uint64_t window;
    std::uint64_t before;
    std::uint64_t count;
  };
  struct Place {
    std::uint64_t window;
    std::uint64_t elapsed;  // of it, ns
  };
  /// How many windows a state is ahead of `window`.
  [[nodiscard]] static std::uint64_t ahead(const State& state, std::uint64_t window) noexcept;
  [[nodiscard]] Place place(Instant at) const noexcept;
  [[nodiscard]] static State read(std::uint64_t word, std::uint64_t window) noexcept;
  [[nodiscard]] static std::uint64_t write(const State& state) noexcept;
  [[nodiscard]] LimitDecision judge(const State& state, const Place& now,
                                    std::uint64_t cost) const noexcept;
  [[nodiscard]] Duration until_fits(const State& state, const Place& now,
                                    std::uint64_t cost) const noexcept;

  std::uint64_t count_;
  std::int64_t period_;  // ns
};

}  // namespace lift
