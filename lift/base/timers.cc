#include "lift/base/timers.h"

#include <bit>

namespace lift {
namespace {

constexpr std::uint64_t kTickNanos = 1'000'000;
constexpr std::uint64_t kNoTick = UINT64_MAX;

std::uint64_t floor_tick(Instant at) noexcept {
  const auto nanos = at.time_since_epoch().count();
  return nanos <= 0 ? 0 : static_cast<std::uint64_t>(nanos) / kTickNanos;
}

std::uint64_t ceil_tick(Instant at) noexcept {
  const auto nanos = at.time_since_epoch().count();
  return nanos <= 0 ? 0 : (static_cast<std::uint64_t>(nanos) - 1) / kTickNanos + 1;
}

Instant instant_of(std::uint64_t tick) noexcept {
  constexpr auto kLast = static_cast<std::uint64_t>(kNever.time_since_epoch().count()) / kTickNanos;
  if (tick > kLast) return kNever;
  return Instant(Duration(static_cast<Duration::rep>(tick * kTickNanos)));
}

}  // namespace

Timers::Timers(Instant start, Waker* waker) noexcept : current_(floor_tick(start)), waker_(waker) {}

void Timers::arm(Timer& timer, Instant when) noexcept {
  timer.unlink();
  timer.tick_ = ceil_tick(when);
  place(timer, due_);
  if (timer.tick_ < asked_) ask(timer.tick_);
}

void Timers::place(Timer& timer, IntrusiveList<Timer>& due) noexcept {
  if (timer.tick_ <= current_) return due.push_back(timer);
  const std::uint64_t delta = timer.tick_ - current_;
  int level = 0;
  while (level < kLevels - 1 && delta >= (std::uint64_t{1} << (kBits * (level + 1)))) ++level;
  // Beyond the wheel's range a timer waits in the farthest slot and is placed anew when that comes
  // round.
  const std::uint64_t farthest = current_ + (std::uint64_t{1} << (kBits * kLevels)) - 1;
  const std::uint64_t tick = timer.tick_ < farthest ? timer.tick_ : farthest;
  const std::uint64_t slot = (tick >> (kBits * level)) & (kSlots - 1);
  Level& at = levels_[static_cast<std::size_t>(level)];
  at.slots[slot].push_back(timer);
  at.occupied[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

std::uint64_t Timers::next_at_level(int level) noexcept {
  Level& at = levels_[static_cast<std::size_t>(level)];
  const std::uint64_t now = current_ >> (kBits * level);
  for (std::uint64_t step = 1; step <= kSlots;) {
    const std::uint64_t slot = (now + step) & (kSlots - 1);
    const std::uint64_t word = at.occupied[slot / 64] >> (slot % 64);
    if (word == 0) {
      step += 64 - slot % 64;
      continue;
    }
    const auto skip = static_cast<std::uint64_t>(std::countr_zero(word));
    if (step + skip > kSlots) break;
    const std::uint64_t found = slot + skip;
    if (!at.slots[found].empty()) return (now + step + skip) << (kBits * level);
    at.occupied[found / 64] &= ~(std::uint64_t{1} << (found % 64));  // its timers were cancelled
  }
  return kNoTick;
}

std::uint64_t Timers::next_tick() noexcept { return due_.empty() ? next_slot() : current_; }

std::uint64_t Timers::next_slot() noexcept {
  std::uint64_t next = kNoTick;
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t tick = next_at_level(level);
    if (tick < next) next = tick;
  }
  return next;
}

std::optional<Instant> Timers::next_wake() noexcept {
  const std::uint64_t tick = next_tick();
  if (tick == kNoTick) return std::nullopt;
  return instant_of(tick);
}

void Timers::cascade(IntrusiveList<Timer>& due) noexcept {
  for (int level = kLevels - 1; level > 0; --level) {
    const std::uint64_t mask = (std::uint64_t{1} << (kBits * level)) - 1;
    if ((current_ & mask) != 0) continue;
    const std::uint64_t slot = (current_ >> (kBits * level)) & (kSlots - 1);
    IntrusiveList<Timer> moved;
    moved.splice_back(levels_[static_cast<std::size_t>(level)].slots[slot]);
    while (Timer* timer = moved.pop_front()) place(*timer, due);
  }
}

void Timers::fire(IntrusiveList<Timer>& list) noexcept {
  // Taken aside first: a callback may arm itself again for "at once", which belongs to the next
  // advance.
  IntrusiveList<Timer> firing;
  firing.splice_back(list);
  while (Timer* timer = firing.pop_front()) timer->fire_(*timer);
}

void Timers::advance(Instant now) noexcept {
  const std::uint64_t target = floor_tick(now);
  asked_ = 0;  // callbacks that arm timers need not ask: advance() does so once, at its end
  fire(due_);
  while (true) {
    const std::uint64_t next = next_slot();
    if (next > target) break;
    current_ = next;
    IntrusiveList<Timer> due;
    cascade(due);
    due.splice_back(levels_[0].slots[current_ & (kSlots - 1)]);
    fire(due);
  }
  if (target > current_) current_ = target;
  asked_ = kNoTick;
  const std::uint64_t next = next_tick();
  if (next != kNoTick) ask(next);
}

void Timers::ask(std::uint64_t tick) noexcept {
  asked_ = tick;
  if (waker_ != nullptr) waker_->wake_at(instant_of(tick));
}

}  // namespace lift
