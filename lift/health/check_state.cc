#include "lift/health/check_state.h"

#include <algorithm>

namespace lift {
namespace {

/// Of that many intervals without a result the last one is too old.
constexpr int kStaleAfter = 3;
constexpr double kSpread = 0.1;
constexpr double kRecoverySpread = 0.25;

Duration about(Duration time, double spread, Random& random) {
  const double factor = 1 - spread + 2 * spread * random.uniform();
  return Duration(static_cast<Duration::rep>(static_cast<double>(time.count()) * factor));
}

bool is_good(HealthStatus result) noexcept { return result != HealthStatus::fail; }

Backoff recovery(const CheckOptions& options) {
  // Valid options give valid ones: see CheckOptions::validate().
  return Backoff::make({.kind = BackoffKind::exponential,
                        .base = options.recovery_time,
                        .cap = options.max_recovery_time,
                        .factor = 2,
                        .jitter = false})
      .value_or(Backoff());
}

}  // namespace

CheckState::CheckState(const CheckOptions& options, Instant added, Instant grace_until)
    : options_(options), backoff_(recovery(options)), grace_(grace_until), due_(added) {
  options_.open_after = std::max(options_.open_after, options_.fall);
}

void CheckState::begin() noexcept { running_ = true; }

void CheckState::record(Instant now, HealthStatus result, Random& random) {
  const bool good = is_good(result);
  const bool changed = count_ > 0 && is_good(history(history_size() - 1)) != good;
  const bool at_once = count_ == 0 || (good && !been_good_);
  running_ = false;
  history_[count_++ % kHistory] = result;
  same_ = changed ? 1 : same_ + 1;
  if (good) {
    good_as_ = result;
    been_good_ = true;
    failures_ = trials_ = 0;
  } else {
    if (failures_ >= options_.open_after) ++trials_;
    // Those of the start open no circuit: once it is over the wait begins with the shortest.
    if (!starting(now) || failures_ + 1 < options_.open_after) ++failures_;
  }
  look_for_flapping(changed);
  judge(now, good, at_once);
  schedule(now, random);
}

void CheckState::skip(Instant now, Random& random) {
  running_ = false;
  due_ = saturating_add(now, wait(now, random));
}

void CheckState::judge(Instant now, bool good, bool at_once) noexcept {
  against_ = good == good_ && count_ > 1 ? 0 : against_ + 1;
  if (against_ == 0) return;
  const unsigned needed = good ? options_.rise : options_.fall;
  const bool held = flapping_ || now - changed_at_ < options_.dwell;
  if (!at_once && (against_ < needed || held)) return;
  good_ = good;
  against_ = 0;
  changed_at_ = now;
}

/// It begins with a change, not by itself once it has ended, and ends when as many results were
/// alike as can confirm a change twice over.
void CheckState::look_for_flapping(bool changed) noexcept {
  const unsigned calm = 2 * std::max(options_.fall, options_.rise);
  if (flapping_) {
    flapping_ = same_ < calm;
  } else if (changed) {
    flapping_ = changes() >= kFlapping;
  }
}

unsigned CheckState::changes() const noexcept {
  unsigned found = 0;
  for (std::size_t i = 1; i < history_size(); ++i) {
    if (is_good(history(i)) != is_good(history(i - 1))) ++found;
  }
  return found;
}

Duration CheckState::wait(Instant now, Random& random) const {
  if (starting(now)) return about(std::min(options_.interval, kEager), kSpread, random);
  if (failures_ < options_.open_after) return about(options_.interval, kSpread, random);
  return about(backoff_.delay(trials_ + 1, Duration::zero(), random), kRecoverySpread, random);
}

void CheckState::schedule(Instant now, Random& random) {
  const Duration time = wait(now, random);
  due_ = saturating_add(now, time);
  stale_at_ = saturating_add(due_, options_.timeout + (kStaleAfter - 1) * time);
}

HealthStatus CheckState::status(Instant now) const noexcept {
  if (count_ == 0 || starting(now)) return HealthStatus::unknown;
  // What was bad does not get better by not being looked at.
  if (now >= stale_at_ && (good_ || flapping_)) return HealthStatus::unknown;
  if (flapping_) return HealthStatus::warn;
  return good_ ? good_as_ : HealthStatus::fail;
}

Instant CheckState::next_change(Instant now) const noexcept {
  Instant next = kNever;
  if (starting(now) && count_ > 0) next = grace_;
  if (stale_at_ > now) next = std::min(next, stale_at_);
  return next;
}

bool CheckState::lets_through() const noexcept {
  if (options_.gates == HealthGate::none) return true;
  return been_good_ && (good_ || options_.gates == HealthGate::startup);
}

CheckState::Circuit CheckState::circuit() const noexcept {
  if (failures_ < options_.open_after) return Circuit::closed;
  return running_ ? Circuit::half_open : Circuit::open;
}

std::size_t CheckState::history_size() const noexcept {
  return static_cast<std::size_t>(std::min<std::uint64_t>(count_, kHistory));
}

HealthStatus CheckState::history(std::size_t i) const noexcept {
  return history_[(count_ - history_size() + i) % kHistory];
}

std::string_view to_string(CheckState::Circuit circuit) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"closed", "open", "half_open"};
  return kNames[static_cast<std::size_t>(circuit)];
}

}  // namespace lift
