#pragma once
// So many in each period of the calendar, all of it at once if they like: as the original counted.
//
// Up to twice the count may pass around a boundary; where that matters, GCRA with the same quota
// does not let it. Windows begin where Go's time.Truncate puts them: at multiples of the period
// since the year 1, so days at midnight UTC and weeks on Mondays.
// One word: 40 bits for the window's begin in milliseconds since 2020, 24 for the count.
//
// Where the period has changed, what was counted in a window that began within the present one
// counts on; any other count ends.
// Thread-safety: lock-free, exact; a word may be shared by all threads.
// Cost: about 5 ns, and no allocation.

#include <atomic>
#include <cstdint>

#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class FixedWindow {
 public:
  using Word = std::atomic<std::uint64_t>;
  static constexpr unsigned kCountBits = 24;
  /// The largest count of a rate.
  static constexpr std::uint64_t kMostCount = (1U << kCountBits) - 1;

  /// `quota` must be valid, its count no more than kMostCount, its period whole milliseconds, and
  /// without a burst of its own.
  explicit FixedWindow(const Quota& quota) noexcept
      : count_(quota.rate.count),
        period_(std::chrono::duration_cast<std::chrono::milliseconds>(quota.rate.per).count()) {}

  /// Counts `cost` if it fits. 0 looks without counting.
  [[nodiscard]] LimitDecision take(Word& word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  [[nodiscard]] LimitDecision peek(std::uint64_t word, const LimitTime& time,
                                   std::uint64_t cost) const noexcept;
  /// Takes back what was counted at `then`: nothing if that window has ended.
  void undo(Word& word, const LimitTime& then, const LimitTime& time,
            std::uint64_t cost) const noexcept;
  /// Counts `cost` in place of the `counted` at `then`, also beyond the limit.
  void settle(Word& word, const LimitTime& then, const LimitTime& time, std::uint64_t counted,
              std::uint64_t cost) const noexcept;

  /// As of Gcra: a calendar that was set back by more than a window must not lock keys out.
  [[nodiscard]] Duration longest() const noexcept { return std::chrono::milliseconds(period_); }
  bool cap(Word& word, const LimitTime& time) const noexcept;
  [[nodiscard]] bool idle(std::uint64_t word, const LimitTime& time) const noexcept;
  [[nodiscard]] std::uint64_t fresh(const LimitTime& time) const noexcept;

  /// As of Gcra: a word is of the calendar already.
  [[nodiscard]] static std::int64_t kept(std::uint64_t word, const LimitTime&) noexcept {
    return static_cast<std::int64_t>(word);
  }
  [[nodiscard]] static std::uint64_t found(std::int64_t kept, const LimitTime&) noexcept {
    return static_cast<std::uint64_t>(kept);
  }

  /// When the window of `at` began.
  [[nodiscard]] WallTime window(WallTime at) const noexcept;

 private:
  struct State {
    std::int64_t begin;  // ms since 2020
    std::uint64_t count;
  };
  [[nodiscard]] std::int64_t begin(WallTime at) const noexcept;
  [[nodiscard]] static State read(std::uint64_t word, std::int64_t begin) noexcept;
  [[nodiscard]] static std::uint64_t write(const State& state) noexcept;
  [[nodiscard]] LimitDecision judge(const State& state, WallTime now,
                                    std::uint64_t cost) const noexcept;

  std::uint64_t count_;
  std::int64_t period_;  // ms
};

}  // namespace lift
