// What a circuit breaker costs a call: admitted and recorded, refused, and with two threads at one
// key.
#include <chrono>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/resilience/circuit_breakers.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

Outcome success() {
  Outcome outcome;
  outcome.duration = 1ms;
  return outcome;
}

struct Bed {
  BreakerTerms terms{CircuitBreakerOptions{}};
  CircuitBreaker breaker;

  void call(Instant now, Random& random) noexcept {
    const auto admission = breaker.admit(terms, now, random);
    if (admission.ticket) breaker.record(terms, *admission.ticket, success(), now, random);
  }
};

bench::Work calling() {
  return [bed = std::make_unique<Bed>(), random = SeededRandom(1),
          now = Instant(1h)](std::uint64_t times) mutable {
    for (; times > 0; --times) bed->call(now += 1us, random);
  };
}

bench::Work refusing() {
  auto bed = std::make_unique<Bed>();
  bed->breaker.force(bed->terms, BreakerMode::forced_open, Instant(1h));
  return [bed = std::move(bed), random = SeededRandom(1)](std::uint64_t times) mutable {
    for (; times > 0; --times) bench::keep(bed->breaker.admit(bed->terms, Instant(2h), random));
  };
}

/// One of 1,000 tenants, its hash included.
bench::Work calling_by_tenant() {
  SeededRandom seed(1);
  auto breakers = std::make_unique<CircuitBreakers>(
      CircuitBreakerOptions{}, BreakerScope::tenant_and_operation, 10'000, seed);
  std::vector<std::string> tenants;
  for (int i = 0; i < 1'000; ++i) tenants.push_back("tenant-" + std::to_string(i));
  return [breakers = std::move(breakers), tenants = std::move(tenants), random = SeededRandom(2),
          now = Instant(1h)](std::uint64_t times) mutable {
    auto& operation = breakers->operation("POST /charges");
    for (; times > 0; --times) {
      now += 1us;
      const std::string& tenant = tenants[times % tenants.size()];
      const auto admission = breakers->admit(operation, tenant, now, random);
      breakers->record(operation, tenant, *admission.held, success(), now, random);
    }
  };
}

/// Wall time of a call where two threads call at once.
Result<bench::Figures> two_threads() {
  constexpr std::uint64_t kCalls = 2'000'000;
  std::vector<double> nanoseconds;
  for (int round = 0; round < 7; ++round) {
    Bed bed;
    const auto run = [&bed](std::uint64_t seed) {
      SeededRandom random(seed);
      Instant now(1h);
      for (std::uint64_t i = 0; i < kCalls; ++i) bed.call(now += 1us, random);
    };
    const auto begin = std::chrono::steady_clock::now();
    {
      const std::jthread other(run, 1);
      run(2);
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    nanoseconds.push_back(took.count() / kCalls);
  }
  return bench::Figures{.value = bench::median(nanoseconds), .budget = 60.0};
}

const bench::Row kCall("breaker", bench::Budget(25), calling);
const bench::Row kOpen("breaker.open", bench::Budget(10), refusing);
const bench::Row kTwo("breaker.2t", "ns", two_threads);
const bench::Row kTenant("breaker.tenant", bench::Budget(80), calling_by_tenant);

}  // namespace
}  // namespace lift
