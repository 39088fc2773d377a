#include "lift/ratelimit/detail/shared_limit.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "lift/base/callback.h"
#include "lift/ratelimit/detail/memory_limit.h"

namespace lift::detail {
namespace {

using End = LeaseAnswer::End;

/// What `open` allows while the store is away, in shares of the quota.
constexpr double kOpenShares = 10;

std::vector<std::shared_ptr<const LeaseTerms>> terms_of(const LimitOptions& options,
                                                        std::span<const Quota> quotas) {
  std::vector<std::shared_ptr<const LeaseTerms>> all;
  for (const Quota& quota : quotas) {
    if (options.algorithm == LimitAlgorithm::fixed_window) {
      all.push_back(window_terms(quota, LeasePlan::of_window(quota)));
    } else {
      all.push_back(bucket_terms(LeasePlan::make(quota, *options.sharing).value()));
    }
  }
  return all;
}

/// The keeper may end on the store's own thread, where the store must not.
LimitSharing settings_of(LimitSharing sharing) {
  sharing.store.reset();
  return sharing;
}

/// Runs `work` on `loop` and waits for it.
void run_on(Loop& loop, const std::function<void()>& work) {
  if (Loop::try_current() == &loop) return work();
  struct Errand final : Posted {
    explicit Errand(const std::function<void()>& todo)
        : Posted([](Posted& posted) noexcept { static_cast<Errand&>(posted).run_it(); }),
          work(todo) {}
    void run_it() noexcept {
      work();
      // Under the lock: whoever waits may end this errand as soon as it is released.
      const std::scoped_lock lock(mutex);
      done = true;
      changed.notify_one();
    }
    const std::function<void()>& work;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  } errand(work);
  loop.post(errand);
  std::unique_lock lock(errand.mutex);
  errand.changed.wait(lock, [&] { return errand.done; });
}

}  // namespace

std::shared_ptr<LimitCounts> make_counts(const LimitOptions& options, std::span<const Quota> quotas,
                                         const Clock& clock) {
  if (!options.sharing) return make_memory_limit(options, quotas, clock);
  LimitOptions alone = options;
  alone.sharing.reset();
  alone.charge = LimitCharge::every;
  alone.weigh = {};
  alone.max_wait = {};
  return std::make_shared<SharedLimit>(options, quotas, clock,
                                       make_memory_limit(alone, quotas, clock));
}

Task<LimitCounts::Taken> LimitCounts::decide(const LimitKey&, std::uint64_t hash, std::size_t quota,
                                             const LimitTime& time, std::uint64_t cost, Duration) {
  co_return take(hash, quota, time, cost);
}

SharedLimit::SharedLimit(const LimitOptions& options, std::span<const Quota> quotas,
                         const Clock& clock, std::shared_ptr<LimitCounts> fallback)
    : sharing_(*options.sharing),
      quotas_(quotas.begin(), quotas.end()),
      algorithm_(options.algorithm),
      max_keys_(options.max_keys),
      clock_(clock),
      fallback_(std::move(fallback)),
      keeper_(
          std::make_shared<LeaseKeeper>(LeaseKeeper::Options{.sharing = settings_of(sharing_),
                                                             .name = options.name,
                                                             .max_keys = options.max_keys,
                                                             .terms = terms_of(options, quotas)},
                                        *sharing_.store, clock)) {
  if (algorithm_ == LimitAlgorithm::fixed_window) return;
  for (std::size_t i = 0; i < quotas_.size(); ++i) {
    overshoot_ = std::max(overshoot_, keeper_->terms(i).plan().overshoot);
  }
}

void SharedLimit::close() {
  if (closed_.exchange(true)) return;
  run_on(sharing_.store->loop(), [this] { keeper_->close(); });
}

SharedLimit::Moment SharedLimit::moment(Instant now) const noexcept {
  return moment(now, clock_.coarse(), clock_.coarse_wall());
}

SharedLimit::Moment SharedLimit::moment(Instant now, Instant coarse,
                                        WallTime coarse_wall) const noexcept {
  const WallTime wall = coarse_wall + (now - coarse);
  return {.now = std::max(now, coarse),
          .wall = wall.time_since_epoch().count() + keeper_->clock_offset()};
}

ItemView SharedLimit::view(const LeaseCell& cell) noexcept {
  return {.t = cell.item.load(std::memory_order_relaxed),
          .v = 0,
          .window = cell.window.load(std::memory_order_relaxed)};
}

LimitDecision SharedLimit::describe(const LeaseCell* cell, std::size_t quota,
                                    const Moment& at) const noexcept {
  const LeaseTerms& terms = keeper_->terms(quota);
  const ItemView item = cell != nullptr ? view(*cell) : ItemView{};
  const std::uint64_t held = cell != nullptr ? cell->tokens(at.now) : 0;
  LimitDecision decision;
  decision.source = LimitSource::lease;
  decision.limit = terms.most();
  decision.remaining = std::min(terms.most(), terms.remaining(item, at.wall) + held);
  decision.reset_after = Duration(terms.full_at(item, at.wall) - at.wall);
  return decision;
}

LimitCounts::Taken SharedLimit::take(std::uint64_t key, std::size_t quota, const LimitTime& time,
                                     std::uint64_t cost) {
  const std::uint64_t hash = place_of(key);
  LeaseCell* const cell = keeper_->table().find(hash);
  if (cost == 0) return {.decision = peek(key, quota, time, 0), .place = {.key = hash}};
  if (!keeper_->serving(time.now)) return without_store(hash, cell, quota, time, cost);
  const Instant coarse = clock_.coarse();
  const WallTime wall = clock_.coarse_wall();
  if (cell == nullptr || !keeper_->in_step(coarse, wall)) return {.undecided = true};
  const Moment at = moment(time.now, coarse, wall);
  cell->count(cost);
  const LeaseCell::Took took = cell->take(cost, at.now);
  if (took.lease != nullptr) {
    if (!keeper_->table().still(*cell, hash)) return {.undecided = true};
    if (took.left < cell->low.load(std::memory_order_relaxed) && !cell->told.exchange(true)) {
      keeper_->tell(hash);
    }
    return {.decision = describe(cell, quota, at),
            .place = {.key = hash, .word = took.lease, .quota = quota, .mark = took.end}};
  }
  const Instant until(Duration(cell->refused_until.load(std::memory_order_relaxed)));
  if (at.now >= until || cost < cell->refused_cost.load(std::memory_order_relaxed)) {
    return {.undecided = true};
  }
  Taken refused{.decision = describe(cell, quota, at), .place = {.key = hash}};
  const Instant retry(Duration(cell->retry_at.load(std::memory_order_relaxed)));
  refused.decision.allowed = false;
  refused.decision.remaining = std::min(refused.decision.remaining, cost - 1);
  refused.decision.retry_after = std::max(retry, until) - at.now;
  return refused;
}

Task<LimitCounts::Taken> SharedLimit::decide(const LimitKey& key, std::uint64_t hash,
                                             std::size_t quota, const LimitTime& time,
                                             std::uint64_t cost, Duration patience) {
  const std::uint64_t place = place_of(hash);
  LeaseAsk ask{.hash = place,
               .text = key.text({reinterpret_cast<const std::uint8_t*>(sharing_.secret.data()),
                                 sharing_.secret.size()}),
               .terms = quota,
               .cost = cost,
               .until = saturating_add(clock_.now(), sharing_.timeout),
               .patience = patience};
  const std::shared_ptr<SharedLimit> keep = shared_from_this();
  auto asking = from_callback<LeaseAnswer>([&](Callback<LeaseAnswer> done) {
    ask.done = std::make_unique<Callback<LeaseAnswer>>(std::move(done));
    keeper_->ask(std::move(ask));
  });
  const LeaseAnswer answer = co_await asking;
  LeaseCell* const cell = keeper_->table().find(place);
  if (answer.end == End::unavailable) co_return without_store(place, cell, quota, time, cost);
  Taken taken{.decision = describe(cell, quota, moment(clock_.now())), .place = {.key = place}};
  taken.decision.source = LimitSource::store;
  if (answer.end == End::allowed) {
    taken.place.word = answer.lease;
    taken.place.quota = quota;
    taken.place.mark = answer.lease_end;
    taken.decision.wait = answer.time;
    co_return taken;
  }
  taken.decision.allowed = false;
  taken.decision.remaining = std::min(taken.decision.remaining, cost - 1);
  taken.decision.retry_after = answer.time;
  co_return taken;
}

/// As this instance's share: a token costs as many as there are instances.
LimitCounts::Taken SharedLimit::without_store(std::uint64_t hash, LeaseCell* cell,
                                              std::size_t quota, const LimitTime& time,
                                              std::uint64_t cost) {
  fallbacks_.fetch_add(1, std::memory_order_relaxed);
  Taken taken{.decision = {.source = LimitSource::fallback}, .place = {.key = hash}};
  if (sharing_.on_failure == StoreFailure::closed) {
    taken.decision.allowed = false;
    taken.decision.source = LimitSource::unavailable;
    taken.decision.limit = keeper_->terms(quota).most();
    taken.decision.retry_after = std::chrono::seconds(1);
    return taken;
  }
  const double shares =
      sharing_.instances > 0 ? static_cast<double>(sharing_.instances) : keeper_->instances();
  const double dear = static_cast<double>(cost) *
                      (sharing_.on_failure == StoreFailure::open ? shares / kOpenShares : shares);
  const std::uint64_t most = quotas_[quota].burst_size();
  const auto charged =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(dear)), 1, most);
  taken = fallback_->take(hash, quota, time, charged);
  taken.decision.source = LimitSource::fallback;
  taken.place.mark = charged;
  taken.place.fallback = true;
  if (taken.decision.allowed && cell != nullptr) {
    cell->owed.fetch_add(static_cast<std::uint32_t>(std::min<std::uint64_t>(cost, 1U << 20)));
  }
  return taken;
}

LimitDecision SharedLimit::peek(std::uint64_t key, std::size_t quota, const LimitTime& time,
                                std::uint64_t cost) {
  const Moment at = moment(time.now);
  LimitDecision decision = describe(keeper_->table().find(place_of(key)), quota, at);
  decision.allowed = decision.remaining >= cost;
  return decision;
}

void SharedLimit::undo(const Place& place, const LimitTime& then, const LimitTime& time,
                       std::uint64_t taken) {
  if (place.fallback) {
    fallback_->undo(place, then, time, place.mark);
  } else if (place.word != nullptr) {
    LeaseCell::give_back(*place.word, place.mark, taken);
  }
}

/// What was not used goes back to the lease, if that still lasts; what was used on top is taken
/// from it, or written to the store with the next reservation.
void SharedLimit::settle(const Place& place, const LimitTime& then, const LimitTime& time,
                         std::uint64_t taken, std::uint64_t cost) {
  if (cost <= taken) {
    if (cost == 0 || !place.fallback) undo(place, then, time, taken - cost);
    return;
  }
  LeaseCell* const cell = keeper_->table().find(place.key);
  if (cell == nullptr) return;
  const std::uint64_t more = cost - taken;
  if (cell->take(more, time.now).lease != nullptr) return;
  cell->owed.fetch_add(static_cast<std::uint32_t>(std::min<std::uint64_t>(more, 1U << 20)));
}

std::shared_ptr<LimitCounts> SharedLimit::with(std::span<const Quota> quotas,
                                               const LimitOptions& options) {
  const bool same = options.sharing && *options.sharing == sharing_ &&
                    options.algorithm == algorithm_ && options.max_keys == max_keys_ &&
                    std::ranges::equal(quotas, quotas_);
  return same ? shared_from_this() : nullptr;
}

}  // namespace lift::detail
