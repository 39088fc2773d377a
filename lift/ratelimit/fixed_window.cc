#include "lift/ratelimit/fixed_window.h"

#include <algorithm>

namespace lift {
namespace {

using std::chrono::milliseconds;

/// From the year 1, where Go's time begins, to 1970, and from there to 2020.
constexpr std::int64_t kYearOne = 62'135'596'800'000;
constexpr std::int64_t k2020 = 1'577'836'800'000;

std::int64_t milliseconds_of(WallTime at) noexcept {
  return std::chrono::floor<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace

std::int64_t FixedWindow::begin(WallTime at) const noexcept {
  const std::int64_t since_year_one = milliseconds_of(at) + kYearOne;
  return std::max<std::int64_t>(since_year_one / period_ * period_ - kYearOne - k2020, 0);
}

WallTime FixedWindow::window(WallTime at) const noexcept {
  return WallTime(milliseconds(begin(at) + k2020));
}

FixedWindow::State FixedWindow::read(std::uint64_t word, std::int64_t begin) noexcept {
  const auto began = static_cast<std::int64_t>(word >> kCountBits);
  if (began < begin) return {.begin = begin, .count = 0};
  // A window that began later is counted in: the request began before it, or the calendar was set
  // back, and neither grants anything.
  return {.begin = began, .count = word & kMostCount};
}

std::uint64_t FixedWindow::write(const State& state) noexcept {
  return static_cast<std::uint64_t>(state.begin) << kCountBits | state.count;
}

LimitDecision FixedWindow::judge(const State& state, WallTime now,
                                 std::uint64_t cost) const noexcept {
  const WallTime end(milliseconds(state.begin + k2020 + period_));
  LimitDecision decision{.limit = count_, .reset_after = std::max(end - now, Duration::zero())};
  const std::uint64_t left = count_ - std::min(count_, state.count);
  decision.allowed = cost <= left;
  decision.remaining = decision.allowed ? left - cost : left;
  if (!decision.allowed) decision.retry_after = cost > count_ ? kNeverAgain : decision.reset_after;
  return decision;
}

LimitDecision FixedWindow::peek(std::uint64_t word, const LimitTime& time,
                                std::uint64_t cost) const noexcept {
  return judge(read(word, begin(time.wall)), time.wall, cost);
}

LimitDecision FixedWindow::take(Word& word, const LimitTime& time,
                                std::uint64_t cost) const noexcept {
  const std::int64_t now = begin(time.wall);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (true) {
    State state = read(seen, now);
    const LimitDecision decision = judge(state, time.wall, cost);
    if (!decision.allowed || cost == 0) return decision;
    state.count += cost;
    if (word.compare_exchange_weak(seen, write(state))) return decision;
  }
}

void FixedWindow::undo(Word& word, const LimitTime& then, const LimitTime& time,
                       std::uint64_t cost) const noexcept {
  settle(word, then, time, cost, 0);
}

void FixedWindow::settle(Word& word, const LimitTime& then, const LimitTime& time,
                         std::uint64_t counted, std::uint64_t cost) const noexcept {
  const std::int64_t now = begin(time.wall);
  const std::int64_t its_own = begin(then.wall);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    State state = read(seen, now);
    if (state.begin == its_own) {
      state.count = std::min(state.count - std::min(counted, state.count) + cost, kMostCount);
    } else if (cost > counted) {
      state.count = std::min(state.count + cost - counted, kMostCount);
    } else {
      return;
    }
    next = write(state);
  } while (!word.compare_exchange_weak(seen, next));
}

bool FixedWindow::cap(Word& word, const LimitTime& time) const noexcept {
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  const std::int64_t now = begin(time.wall);
  while (read(seen, now).begin > now + period_) {
    if (word.compare_exchange_weak(seen, fresh(time))) return true;
  }
  return false;
}

bool FixedWindow::idle(std::uint64_t word, const LimitTime& time) const noexcept {
  return read(word, begin(time.wall)).count == 0;
}

std::uint64_t FixedWindow::fresh(const LimitTime& time) const noexcept {
  return write({.begin = begin(time.wall), .count = 0});
}

}  // namespace lift
