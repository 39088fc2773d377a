#include "lift/ratelimit/sliding_window.h"

#include <algorithm>

namespace lift {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kWindowMask = (1U << 24) - 1;

}  // namespace

SlidingWindow::Place SlidingWindow::place(Instant at) const noexcept {
  const auto time = static_cast<std::uint64_t>(at.time_since_epoch().count());
  const auto period = static_cast<std::uint64_t>(period_);
  return {.window = (time / period) & kWindowMask, .elapsed = time % period};
}

SlidingWindow::State SlidingWindow::read(std::uint64_t word, std::uint64_t window) noexcept {
  const State state{.window = word >> 2 * kCountBits,
                    .before = word >> kCountBits & kMostCount,
                    .count = word & kMostCount};
  if (state.window == window) return state;
  if (state.window == ((window - 1) & kWindowMask)) return {window, state.count, 0};
  // Others' requests began later: this one is counted with them.
  if (ahead(state, window) > 0) return state;
  return {window, 0, 0};
}

std::uint64_t SlidingWindow::ahead(const State& state, std::uint64_t window) noexcept {
  const std::uint64_t windows = (state.window - window) & kWindowMask;
  return windows <= kWindowMask / 2 ? windows : 0;
}

std::uint64_t SlidingWindow::write(const State& state) noexcept {
  return state.window << 2 * kCountBits | state.before << kCountBits | state.count;
}

Duration SlidingWindow::until_fits(const State& state, const Place& now,
                                   std::uint64_t cost) const noexcept {
  const auto period = static_cast<std::uint64_t>(period_);
  // How much of `counted` must have left the period for all to fit, as time, rounded up.
  const auto share = [&](std::uint64_t others, std::uint64_t counted) {
    const Wide over = static_cast<Wide>(others + counted + cost - count_) * period;
    return static_cast<std::uint64_t>((over + counted - 1) / counted);
  };
  std::uint64_t wait = 0;
  if (state.count + cost <= count_) {
    wait = share(state.count, state.before) - now.elapsed;
  } else {
    wait = period - now.elapsed + share(0, state.count);
  }
  return Duration(static_cast<Duration::rep>(wait));
}

LimitDecision SlidingWindow::judge(const State& state, const Place& now,
                                   std::uint64_t cost) const noexcept {
  const auto period = static_cast<std::uint64_t>(period_);
  const std::uint64_t early = ahead(state, now.window);
  const std::uint64_t elapsed = early == 0 ? now.elapsed : 0;
  const auto until_then =
      static_cast<Duration::rep>(early * period - (early > 0 ? now.elapsed : 0));
  const Wide whole = static_cast<Wide>(count_) * period;
  const Wide used = static_cast<Wide>(state.count) * period +
                    static_cast<Wide>(state.before) * (period - elapsed);
  const Wide wanted = used + static_cast<Wide>(cost) * period;
  LimitDecision decision{.limit = count_};
  decision.allowed = wanted <= whole;
  const Wide after = decision.allowed ? wanted : used;
  decision.remaining = after < whole ? static_cast<std::uint64_t>((whole - after) / period) : 0;
  const bool fresh = state.count > 0 || (decision.allowed && cost > 0);
  const std::uint64_t windows = fresh ? 2 : state.before > 0 ? 1 : 0;
  if (windows > 0) {
    decision.reset_after =
        Duration(static_cast<Duration::rep>(windows * period - elapsed) + until_then);
  }
  if (!decision.allowed) {
    decision.retry_after =
        cost > count_ ? kNeverAgain
                      : until_fits(state, {state.window, elapsed}, cost) + Duration(until_then);
  }
  return decision;
}

LimitDecision SlidingWindow::peek(std::uint64_t word, const LimitTime& time,
                                  std::uint64_t cost) const noexcept {
  const Place now = place(time.now);
  return judge(read(word, now.window), now, cost);
}

LimitDecision SlidingWindow::take(Word& word, const LimitTime& time,
                                  std::uint64_t cost) const noexcept {
  const Place now = place(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (true) {
    State state = read(seen, now.window);
    const LimitDecision decision = judge(state, now, cost);
    if (!decision.allowed || cost == 0) return decision;
    state.count += cost;
    if (word.compare_exchange_weak(seen, write(state))) return decision;
  }
}

void SlidingWindow::undo(Word& word, const LimitTime& then, const LimitTime& time,
                         std::uint64_t cost) const noexcept {
  settle(word, then, time, cost, 0);
}

void SlidingWindow::settle(Word& word, const LimitTime& then, const LimitTime& time,
                           std::uint64_t counted, std::uint64_t cost) const noexcept {
  const std::uint64_t now = place(time.now).window;
  const std::uint64_t its_own = place(then.now).window;
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    State state = read(seen, now);
    const auto replace = [&](std::uint64_t& where) {
      where = std::min(where - std::min(counted, where) + cost, kMostCount);
    };
    if (state.window == its_own) {
      replace(state.count);
    } else if (state.window == ((its_own + 1) & kWindowMask)) {
      replace(state.before);
    } else if (cost > counted) {
      state.count = std::min(state.count + cost - counted, kMostCount);
    } else {
      return;
    }
    next = write(state);
  } while (!word.compare_exchange_weak(seen, next));
}

bool SlidingWindow::cap(Word& word, const LimitTime& time) const noexcept {
  const std::uint64_t now = place(time.now).window;
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (ahead(read(seen, now), now) > 1) {
    if (word.compare_exchange_weak(seen, fresh(time))) return true;
  }
  return false;
}

bool SlidingWindow::idle(std::uint64_t word, const LimitTime& time) const noexcept {
  const State state = read(word, place(time.now).window);
  return state.count == 0 && state.before == 0;
}

std::uint64_t SlidingWindow::fresh(const LimitTime& time) const noexcept {
  return write({.window = place(time.now).window, .before = 0, .count = 0});
}

}  // namespace lift
