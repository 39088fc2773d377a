// What a circuit breaker remembers of its calls, in ten words.
//
// By time each word is a slot: tag 10 bits, slow 18, failures 18, calls 18. The tag is the slot's
// tick modulo 1,024, so that a slot of an earlier round is known as one. By count the words are a
// ring: how many calls ever, and for the last 256 at most one bit each that says failed, one slow.
#include <bit>

#include "lift/resilience/circuit_breaker.h"

namespace lift {
namespace {

constexpr std::uint64_t kCount = (1U << 18) - 1;
constexpr std::uint64_t kTag = (1U << 10) - 1;
constexpr std::size_t kRingWords = 4;

constexpr std::uint64_t tag_of(std::uint64_t tick) noexcept { return tick & kTag; }

/// All three kept in proportion where one would not fit.
std::uint64_t one_more(std::uint64_t cell, bool failed, bool slow) noexcept {
  std::uint64_t calls = cell & kCount;
  std::uint64_t failures = cell >> 18 & kCount;
  std::uint64_t slows = cell >> 36 & kCount;
  if (calls == kCount) {
    calls /= 2;
    failures /= 2;
    slows /= 2;
  }
  calls += 1;
  failures += failed ? 1 : 0;
  slows += slow ? 1 : 0;
  return calls | failures << 18 | slows << 36 | cell >> 54 << 54;
}

void set_bit(std::atomic<std::uint64_t>& word, std::uint64_t bit, bool on) noexcept {
  if (on) {
    word.fetch_or(1ULL << bit, std::memory_order_relaxed);
  } else {
    word.fetch_and(~(1ULL << bit), std::memory_order_relaxed);
  }
}

}  // namespace

void CircuitBreaker::count(const BreakerTerms& terms, std::uint64_t tick, bool failed,
                           bool slow) noexcept {
  if (failed || slow) {
    if (bad_tick_.load(std::memory_order_relaxed) != tick) {
      bad_tick_.store(tick, std::memory_order_relaxed);
    }
  }
  if (failed) {
    in_a_row_.fetch_add(1, std::memory_order_relaxed);
  } else if (in_a_row_.load(std::memory_order_relaxed) != 0) {
    in_a_row_.store(0, std::memory_order_relaxed);
  }
  if (terms.options.count_window) {
    count_in_ring(*terms.options.count_window, failed, slow);
  } else {
    count_in_slot(tick, failed, slow);
  }
}

/// Also true where another thread is ahead of `tick`.
bool CircuitBreaker::any_bad(std::uint64_t tick) const noexcept {
  const auto since = static_cast<std::int64_t>(tick - bad_tick_.load(std::memory_order_relaxed));
  return since < static_cast<std::int64_t>(BreakerTerms::kSlots);
}

void CircuitBreaker::forget_bad(std::uint64_t tick) noexcept {
  std::uint64_t seen = bad_tick_.load(std::memory_order_relaxed);
  const auto since = static_cast<std::int64_t>(tick - seen);
  if (seen != kNoTick && since >= static_cast<std::int64_t>(BreakerTerms::kSlots)) {
    bad_tick_.compare_exchange_strong(seen, kNoTick, std::memory_order_relaxed);
  }
}

void CircuitBreaker::count_in_slot(std::uint64_t tick, bool failed, bool slow) noexcept {
  std::uint64_t newest = newest_tick_.load(std::memory_order_acquire);
  if (tick > newest) {
    // After so long a pause every slot is old, whatever its tag: a round of tags may have passed.
    if (tick - newest >= BreakerTerms::kSlots) {
      for (std::atomic<std::uint64_t>& cell : cells_) {
        std::uint64_t old = cell.load(std::memory_order_relaxed);
        if (newest_tick_.load(std::memory_order_acquire) != newest) break;
        cell.compare_exchange_strong(old, 0, std::memory_order_relaxed);
      }
    }
    newest_tick_.compare_exchange_strong(newest, tick, std::memory_order_acq_rel);
  }
  std::atomic<std::uint64_t>& cell = cells_[tick % BreakerTerms::kSlots];
  std::uint64_t old = cell.load(std::memory_order_relaxed);
  while (true) {
    const std::uint64_t tag = old >> 54;
    std::uint64_t base = old;
    if (tag != tag_of(tick)) {
      const bool newer = old != 0 && ((tag - tag_of(tick)) & kTag) < kTag / 2;
      if (newer) return;  // this call was held up for a whole window: it belongs to none now
      base = tag_of(tick) << 54;
    }
    if (cell.compare_exchange_weak(old, one_more(base, failed, slow), std::memory_order_relaxed)) {
      return;
    }
  }
}

void CircuitBreaker::count_in_ring(std::uint32_t size, bool failed, bool slow) noexcept {
  const std::uint64_t place = cells_[0].fetch_add(1, std::memory_order_relaxed) % size;
  set_bit(cells_[1 + place / 64], place % 64, failed);
  set_bit(cells_[1 + kRingWords + place / 64], place % 64, slow);
}

void CircuitBreaker::forget_all() noexcept {
  for (std::atomic<std::uint64_t>& cell : cells_) cell.store(0, std::memory_order_relaxed);
  in_a_row_.store(0, std::memory_order_relaxed);
  bad_tick_.store(kNoTick, std::memory_order_relaxed);
}

BreakerCounts CircuitBreaker::sum(const BreakerTerms& terms, std::uint64_t tick) const noexcept {
  return terms.options.count_window ? sum_ring(*terms.options.count_window) : sum_slots(tick);
}

BreakerCounts CircuitBreaker::sum_slots(std::uint64_t tick) const noexcept {
  BreakerCounts counts;
  for (std::uint64_t back = 0; back < BreakerTerms::kSlots && back <= tick; ++back) {
    const std::uint64_t of = tick - back;
    const std::uint64_t cell = cells_[of % BreakerTerms::kSlots].load(std::memory_order_relaxed);
    if (cell >> 54 != tag_of(of)) continue;
    counts.calls += static_cast<std::uint32_t>(cell & kCount);
    counts.failures += static_cast<std::uint32_t>(cell >> 18 & kCount);
    counts.slow += static_cast<std::uint32_t>(cell >> 36 & kCount);
  }
  return counts;
}

BreakerCounts CircuitBreaker::sum_ring(std::uint32_t size) const noexcept {
  const std::uint64_t ever = cells_[0].load(std::memory_order_relaxed);
  BreakerCounts counts{.calls = static_cast<std::uint32_t>(ever < size ? ever : size)};
  for (std::size_t i = 0; i < kRingWords; ++i) {
    counts.failures +=
        static_cast<std::uint32_t>(std::popcount(cells_[1 + i].load(std::memory_order_relaxed)));
    counts.slow += static_cast<std::uint32_t>(
        std::popcount(cells_[1 + kRingWords + i].load(std::memory_order_relaxed)));
  }
  return counts;
}

}  // namespace lift
