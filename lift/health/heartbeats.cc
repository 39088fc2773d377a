#include "lift/health/heartbeats.h"

#include <algorithm>

namespace lift {
namespace {

Instant::rep number(Instant at) noexcept { return at.time_since_epoch().count(); }

}  // namespace

Heartbeats::Beat::Beat(Loop& its_loop)
    : Posted([](Posted& posted) noexcept {
        auto& beat = static_cast<Beat&>(posted);
        const Instant::rep now = number(beat.loop.clock().now());
        beat.took.store(now - beat.asked.load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
        beat.answered.store(now, std::memory_order_relaxed);
        beat.asked.store(0, std::memory_order_release);
      }),
      loop(its_loop) {}

void Heartbeats::add(Loop& loop) {
  const std::lock_guard lock(mutex_);
  beats_.emplace_back(loop);
}

void Heartbeats::clear() noexcept {
  const std::lock_guard lock(mutex_);
  known_from_ = beats_.size();
}

void Heartbeats::look(Instant now) noexcept {
  Instant::rep next = next_look_.load(std::memory_order_relaxed);
  if (number(now) < next) return;
  if (!next_look_.compare_exchange_strong(next, number(now + kPause), std::memory_order_relaxed)) {
    return;  // somebody else is at it
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t i = known_from_; i < beats_.size(); ++i) {
    Beat& beat = beats_[i];
    if (beat.asked.load(std::memory_order_acquire) != 0) continue;
    beat.asked.store(std::max<Instant::rep>(number(now), 1), std::memory_order_release);
    beat.loop.post(beat);
  }
}

Duration Heartbeats::silence(Instant now) const noexcept {
  const std::lock_guard lock(mutex_);
  Duration longest{};
  for (std::size_t i = known_from_; i < beats_.size(); ++i) {
    const Instant::rep asked = beats_[i].asked.load(std::memory_order_acquire);
    if (asked != 0) longest = std::max(longest, Duration(number(now) - asked));
  }
  return longest;
}

Duration Heartbeats::lag() const noexcept {
  const std::lock_guard lock(mutex_);
  Duration longest{};
  for (std::size_t i = known_from_; i < beats_.size(); ++i) {
    longest = std::max(longest, Duration(beats_[i].took.load(std::memory_order_relaxed)));
  }
  return longest;
}

}  // namespace lift
