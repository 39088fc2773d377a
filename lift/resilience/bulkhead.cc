#include "lift/resilience/bulkhead.h"

#include <algorithm>

namespace lift {
namespace {

using detail::Seats;

constexpr std::size_t kMostName = 128;
constexpr std::uint32_t kUnlimited = 4'000'000;

BulkheadQueueOptions queue_of(const BulkheadOptions& options) {
  return options.queue.value_or(BulkheadQueueOptions{});
}

}  // namespace

std::string_view to_string(BulkheadLevel level) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"tenant", "operation", "global"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(BulkheadReason reason) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"full",   "queue_full", "no_time",
                                                   "waited", "overload",   "stopped"};
  return kNames[static_cast<std::size_t>(reason)];
}

BulkheadPermit::~BulkheadPermit() {
  if (bulkhead_ != nullptr) bulkhead_->release(held_, std::nullopt);
}

void BulkheadPermit::release(Instant now) noexcept {
  if (Bulkhead* const bulkhead = std::exchange(bulkhead_, nullptr)) bulkhead->release(held_, now);
}

Bulkhead::Bulkhead(const BulkheadOptions& options, std::size_t max_keys, Random& random)
    : secret_{.low = random.next(), .high = random.next()},
      queues_(options.queue.has_value()),
      global_(options.limit),
      table_(max_keys),
      crowd_(options.limit_of_tenant("")),
      options_(options),
      queue_(queue_of(options).queues, queue_of(options).hand, queue_of(options).length),
      codel_(queue_of(options).target, queue_of(options).interval),
      max_wait_(queue_of(options).max_wait.count()) {}

Bulkhead::Operation& Bulkhead::operation(std::string_view name) {
  name = name.substr(0, kMostName);
  const std::lock_guard lock(options_mutex_);
  const auto known = std::ranges::find(operations_, name, &Operation::name_);
  if (known != operations_.end()) return *known;
  if (operations_.size() >= kMaxOperations) return operations_.back();
  const bool last = operations_.size() + 1 == kMaxOperations;
  Operation& added = operations_.emplace_back(last ? "" : name);
  const auto limit = last ? std::nullopt : options_.limit_of_operation(name);
  added.seats_.renew();
  added.seats_.set_limit(limit.value_or(kUnlimited));
  added.limited_.store(limit.has_value(), std::memory_order_release);
  return added;
}

Bulkhead::Admission Bulkhead::try_acquire(const Asked& asked, Instant now) {
  // Those who wait have the first choice.
  if (waiting_.load(std::memory_order_relaxed) > 0) wake(now, nullptr, {});
  Seats* tenant = nullptr;
  if (!asked.tenant.empty() && !take_tenant(asked.tenant, tenant)) {
    const Levels levels{.tenant = tenant};
    return {.held = {}, .refusal = refusal(levels, BulkheadLevel::tenant, BulkheadReason::full)};
  }
  const Levels levels = levels_of(asked, tenant);
  const std::optional<BulkheadLevel> missing = take_rest(levels);
  if (!missing) {
    return {.held = BulkheadHeld{.tenant = tenant, .operation = levels.operation, .since = now}};
  }
  if (tenant != nullptr) tenant->give();
  // Who began to wait meanwhile may have found taken what was given back.
  if (waiting_.load(std::memory_order_seq_cst) > 0) wake(now, nullptr, {});
  return {.held = {}, .refusal = refusal(levels, *missing, BulkheadReason::full)};
}

Bulkhead::Levels Bulkhead::levels_of(const Asked& asked, Seats* tenant) const noexcept {
  Levels levels{.tenant = tenant};
  if (asked.operation != nullptr && asked.operation->limited_.load(std::memory_order_relaxed)) {
    levels.operation = &asked.operation->seats_;
  }
  return levels;
}

/// Where the tenant's places are, if there is room for them. Never fresh.
Bulkhead::Table::Place Bulkhead::place_of(std::uint64_t key, std::string_view tenant) {
  const Table::Place place = table_.find_or_add(
      key, [tenant] { return tenant; }, [](Tenant& its) { return its.seats.try_retire(); });
  if (!place || !place->seats.fresh()) return place;
  const std::lock_guard lock(options_mutex_);
  // What is fresh stays this key's until its limit is set.
  if (place.is(key)) place->seats.set_limit(options_.limit_of_tenant(tenant));
  return place;
}

/// False if all are taken. `seats` are the tenant's.
bool Bulkhead::take_tenant(std::string_view tenant, Seats*& seats) {
  const std::uint64_t key = sip_hash(secret_, tenant);
  while (true) {
    const Table::Place place = place_of(key, tenant);
    seats = place ? &place->seats : &crowd_;
    const Seats::Taken taken = seats->take();
    if (taken == Seats::Taken::nobodys) continue;
    if (!place || place.is(key)) return taken == Seats::Taken::yes;
    if (taken == Seats::Taken::yes) seats->give();  // it became another's
  }
}

/// The tenant's, which nobody else gets until want_no_more().
Seats& Bulkhead::want_tenant(std::string_view tenant) {
  const std::uint64_t key = sip_hash(secret_, tenant);
  while (true) {
    const Table::Place place = place_of(key, tenant);
    Seats& seats = place ? place->seats : crowd_;
    if (!seats.want()) continue;
    if (!place || place.is(key)) return seats;
    seats.want_no_more();
  }
}

/// What is missing, if anything: then nothing was taken.
std::optional<BulkheadLevel> Bulkhead::take_rest(const Levels& levels) noexcept {
  if (levels.operation != nullptr && levels.operation->take() != Seats::Taken::yes) {
    return BulkheadLevel::operation;
  }
  if (global_.take() == Seats::Taken::yes) return std::nullopt;
  if (levels.operation != nullptr) levels.operation->give();
  return BulkheadLevel::global;
}

bool Bulkhead::all_free(const Levels& levels) const noexcept {
  return (levels.tenant == nullptr || !levels.tenant->full()) &&
         (levels.operation == nullptr || !levels.operation->full()) && !global_.full();
}

void Bulkhead::give(const Levels& levels) noexcept {
  if (levels.operation != nullptr) levels.operation->give();
  if (levels.tenant != nullptr) levels.tenant->give();
}

/// Of who waits: for the innermost level that is full.
BulkheadRefusal Bulkhead::refusal(const Levels& levels, BulkheadReason reason) const noexcept {
  BulkheadLevel level = BulkheadLevel::global;
  if (levels.tenant != nullptr && levels.tenant->full()) {
    level = BulkheadLevel::tenant;
  } else if (levels.operation != nullptr && levels.operation->full()) {
    level = BulkheadLevel::operation;
  }
  return refusal(levels, level, reason);
}

BulkheadRefusal Bulkhead::refusal(const Levels& levels, BulkheadLevel level,
                                  BulkheadReason reason) const noexcept {
  const Seats* const full = level == BulkheadLevel::tenant      ? levels.tenant
                            : level == BulkheadLevel::operation ? levels.operation
                                                                : &global_;
  return {.level = level, .reason = reason, .limit = full->limit(), .retry_after = typical()};
}

void Bulkhead::release(const BulkheadHeld& held, std::optional<Instant> now) noexcept {
  give({.tenant = held.tenant, .operation = held.operation});
  global_.give();
  Duration took{};
  if (now) {
    took = *now - held.since;
    learn(took);
  }
  // After the places, as who begins to wait looks at them once more after it is counted.
  if (waiting_.load(std::memory_order_seq_cst) == 0) return;
  wake(now.value_or(held.since), held.charged && now ? &held.charge : nullptr, took);
}

/// Threads may overwrite each other's: it is an estimate.
void Bulkhead::learn(Duration took) noexcept {
  const Duration::rep before = typical_.load(std::memory_order_relaxed);
  typical_.store(before + (took.count() - before) / 16, std::memory_order_relaxed);
}

void Bulkhead::update(const BulkheadOptions& options, Instant now) {
  {
    const std::lock_guard lock(options_mutex_);
    options_ = options;
    global_.set_limit(options.limit);
    crowd_.set_limit(options.limit_of_tenant(""));
    for (Operation& operation : operations_) {
      const auto limit = options.limit_of_operation(operation.name_);
      operation.seats_.set_limit(limit.value_or(kUnlimited));
      operation.limited_.store(limit.has_value() && !operation.name_.empty(),
                               std::memory_order_release);
    }
    table_.visit([&](std::string_view name, Tenant& tenant) {
      tenant.seats.set_limit(options.limit_of_tenant(name));
    });
    const std::lock_guard queue_lock(queue_mutex_);
    codel_ = Codel(queue_of(options).target, queue_of(options).interval);
    max_wait_.store(queue_of(options).max_wait.count(), std::memory_order_relaxed);
  }
  wake(now, nullptr, {});
}

Bulkhead::View Bulkhead::view() {
  View view{.in_use = global_.in_use(),
            .limit = global_.limit(),
            .waiting = waiting_.load(std::memory_order_relaxed),
            .tenants = table_.size(),
            .overloaded = false};
  const std::lock_guard lock(queue_mutex_);
  view.overloaded = codel_.overloaded();
  return view;
}

}  // namespace lift
