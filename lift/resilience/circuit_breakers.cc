#include "lift/resilience/circuit_breakers.h"

#include <algorithm>

namespace lift {
namespace {

constexpr std::size_t kMostName = 128;
constexpr char kBetween = '\x1f';

}  // namespace

CircuitBreakers::CircuitBreakers(const CircuitBreakerOptions& options, BreakerScope scope,
                                 std::size_t max_keys, Random& random)
    : scope_(scope),
      secret_{.low = random.next(), .high = random.next()},
      terms_(BreakerTerms(options)),
      table_(by_tenant() ? max_keys : 1) {}

CircuitBreakers::Operation& CircuitBreakers::operation(std::string_view name) {
  const std::string_view wanted = by_operation() ? name.substr(0, kMostName) : "";
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find(operations_, wanted, &Operation::name_);
  if (known != operations_.end()) return *known;
  if (operations_.size() >= kMaxOperations) return operations_.front();
  return operations_.emplace_back(wanted, sip_hash(secret_, wanted));
}

std::uint64_t CircuitBreakers::key_of(const Operation& operation,
                                      std::string_view tenant) const noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  return sip_hash(secret_, tenant) * kOdd + operation.hash_;
}

CircuitBreakers::Table::Place CircuitBreakers::place_of(std::uint64_t key,
                                                        const Operation& operation,
                                                        std::string_view tenant,
                                                        const BreakerTerms& terms, Instant now) {
  const auto name = [&] {
    return std::string(tenant.substr(0, kMostName - 1)) + kBetween + operation.name_;
  };
  const auto retire = [&](CircuitBreaker& breaker) { return breaker.try_retire(terms, now); };
  return table_.find_or_add(key, name, retire);
}

CircuitBreakers::Admission CircuitBreakers::admit(Operation& operation, std::string_view tenant,
                                                  Instant now, Random& random) {
  const BreakerTerms& terms = terms_.read();
  const std::uint64_t key = by_tenant() ? key_of(operation, tenant) : 0;
  while (true) {
    const Table::Place place =
        by_tenant() ? place_of(key, operation, tenant, terms, now) : Table::Place();
    CircuitBreaker& breaker = place ? *place : operation.own_;
    const CircuitBreaker::Admission admission = breaker.admit(terms, now, random);
    if (place && !place.is(key)) {  // it became another's
      if (admission.ticket) breaker.release(*admission.ticket);
      continue;
    }
    if (admission.change) tell(operation, tenant, *admission.change);
    if (!admission.ticket) return {.held = {}, .retry_after = admission.retry_after};
    return {.held = Held{.breaker = &breaker, .ticket = *admission.ticket}, .retry_after = {}};
  }
}

CircuitBreaker::Counted CircuitBreakers::record(Operation& operation, std::string_view tenant,
                                                const Held& held, const Outcome& outcome,
                                                Instant now, Random& random) {
  const auto recorded = held.breaker->record(terms_.read(), held.ticket, outcome, now, random);
  if (recorded.change) tell(operation, tenant, *recorded.change);
  return recorded.counted;
}

void CircuitBreakers::force(std::string_view operation_name, std::string_view tenant,
                            BreakerMode mode, std::string_view reason, Instant now, Instant until) {
  Operation& of = operation(operation_name);
  const BreakerTerms& terms = terms_.read();
  const std::uint64_t key = by_tenant() ? key_of(of, tenant) : 0;
  while (true) {
    const Table::Place place = by_tenant() ? place_of(key, of, tenant, terms, now) : Table::Place();
    CircuitBreaker& breaker = place ? *place : of.own_;
    const BreakerChange change = breaker.force(terms, mode, now, until);
    if (!place || place.is(key)) {
      return tell(of, tenant, change, reason);
    }
    breaker.force(terms, BreakerMode::closed, now);  // of another, meanwhile
  }
}

void CircuitBreakers::update(const CircuitBreakerOptions& options) {
  const std::lock_guard lock(mutex_);
  const CircuitBreakerOptions before = terms_.share()->options;
  terms_.replace(BreakerTerms(options));
  if (before.window == options.window && before.count_window == options.count_window) return;
  table_.visit([](std::string_view, CircuitBreaker& breaker) { breaker.forget_counts(); });
  for (Operation& operation : operations_) operation.own_.forget_counts();
}

std::vector<CircuitBreakers::View> CircuitBreakers::view(Instant now) {
  const BreakerTerms terms = *terms_.share();
  std::vector<View> all;
  const auto add = [&](std::string_view operation, std::string_view tenant,
                       const CircuitBreaker& breaker) {
    all.push_back({.operation = std::string(operation),
                   .tenant = std::string(tenant),
                   .mode = breaker.mode(),
                   .counts = breaker.counts(terms, now)});
  };
  table_.visit([&](std::string_view name, CircuitBreaker& breaker) {
    const std::size_t between = name.find(kBetween);
    add(name.substr(between + 1), name.substr(0, between), breaker);
  });
  const std::lock_guard lock(mutex_);
  for (Operation& operation : operations_) {
    const bool in_use = !by_tenant() || operation.own_.counts(terms, now).calls > 0;
    if (in_use) add(operation.name_, "", operation.own_);
  }
  return all;
}

void CircuitBreakers::tell(const Operation& operation, std::string_view tenant,
                           const BreakerChange& change, std::string_view reason) {
  const std::string_view whose = by_tenant() ? tenant.substr(0, kMostName) : "";
  static_cast<void>(events_.try_push({.operation = operation.name_,
                                      .tenant = std::string(whose),
                                      .change = change,
                                      .reason = std::string(reason.substr(0, kMostName))}));
}

}  // namespace lift
