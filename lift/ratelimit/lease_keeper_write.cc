// The keeper's writes: how much to ask for, and what an answer changes.
#include <algorithm>
#include <cmath>
#include <utility>

#include "lift/ratelimit/detail/lease_keeper.h"
#include "lift/ratelimit/detail/lease_record.h"

namespace lift::detail {
namespace {

using namespace std::chrono_literals;
using End = LeaseAnswer::End;
using What = LeaseOffer::What;

/// Writes in a row for one reservation: two are enough unless others are quicker each time.
constexpr int kTries = 4;
constexpr unsigned kFailuresAway = 3;
constexpr double kMostStretch = 8;
constexpr unsigned kMostShardsTried = 3;
constexpr auto kCorrectedClock = 2s;
constexpr auto kHopelessClock = 60s;

std::int64_t ns(WallTime at) noexcept { return at.time_since_epoch().count(); }

double seconds(Duration time) noexcept { return std::chrono::duration<double>(time).count(); }

}  // namespace

LeaseKeeper::Begun LeaseKeeper::begin() const noexcept {
  return {.steady = clock_.now(), .now = ns(clock_.wall()) + counts_.clock_offset};
}

std::string LeaseKeeper::key_of(const Record& record) const {
  std::string key = "rl1#" + options_.name + "#" + record.text;
  if (options_.sharing.shards > 1) key += "#" + std::to_string(record.shard);
  return key;
}

bool LeaseKeeper::may_write(const Record& record) const {
  const Instant now = clock_.now();
  if (now < record.not_before) return false;
  return !away_ || (!trying_ && serving(now));
}

/// Whether the limit has writes left; if so, this is one.
bool LeaseKeeper::spend_write(Record& record) {
  if (!budget_.take(spent_, {.now = clock_.now(), .wall = {}}, 1).allowed) {
    record.stretch = std::min(kMostStretch, record.stretch * 2);
    return false;
  }
  trying_ = away_;
  ++counts_.writes;
  return true;
}

LeaseNeed LeaseKeeper::need_of(Record& record, Instant now) {
  const LeasePlan& plan = record.its_terms().plan();
  LeaseNeed need;
  if (!record.waiting.empty()) {
    need.first = record.waiting.front().cost;
    need.patience = record.waiting.front().patience;
    for (const LeaseAsk& ask : record.waiting) need.all += ask.cost;
  }
  need.owed = record.cell->owed.load(std::memory_order_relaxed);
  need.share = record.share;
  if (options_.sharing.mode == SharingMode::strict) return need;
  // An average that decays with the horizon as its time constant.
  const std::uint32_t demand = record.cell->demand.load(std::memory_order_relaxed);
  const double horizon = seconds(plan.horizon);
  const double passed = seconds(now - record.measured);
  if (passed > 0) {
    const double kept = std::exp(-passed / horizon);
    const double lately = static_cast<double>(demand - record.seen) / passed;
    record.rate = record.rate * kept + lately * (1 - kept);
    record.seen = demand;
    record.measured = now;
  }
  need.ahead = static_cast<std::uint64_t>(record.rate * horizon * record.stretch);
  return need;
}

/// One reservation. False where it makes no sense to go on for who still waits.
Task<bool> LeaseKeeper::reserve(Record& record) {
  const LeaseTerms& terms = record.its_terms();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    give_up(record, clock_.now());
    const bool strict = options_.sharing.mode == SharingMode::strict;
    if (!may_write(record) || (strict && !store_.one_truth())) {
      unavailable(record);
      co_return false;
    }
    const Begun begun = begin();
    const LeaseNeed need = need_of(record, begun.steady);
    const bool soon = need.ahead > 0 && !record.appointment;
    if (need.first == 0 && !soon && need.owed == 0) co_return true;
    LeaseOffer offer = terms.next(record.item(), need, key_of(record), begun.now);
    if (offer.what == What::nothing && other_shard(record)) continue;
    if (offer.what == What::nothing) {
      refuse(record, need, begun);
      co_return true;
    }
    if (offer.what == What::post) record.cell->owed.store(0);
    if (offer.what == What::post && offer.tokens == 0) continue;
    if (!spend_write(record)) {
      unavailable(record);
      co_return false;
    }
    offer.write.deadline = saturating_add(begun.steady, options_.sharing.timeout / 2);
    Task<Result<LimitWritten>> writing = store_.write(offer.write);
    const Result<LimitWritten> written = co_await writing;
    if (!written) {
      failed(record, written.error(), offer);
      co_return !record.waiting.empty() && !away_;
    }
    answered(written->date, begun);
    record.answered = true;
    const ItemView before = record.item();
    terms.learn(record.item(), offer, *written, begun.now);
    record.cell->item.store(record.item().t);
    record.cell->window.store(record.item().window);
    if (written->applied) {
      if (offer.what != What::reserve) continue;
      estimate(record, offer.tokens, terms.taken(before, record.item(), begun.now));
      granted(record, offer.tokens, begun);
      co_return true;
    }
    ++counts_.refused_writes;
  }
  co_return !record.waiting.empty();
}

bool LeaseKeeper::other_shard(Record& record) {
  const unsigned shards = options_.sharing.shards;
  if (++record.tried >= std::min(shards, kMostShardsTried)) return false;
  Random& random = store_.loop().random();
  record.shard = (record.shard + 1 + static_cast<unsigned>(random.below(shards - 1))) % shards;
  return true;
}

void LeaseKeeper::granted(Record& record, std::uint64_t tokens, const Begun& begun) {
  const LeaseTerms& terms = record.its_terms();
  const LeaseSpan span = terms.granted(record.item(), begun.now);
  const Instant now = clock_.now();
  const Instant from = begun.steady + Duration(span.from - begun.now);
  const Instant until = begun.steady + Duration(span.until - begun.now);
  record.stretch = std::max(1.0, record.stretch / 2);
  record.throttled = 0;
  const double soon = 2 * record.rate * seconds(round_trip_);
  const bool prefetches = options_.sharing.mode == SharingMode::lease &&
                          record.rate * seconds(terms.plan().horizon) > 2;
  record.cell->low.store(
      prefetches ? static_cast<std::uint32_t>(std::clamp(soon, 1.0, static_cast<double>(tokens)))
                 : 0);
  if (from > now) return appoint(record, tokens, from, until);
  if (until <= now) {
    counts_.lost += tokens;
    return;
  }
  std::vector<LeaseAsk> served;
  while (!record.waiting.empty() && record.waiting.front().cost <= tokens) {
    tokens -= record.waiting.front().cost;
    served.push_back(std::move(record.waiting.front()));
    record.waiting.pop_front();
  }
  const LeaseAnswer allowed = publish(record, tokens, until);
  for (LeaseAsk& ask : served) answer(ask, allowed);
}

void LeaseKeeper::appoint(Record& record, std::uint64_t tokens, Instant from, Instant until) {
  // Of two appointments, the tokens of both may be used from the later on, until the first ends.
  if (record.appointment && record.appointment->until > from) {
    tokens += record.appointment->tokens;
    until = std::min(until, record.appointment->until);
  }
  record.appointment = Record::Appointment{.tokens = tokens, .from = from, .until = until};
  store_.loop().timers().arm(record, from);
  const auto at = from.time_since_epoch().count();
  record.cell->retry_at.store(at);
  record.cell->refused_cost.store(1);
  record.cell->refused_until.store(at);
}

void LeaseKeeper::refuse(Record& record, const LeaseNeed& need, const Begun& begun) {
  const LeaseTerms& terms = record.its_terms();
  const auto steady = [&](std::int64_t at) { return begun.steady + Duration(at - begun.now); };
  const std::int64_t fits =
      terms.fits_at(record.item(), std::max<std::uint64_t>(need.first, 1), begun.now);
  const Instant ask =
      std::max(steady(terms.ask_at(record.item(), need, begun.now)), begun.steady + 1ms);
  record.cell->retry_at.store(steady(fits).time_since_epoch().count());
  record.cell->refused_cost.store(
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(need.first, 1, UINT32_MAX)));
  record.cell->refused_until.store(ask.time_since_epoch().count());
  const std::uint64_t left = terms.remaining(record.item(), begun.now);
  std::deque<LeaseAsk> waiting = std::exchange(record.waiting, {});
  for (LeaseAsk& one : waiting) {
    if (one.cost <= left && one.cost < need.first) {
      record.waiting.push_back(std::move(one));
      continue;
    }
    const std::int64_t at = terms.fits_at(record.item(), one.cost, begun.now);
    answer(one, {.end = End::refused, .time = Duration(at - begun.now)});
  }
}

void LeaseKeeper::failed(Record& record, const Error& error, const LeaseOffer& offer) {
  const Instant now = clock_.now();
  Random& random = store_.loop().random();
  trying_ = false;
  if (offer.what == What::post && error.code != "ambiguous") {
    record.cell->owed.fetch_add(static_cast<std::uint32_t>(offer.tokens));
  }
  if (error.code == "throttled") {
    ++counts_.throttled;
    record.stretch = std::min(kMostStretch, record.stretch * 2);
    record.last_wait = backoff_.delay(++record.throttled, record.last_wait, random);
    record.not_before = now + record.last_wait;
    return unavailable(record);
  }
  ++counts_.failures;
  if (error.code == "ambiguous") counts_.lost += offer.tokens;
  if (++failures_ < kFailuresAway) return;
  away_ = true;
  last_wait_ = backoff_.delay(failures_ - kFailuresAway + 1, last_wait_, random);
  away_until_ = (now + last_wait_).time_since_epoch().count();
  unavailable(record);
}

/// The store answers, and tells its time: a clock that is far off is corrected.
void LeaseKeeper::answered(const std::optional<WallTime>& date, const Begun& begun) {
  trying_ = false;
  away_ = false;
  failures_ = 0;
  last_wait_ = {};
  away_until_ = std::numeric_limits<std::int64_t>::min();
  stay_in_step();
  const Instant now = clock_.now();
  round_trip_ += (now - begun.steady - round_trip_) / 8;
  if (!date) return;
  const Duration off = *date + 500ms - (clock_.wall() - (now - begun.steady) / 2);
  const bool corrected = off > kCorrectedClock || off < -kCorrectedClock;
  counts_.clock_offset = corrected ? off.count() : 0;
  if (off > kHopelessClock || off < -kHopelessClock) {
    failures_ = kFailuresAway;
    away_ = true;
    away_until_ = (now + 1s).time_since_epoch().count();
  }
}

/// What all have taken between two own writes, against what this instance has.
void LeaseKeeper::estimate(Record& record, std::uint64_t tokens, std::uint64_t all) {
  if (all < tokens || record.items.size() > 1) return;
  const double share = static_cast<double>(tokens) / static_cast<double>(all);
  record.share += (share - record.share) / 8;
  instances_ = std::max(1.0, 1 / record.share);
}

}  // namespace lift::detail
