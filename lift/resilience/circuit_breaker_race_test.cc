#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "lift/resilience/circuit_breaker.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

Outcome of(OutcomeKind kind) {
  Outcome outcome;
  outcome.kind = kind;
  return outcome;
}

/// Half-open again and again, with four threads at the door: never more probes than there may be.
TEST(CircuitBreakerRace, LetsExactlyItsProbesThrough) {
  const BreakerTerms terms({.jitter = false, .probes = 7});
  for (int round = 0; round < 300; ++round) {
    CircuitBreaker breaker;
    SeededRandom seed(static_cast<std::uint64_t>(round));
    for (int i = 0; i < 5; ++i) {
      breaker.record(terms, *breaker.admit(terms, Instant{}, seed).ticket, of(OutcomeKind::failure),
                     Instant{}, seed);
    }
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        SeededRandom random(t);
        for (int i = 0; i < 20; ++i) {
          const auto admission = breaker.admit(terms, Instant{6s}, random);
          admitted.fetch_add(admission.ticket ? 1 : 0);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(admitted.load(), 7);
  }
}

/// Whatever happens at once: no more calls counted than were made, and changes that follow on each
/// other without a gap.
TEST(CircuitBreakerRace, ChangesFollowOnEachOther) {
  const BreakerTerms terms(
      {.window = 100ms, .open = 1ms, .max_open = 2ms, .probes = 3, .half_open_limit = 5ms});
  CircuitBreaker breaker;
  std::atomic<Duration::rep> passed{0};
  std::array<std::vector<BreakerChange>, 4> changes;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      for (int i = 0; i < 40'000; ++i) {
        const Duration more = std::chrono::microseconds(random.below(200));
        const Instant now{1h + Duration(passed.fetch_add(more.count()))};
        const auto admission = breaker.admit(terms, now, random);
        if (admission.change) changes[t].push_back(*admission.change);
        if (!admission.ticket) continue;
        const bool bad = random.below(5) < 3;
        const auto recorded =
            breaker.record(terms, *admission.ticket,
                           of(bad ? OutcomeKind::failure : OutcomeKind::success), now, random);
        if (recorded.change) changes[t].push_back(*recorded.change);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Each mode is left as often as it was entered, but for where it began and where it is.
  std::array<int, 6> entered{};
  std::array<int, 6> left{};
  for (const auto& list : changes) {
    for (const BreakerChange& change : list) {
      ++entered[static_cast<std::size_t>(change.to)];
      ++left[static_cast<std::size_t>(change.from)];
    }
  }
  ++entered[static_cast<std::size_t>(BreakerMode::closed)];
  ++left[static_cast<std::size_t>(breaker.mode())];
  EXPECT_EQ(entered, left);
  EXPECT_GT(entered[static_cast<std::size_t>(BreakerMode::open)], 10);
}

}  // namespace
}  // namespace lift
