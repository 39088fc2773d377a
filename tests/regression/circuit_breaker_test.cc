// The defects of the original's circuit breaker, each named after the list of its defects.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class CircuitBreakerRegression : public testing::Test {
 protected:
  static Outcome of(OutcomeKind kind) {
    Outcome outcome;
    outcome.kind = kind;
    return outcome;
  }
  bool call(OutcomeKind kind) {
    const auto admission = breaker.admit(terms, now, random);
    if (admission.ticket) breaker.record(terms, *admission.ticket, of(kind), now, random);
    return admission.ticket.has_value();
  }
  void open() {
    for (int i = 0; i < 5; ++i) call(OutcomeKind::failure);
    ASSERT_EQ(breaker.mode(), BreakerMode::open);
    now = breaker.until();
  }
  /// A chain with a deadline of a second and a breaker around `handler`.
  Chain serve(Handler handler, CircuitBreakerLayerOptions options = {}) {
    options.breaker.jitter = false;
    layer = CircuitBreakerLayer::make(std::move(options), telemetry).value();
    const auto deadline = Deadline::make({.timeout = 1s}).value();
    return Chain::build("/op", {AnyLayer(deadline), AnyLayer(layer)}, std::move(handler)).value();
  }

  SimWorld world;
  Telemetry telemetry{{}, world.loop().clock()};
  std::shared_ptr<CircuitBreakerLayer> layer;
  BreakerTerms terms{CircuitBreakerOptions{}};
  CircuitBreaker breaker;
  SeededRandom random{1};
  Instant now{1h};
};

/// circuit_breaker_race_test.cc does the like under ThreadSanitizer.
TEST_F(CircuitBreakerRegression, D_CB_1_ManyThreadsMakeOneChange) {
  std::atomic<int> opened{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom own(t);
      for (int i = 0; i < 1'000; ++i) {
        const auto admission = breaker.admit(terms, now, own);
        if (!admission.ticket) continue;
        const auto recorded =
            breaker.record(terms, *admission.ticket, of(OutcomeKind::failure), now, own);
        if (recorded.change) opened.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened.load(), 1);
}

TEST_F(CircuitBreakerRegression, D_CB_2_HalfOpenAdmitsOnlyConfiguredProbes) {
  open();
  int admitted = 0;
  for (int i = 0; i < 1'000; ++i) admitted += breaker.admit(terms, now, random).ticket ? 1 : 0;
  EXPECT_EQ(admitted, 5);
}

TEST_F(CircuitBreakerRegression, D_CB_3_ItCannotNeedMoreSuccessesThanItAdmitsProbes) {
  CircuitBreakerOptions options;
  options.probes = 2;
  options.probe_successes = 3;
  EXPECT_FALSE(options.validate().empty());
  open();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(call(OutcomeKind::success)) << i;
}

TEST_F(CircuitBreakerRegression, D_CB_4_WhoeverIsToldOfAChangeMayAskTheBreaker) {
  std::vector<BreakerMode> seen;
  CircuitBreakerLayerOptions options;
  options.on_change = [&](const BreakerEvent&) { seen.push_back(layer->view().at(0).mode); };
  const Chain chain = serve([](Context&) { return text("x").with_status(500); }, options);
  for (int i = 0; i < 5; ++i) world.get(chain, "/");
  for (const auto& part : telemetry.parts()) part->upkeep(world.now());
  EXPECT_EQ(seen, std::vector<BreakerMode>{BreakerMode::open});
}

TEST_F(CircuitBreakerRegression, D_CB_5_OneFailureAfterRecoveryOpensNothing) {
  open();
  for (int i = 0; i < 10; ++i) call(OutcomeKind::success);
  call(OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed);
}

TEST_F(CircuitBreakerRegression, D_CB_6_TheMinimumIsOfTheWindow) {
  for (int i = 0; i < 1'000; ++i) call(OutcomeKind::success);
  now += 1min;
  for (int i = 0; i < 4; ++i) call(OutcomeKind::failure);
  EXPECT_EQ(breaker.mode(), BreakerMode::closed) << "four of four, but there were twenty once";
}

TEST_F(CircuitBreakerRegression, D_CB_7_AWindowTakesTheSameMemoryWhateverIsInIt) {
  static_assert(sizeof(CircuitBreaker) == 192);
  for (int i = 0; i < 200'000; ++i) {
    call(i % 3 == 0 ? OutcomeKind::failure : OutcomeKind::success);
    now += 1us;
  }
  EXPECT_EQ(breaker.counts(terms, now).calls, 200'000U);
}

TEST_F(CircuitBreakerRegression, D_CB_8_PathsAndTenantsMakeNoBreakersWithoutEnd) {
  CircuitBreakerLayerOptions options;
  options.scope = BreakerScope::tenant_and_operation;
  options.max_keys = 100;
  const Chain chain = serve([](Context&) { return text("x"); }, options);
  for (int i = 0; i < 1'000; ++i) world.get(chain, "/" + std::to_string(i));
  EXPECT_LE(layer->view().size(), 2U) << "by the route's template, not by path";
}

TEST_F(CircuitBreakerRegression, D_CB_9_AnExceptionIsAFailureAndGivesItsProbeBack) {
  bool broken = true;
  const Chain chain = serve([&](Context&) -> Response {
    if (broken) throw std::runtime_error("broken");
    return text("x");
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.get(chain, "/")->status(), 500);
  EXPECT_EQ(world.get(chain, "/")->status(), 503);
  for (int round = 0; round < 3; ++round) {
    world.advance(1min);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(world.get(chain, "/")->status(), 500);
    EXPECT_EQ(world.get(chain, "/")->status(), 503);
  }
  broken = false;
  world.advance(1min);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world.get(chain, "/")->status(), 200);
}

TEST_F(CircuitBreakerRegression, D_CB_10_MistakesOfCallersDoNotOpenIt) {
  const Chain chain = serve([](Context&) { return text("x").with_status(422); });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.get(chain, "/")->status(), 422);
}

TEST_F(CircuitBreakerRegression, D_CB_11_ResultsOfAnEarlierEraAreNoVotes) {
  const auto early = *breaker.admit(terms, now, random).ticket;
  open();
  static_cast<void>(breaker.admit(terms, now, random));
  for (int i = 0; i < 10; ++i) breaker.record(terms, early, of(OutcomeKind::success), now, random);
  EXPECT_EQ(breaker.mode(), BreakerMode::half_open);
}

TEST_F(CircuitBreakerRegression, D_CB_12_ItStaysOpenLongerWhenProbesFail) {
  open();
  const Duration first = breaker.until() - Instant{1h};
  for (int i = 0; i < 3; ++i) call(OutcomeKind::failure);
  EXPECT_GE(breaker.until() - now, 5s) << "twice five seconds, half of it by chance";
  EXPECT_LE(first, 5s);
}

TEST_F(CircuitBreakerRegression, D_X_50TimeoutsInsideOpenTheBreakerOutside) {
  const Chain chain = serve([](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1min);
    co_return text("late");
  });
  std::vector<std::unique_ptr<SimExchange>> all;
  for (int i = 0; i < 50; ++i) all.push_back(world.get(chain, "/"));
  world.advance(2s);
  for (const auto& exchange : all) EXPECT_EQ(exchange->status(), 504);
  EXPECT_EQ(world.get(chain, "/")->status(), 503);
}

/// Refuses, as a limiter or a bulkhead inside would.
struct Refusing {
  static constexpr std::string_view kName = "refusing";
  static Verdict enter(Context& ctx, NoSlot&) {
    return ctx.reject("full", text("full").with_status(503));
  }
};

TEST_F(CircuitBreakerRegression, D_X_ASiblingsRefusalIsNoFailure) {
  layer = CircuitBreakerLayer::make({}, telemetry).value();
  const Chain chain =
      Chain::build("/op", {AnyLayer(layer), AnyLayer(std::make_shared<Refusing>())}, [](Context&) {
        return text("x");
      }).value();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.get(chain, "/")->body(), "full");
  EXPECT_EQ(layer->view().at(0).mode, BreakerMode::closed);
}

}  // namespace
}  // namespace lift
