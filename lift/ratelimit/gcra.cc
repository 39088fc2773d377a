#include "lift/ratelimit/gcra.h"

namespace lift {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

Gcra::Gcra(const Quota& quota, Duration longest_wait) noexcept : burst_(quota.burst_size()) {
  const Wide period = static_cast<Wide>(quota.rate.per.count()) << kFraction;
  interval_ = static_cast<Ticks>((period + quota.rate.count - 1) / quota.rate.count);
  tolerance_ = interval_ * burst_;
  furthest_ = tolerance_ + (static_cast<Ticks>(longest_wait.count()) << kFraction);
}

LimitDecision Gcra::allowed(Ticks debt) const noexcept {
  LimitDecision decision{.limit = burst_,
                         .reset_after = Duration(static_cast<Duration::rep>(debt >> kFraction))};
  if (debt <= tolerance_) {
    decision.remaining = (tolerance_ - debt) / interval_;
  } else {
    decision.wait = Duration(static_cast<Duration::rep>((debt - tolerance_) >> kFraction) + 1);
  }
  return decision;
}

LimitDecision Gcra::refused(Ticks debt, std::uint64_t cost) const noexcept {
  LimitDecision decision = allowed(debt);
  decision.allowed = false;
  decision.wait = {};
  if (cost > burst_) {
    decision.retry_after = kNeverAgain;
    return decision;
  }
  constexpr Ticks kRoundUp = (Ticks{1} << kFraction) - 1;
  const Ticks early = debt + cost * interval_ - furthest_;
  decision.retry_after = Duration(static_cast<Duration::rep>((early + kRoundUp) >> kFraction));
  return decision;
}

LimitDecision Gcra::peek(std::uint64_t word, const LimitTime& time,
                         std::uint64_t cost) const noexcept {
  const Ticks debt = ahead(word, ticks(time.now));
  return fits(debt, cost) ? allowed(debt + cost * interval_) : refused(debt, cost);
}

LimitDecision Gcra::take(Word& word, const LimitTime& time, std::uint64_t cost) const noexcept {
  const Ticks now = ticks(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (true) {
    const Ticks debt = ahead(seen, now);
    if (!fits(debt, cost)) return refused(debt, cost);
    // Sequentially consistent: whoever finds the word idle and gives it away must see the charge,
    // or the charge must see that it was given away (cell_table.h).
    const Ticks after = debt + cost * interval_;
    if (cost == 0 || word.compare_exchange_weak(seen, now + after)) return allowed(after);
  }
}

void Gcra::undo(Word& word, const LimitTime& then, const LimitTime& time,
                std::uint64_t cost) const noexcept {
  const Ticks charged = cost * interval_;
  const Ticks since = ticks(time.now) - ticks(then.now);
  if (since < charged) word.fetch_sub(charged - since);
}

bool Gcra::cap(Word& word, const LimitTime& time) const noexcept {
  const Ticks now = ticks(time.now);
  std::uint64_t seen = word.load(std::memory_order_relaxed);
  while (ahead(seen, now) > furthest_) {
    if (word.compare_exchange_weak(seen, now + furthest_)) return true;
  }
  return false;
}

bool Gcra::idle(std::uint64_t word, const LimitTime& time) noexcept {
  return ahead(word, ticks(time.now)) == 0;
}

}  // namespace lift
