#include "lift/ratelimit/detail/lease_keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lift/ratelimit/detail/lease_record.h"

namespace lift::detail {
namespace {

using namespace std::chrono_literals;
using End = LeaseAnswer::End;

constexpr std::size_t kMostAsked = 10'000;
/// With twice as many places as keys few sets are ever full; what is forgotten is asked for again.
constexpr std::size_t kPlacesAKey = 2;
/// A key that is idle for so long is forgotten before any other.
constexpr Duration kIdle = 1min;

}  // namespace

LeaseKeeper::LeaseKeeper(Options options, LimitStore& store, const Clock& clock)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      backoff_(Backoff::make({.base = 100ms, .cap = 1s}).value()),
      budget_(Quota{.rate = per_second(options_.sharing.max_writes)}),
      spent_(Gcra::fresh({.now = clock.now(), .wall = {}})),
      table_(options_.max_keys * kPlacesAKey),
      records_(table_.capacity()),
      tasks_(std::in_place) {
  step_ = (clock.wall().time_since_epoch() - clock.now().time_since_epoch()).count();
}

LeaseKeeper::~LeaseKeeper() = default;

void LeaseKeeper::wake(std::unique_lock<std::mutex>& lock) {
  const bool post = !std::exchange(posted_, true);
  if (post) in_flight_ = shared_from_this();
  lock.unlock();
  if (post) store_.loop().post(arrival_);
}

void LeaseKeeper::tell(std::uint64_t hash) {
  std::unique_lock lock(inbox_);
  if (closed_ || told_.size() >= kMostAsked) return;
  told_.push_back(hash);
  wake(lock);
}

void LeaseKeeper::ask(LeaseAsk ask) {
  std::unique_lock lock(inbox_);
  if (closed_ || asked_.size() >= kMostAsked) {
    lock.unlock();
    return answer(ask, {});
  }
  asked_.push_back(std::move(ask));
  wake(lock);
}

void LeaseKeeper::close() noexcept {
  {
    const std::scoped_lock lock(inbox_);
    closed_ = true;
    told_.clear();
  }
  tasks_.reset();
  records_.clear();
}

void LeaseKeeper::arrived() noexcept {
  std::shared_ptr<LeaseKeeper> keep;
  std::vector<std::uint64_t> told;
  std::vector<LeaseAsk> asked;
  bool closed = false;
  {
    const std::scoped_lock lock(inbox_);
    keep = std::move(in_flight_);
    posted_ = false;
    told.swap(told_);
    asked.swap(asked_);
    closed = closed_;
  }
  if (closed) {
    for (LeaseAsk& ask : asked) answer(ask, {});
    return;
  }
  stay_in_step();
  for (LeaseAsk& ask : asked) take(std::move(ask));
  for (const std::uint64_t hash : told) {
    LeaseCell* const cell = table_.find(hash);
    if (cell == nullptr) continue;
    Record& record = *records_[table_.index_of(*cell)];
    record.told = true;
    start(record);
  }
}

/// Tokens that were reserved by time lines that are no longer in step may be too old.
void LeaseKeeper::stay_in_step() {
  const Instant now = clock_.now();
  const WallTime wall = clock_.wall();
  if (!in_step(now, wall)) {
    for (const auto& record : records_) {
      if (!record) continue;
      for (auto& lease : record->cell->leases) lease.store(0);
      record->cell->refused_until.store(0);
      record->appointment.reset();
      record->cancel();
    }
  }
  step_ = (wall.time_since_epoch() - now.time_since_epoch()).count();
}

void LeaseKeeper::answer(LeaseAsk& ask, LeaseAnswer answer) {
  if (ask.done) (*std::exchange(ask.done, nullptr))(answer);
}

bool LeaseKeeper::may_forget(std::size_t place) {
  Record* const record = records_[place].get();
  if (record == nullptr) return true;
  return !record->busy && !record->appointment && clock_.now() - record->used > kIdle;
}

LeaseKeeper::Record* LeaseKeeper::record_of(const LeaseAsk& ask) {
  auto claimed = table_.claim(ask.hash, [&](std::size_t place) { return may_forget(place); });
  // Where all are in use, one that only holds tokens gives way: it can ask for others.
  if (claimed.cell == nullptr) {
    claimed = table_.claim(ask.hash, [&](std::size_t place) { return !records_[place]->busy; });
  }
  if (claimed.cell == nullptr) return nullptr;
  std::unique_ptr<Record>& record = records_[claimed.place];
  if (claimed.fresh || !record) {
    record = std::make_unique<Record>(*this, *claimed.cell);
    record->hash = ask.hash;
    record->text = ask.text;
    record->items.resize(options_.sharing.shards);
    record->shard = static_cast<unsigned>(store_.loop().random().below(options_.sharing.shards));
    record->measured = clock_.now();
  }
  record->terms = ask.terms;
  record->used = clock_.now();
  return record.get();
}

/// Answers by what is here already.
bool LeaseKeeper::known(Record& record, LeaseAsk& ask) {
  const Instant now = clock_.now();
  if (record.appointment && record.appointment->from <= now) appointment_due(record);
  if (const LeaseCell::Took took = record.cell->take(ask.cost, now); took.lease != nullptr) {
    answer(ask, {.end = End::allowed, .time = {}, .lease = took.lease, .lease_end = took.end});
    return true;
  }
  if (!record.appointment || ask.cost > record.appointment->tokens) return false;
  const Duration wait = record.appointment->from - now;
  if (wait <= ask.patience) {
    record.appointment->tokens -= ask.cost;
    answer(ask, {.end = End::allowed, .time = wait});
  } else {
    answer(ask, {.end = End::refused, .time = wait});
  }
  return true;
}

void LeaseKeeper::take(LeaseAsk ask) {
  Record* const record = record_of(ask);
  if (record == nullptr) return answer(ask, {});
  if (ask.cost > record->its_terms().most()) {
    return answer(ask, {.end = End::refused, .time = kNeverAgain});
  }
  if (!record->busy && known(*record, ask)) return;
  record->waiting.push_back(std::move(ask));
  start(*record);
}

void LeaseKeeper::start(Record& record) {
  if (record.busy) return;
  record.busy = true;
  if (!tasks_->spawn(serve(record))) {
    record.busy = false;
    unavailable(record);
  }
}

Task<void> LeaseKeeper::serve(Record& record) {
  do {
    record.told = false;
    record.tried = 0;
    record.answered = false;
    Task<bool> reserving = reserve(record);
    const bool more = co_await reserving;
    give_up(record, clock_.now());
    while (!record.waiting.empty() && known(record, record.waiting.front())) {
      record.waiting.pop_front();
    }
    if (!more) break;
  } while (!record.waiting.empty());
  record.cell->told.store(false);
  record.busy = false;
}

/// Where the store answers and others were quicker each time, there is nothing left.
void LeaseKeeper::give_up(Record& record, Instant now) {
  LeaseAnswer end;
  if (record.answered) end = {.end = End::refused, .time = round_trip_};
  std::erase_if(record.waiting, [&](LeaseAsk& ask) {
    if (now < ask.until) return false;
    answer(ask, end);
    return true;
  });
}

void LeaseKeeper::unavailable(Record& record) {
  for (LeaseAsk& ask : record.waiting) answer(ask, {});
  record.waiting.clear();
}

LeaseAnswer LeaseKeeper::publish(Record& record, std::uint64_t tokens, Instant until) {
  const Instant now = clock_.now();
  auto& leases = record.cell->leases;
  const std::uint64_t first = LeaseWord::tokens(leases[0].load(), now);
  const std::uint64_t second = LeaseWord::tokens(leases[1].load(), now);
  auto& lease = leases[first <= second ? 0 : 1];
  const std::uint64_t word = LeaseWord::make(std::min(tokens, LeaseWord::kMostTokens), until);
  const std::uint64_t old = lease.exchange(word);
  counts_.lost += old & LeaseWord::kMostTokens;
  const std::uint64_t held = record.cell->tokens(now);
  if (held > counts_.most_held) counts_.most_held = held;
  record.cell->refused_until.store(0);
  return {.end = End::allowed, .time = {}, .lease = &lease, .lease_end = LeaseWord::end(word)};
}

void LeaseKeeper::appointment_due(Record& record) {
  if (!record.appointment) return;
  const Record::Appointment due = *std::exchange(record.appointment, std::nullopt);
  record.cancel();
  static_cast<void>(publish(record, due.tokens, due.until));
}

}  // namespace lift::detail
