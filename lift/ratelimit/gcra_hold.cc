#include "lift/ratelimit/gcra_hold.h"

#include <algorithm>

namespace lift {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kUnitBits = 8;  // of nanoseconds
constexpr std::uint64_t kTimeMask = ~std::uint64_t{0} >> GcraHold::kHeldBits;
constexpr std::uint64_t kHalf = (kTimeMask + 1) / 2;

std::uint64_t units(Instant at) noexcept {
  return static_cast<std::uint64_t>(at.time_since_epoch().count()) >> kUnitBits & kTimeMask;
}

}  // namespace

GcraHold::GcraHold(const Quota& quota) noexcept : burst_(quota.burst_size()) {
  const Wide unit = static_cast<Wide>(quota.rate.count) << kUnitBits;
  interval_ = static_cast<Units>((static_cast<Wide>(quota.rate.per.count()) + unit - 1) / unit);
  tolerance_ = interval_ * burst_;
}

Duration GcraHold::time_of(Units units) noexcept {
  return Duration(static_cast<Duration::rep>(units << kUnitBits));
}

GcraHold::State GcraHold::read(std::uint64_t word, Units now) noexcept {
  const Units ahead = ((word >> kHeldBits) - now) & kTimeMask;
  return {.debt = ahead < kHalf ? ahead : 0, .held = word & kMostBurst};
}

std::uint64_t GcraHold::write(Units now, const State& state) noexcept {
  return ((now + state.debt) & kTimeMask) << kHeldBits | state.held;
}

LimitDecision GcraHold::judge(const State& state, std::uint64_t cost) const noexcept {
  const Units used = state.debt + state.held * interval_;
  const Units wanted = used + std::min(cost, burst_) * interval_;
  LimitDecision decision{.limit = burst_};
  decision.allowed = cost <= burst_ && wanted <= tolerance_;
  const Units after = decision.allowed ? wanted : used;
  decision.remaining = after < tolerance_ ? (tolerance_ - after) / interval_ : 0;
  decision.reset_after = time_of(after);
  if (cost > burst_) decision.retry_after = kNeverAgain;
  // What is held may be let go of at any time: nothing says when, so the next interval is told.
  if (!decision.allowed && cost <= burst_) decision.retry_after = time_of(wanted - tolerance_);
  return decision;
}

LimitDecision GcraHold::peek(std::uint64_t word, const LimitTime& time,
                             std::uint64_t cost) const noexcept {
  return judge(read(word, units(time.now)), cost);
}

LimitDecision GcraHold::take(Word& word, const LimitTime& time, std::uint64_t cost) const noexcept {
  const Units now = units(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (true) {
    State state = read(seen, now);
    const LimitDecision decision = judge(state, cost);
    if (!decision.allowed || cost == 0) return decision;
    state.held += cost;
    if (word.compare_exchange_weak(seen, write(now, state))) return decision;
  }
}

void GcraHold::undo(Word& word, const LimitTime& then, const LimitTime& time,
                    std::uint64_t held) const noexcept {
  settle(word, then, time, held, 0);
}

void GcraHold::settle(Word& word, const LimitTime&, const LimitTime& time, std::uint64_t held,
                      std::uint64_t cost) const noexcept {
  const Units now = units(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    State state = read(seen, now);
    state.held -= std::min(held, state.held);
    // What lies further ahead than twice the burst was not charged here: it stays.
    const Units most = std::max(state.debt, 2 * tolerance_);
    state.debt = std::min(state.debt + std::min(cost, 2 * burst_) * interval_, most);
    next = write(now, state);
  } while (!word.compare_exchange_weak(seen, next));
}

bool GcraHold::cap(Word& word, const LimitTime& time) const noexcept {
  const Units now = units(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  for (State state = read(seen, now); state.debt > 2 * tolerance_; state = read(seen, now)) {
    state.debt = 2 * tolerance_;
    if (word.compare_exchange_weak(seen, write(now, state))) return true;
  }
  return false;
}

bool GcraHold::idle(std::uint64_t word, const LimitTime& time) const noexcept {
  const State state = read(word, units(time.now));
  return state.debt == 0 && state.held == 0;
}

std::uint64_t GcraHold::fresh(const LimitTime& time) const noexcept {
  return write(units(time.now), {.debt = 0, .held = 0});
}

}  // namespace lift
