#include "lift/ratelimit/sliding_log.h"

#include <algorithm>
#include <bit>

namespace lift {

/// The instants of one key, oldest first, in a ring.
struct SlidingLog::Log {
  std::uint64_t key = 0;
  bool used = false;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::span<Instant> ring;

  [[nodiscard]] Instant& at(std::size_t i) noexcept { return ring[(first + i) % ring.size()]; }
  void forget_until(Instant before) noexcept {
    while (count > 0 && at(0) <= before) {
      first = static_cast<std::uint32_t>((first + 1) % ring.size());
      --count;
    }
  }
  void push(Instant stamp, std::uint64_t times) noexcept {
    for (; times > 0 && count < ring.size(); --times) at(count++) = stamp;
  }
  /// The first of those from `stamp` on: one that came late stands later than it began.
  void remove(Instant stamp, std::uint64_t times) noexcept {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (times > 0 && at(i) >= stamp) {
        --times;
      } else {
        at(kept++) = at(i);
      }
    }
    count = kept;
  }
  [[nodiscard]] LimitDecision judge(const Rate& rate, Instant now, std::uint64_t cost) noexcept {
    const std::uint64_t left = rate.count - std::min<std::uint64_t>(rate.count, count);
    LimitDecision decision{.allowed = cost <= left, .limit = rate.count};
    decision.remaining = decision.allowed ? left - cost : left;
    if (count > 0) decision.reset_after = at(count - 1) + rate.per - now;
    if (decision.allowed && cost > 0) {
      decision.reset_after = std::max(decision.reset_after, rate.per);
    } else if (!decision.allowed) {
      const bool never = cost > rate.count;
      decision.retry_after =
          never ? kNeverAgain : at(count + cost - rate.count - 1) + rate.per - now;
    }
    return decision;
  }
};

struct alignas(64) SlidingLog::Part {
  mutable std::mutex mutex;
  Instant forgotten{};
  std::size_t places = 0;
  std::uint64_t shared = 0;
};

SlidingLog::SlidingLog(std::size_t keys, std::size_t most)
    : most_(most),
      mask_(std::bit_ceil((std::max<std::size_t>(keys, 1) + kWays - 1) / kWays) - 1),
      logs_((mask_ + 1) * (kWays + 1)),
      stamps_(logs_.size() * most),
      parts_(std::make_unique<Part[]>(kParts)) {
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    logs_[i].ring = std::span(stamps_).subspan(i * most, most);
  }
}

SlidingLog::~SlidingLog() = default;

SlidingLog::Log* SlidingLog::find(std::uint64_t key) noexcept {
  const auto set = std::span(logs_).subspan(set_of(key) * (kWays + 1), kWays);
  const auto log =
      std::ranges::find_if(set, [key](const Log& other) { return other.used && other.key == key; });
  return log == set.end() ? nullptr : &*log;
}

SlidingLog::Log& SlidingLog::make_room(std::uint64_t key, Part& part, Instant before) {
  const auto set = std::span(logs_).subspan(set_of(key) * (kWays + 1), kWays + 1);
  Log& shared = set.back();
  shared.forget_until(before);
  for (Log& log : set.first(kWays)) {
    log.forget_until(before);
    if (log.used && log.count > 0) continue;
    if (!log.used) ++part.places;
    log.used = true;
    log.key = key;
    log.first = 0;
    log.count = 0;
    // What it may have used while it shared is counted as its own.
    for (std::size_t i = 0; i < shared.count; ++i) log.push(shared.at(i), 1);
    return log;
  }
  ++part.shared;
  return shared;
}

LimitDecision SlidingLog::take(std::uint64_t key, const Rate& rate, const LimitTime& time,
                               std::uint64_t cost) {
  Part& part = parts_[set_of(key) % kParts];
  const std::scoped_lock lock(part.mutex);
  Log* known = find(key);
  // Who began before a key was last forgotten here is judged as of then: it may have been its own.
  const Instant now = known != nullptr ? time.now : std::max(time.now, part.forgotten);
  const Instant before = now - rate.per;
  Log& log = known != nullptr ? *known : make_room(key, part, before);
  if (known == nullptr) part.forgotten = now;
  log.forget_until(before);
  const LimitDecision decision = log.judge(rate, now, cost);
  // A request that began earlier than the last one is counted with it, so that they stay in order.
  if (decision.allowed) log.push(log.count > 0 ? std::max(now, log.at(log.count - 1)) : now, cost);
  return decision;
}

LimitDecision SlidingLog::peek(std::uint64_t key, const Rate& rate, const LimitTime& time,
                               std::uint64_t cost) {
  const std::scoped_lock lock(parts_[set_of(key) % kParts].mutex);
  Log* const known = find(key);
  Log none;
  Log& log = known != nullptr ? *known : none;
  log.forget_until(time.now - rate.per);
  return log.judge(rate, time.now, cost);
}

void SlidingLog::undo(std::uint64_t key, const LimitTime& then, std::uint64_t cost) {
  const std::scoped_lock lock(parts_[set_of(key) % kParts].mutex);
  Log* log = find(key);
  if (log == nullptr) log = &logs_[set_of(key) * (kWays + 1) + kWays];
  log->remove(then.now, cost);
}

std::size_t SlidingLog::places() const noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::scoped_lock lock(parts_[i].mutex);
    sum += parts_[i].places;
  }
  return sum;
}

std::uint64_t SlidingLog::shared() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::scoped_lock lock(parts_[i].mutex);
    sum += parts_[i].shared;
  }
  return sum;
}

}  // namespace lift
