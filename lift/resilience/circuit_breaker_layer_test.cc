#include "lift/resilience/circuit_breaker_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "lift/http/errors.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"
#include "tests/support/believing.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class CircuitBreakerLayerTest : public testing::Test {
 protected:
  void serve(CircuitBreakerLayerOptions options, Handler handler) {
    options.breaker.jitter = false;
    layer =
        CircuitBreakerLayer::make(std::move(options), *telemetry, world.loop().random()).value();
    const auto deadline = Deadline::make({.timeout = 1s}).value();
    chain.emplace(Chain::build("/op",
                               {AnyLayer(std::make_shared<test::Believing>()), AnyLayer(deadline),
                                AnyLayer(layer)},
                               std::move(handler))
                      .value());
  }
  /// A handler that answers with `status`.
  Handler answering() {
    return [this](Context&) { return text("x").with_status(status); };
  }
  std::unique_ptr<SimExchange> send(std::string_view tenant = "acme") {
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", tenant);
    return world.send(*chain, std::move(request));
  }
  int ask(std::string_view tenant = "acme") { return send(tenant)->status(); }
  void ask_times(int times) {
    for (int i = 0; i < times; ++i) send();
  }
  std::string metric(std::string_view name) {
    return metrics_test::text_of(telemetry->metrics().snapshot({}), name);
  }
  void upkeep() {
    for (const auto& part : telemetry->parts()) part->upkeep(world.now());
  }

  SimWorld world;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, world.loop().clock());
  std::shared_ptr<CircuitBreakerLayer> layer;
  std::optional<Chain> chain;
  int status = 200;
};

TEST_F(CircuitBreakerLayerTest, RefusesWithTheOriginalsBodyAndSaysWhenToComeBack) {
  serve({.name = "cards"}, answering());
  status = 500;
  ask_times(5);
  const auto refused = send();
  EXPECT_EQ(refused->status(), 503);
  EXPECT_EQ(refused->headers().value("retry-after"), "5");
  EXPECT_EQ(refused->headers().value("content-type"), "application/problem+json");
  EXPECT_THAT(refused->body(),
              HasSubstr(R"({"error":"Service temporarily unavailable",)"
                        R"("message":"Circuit breaker is open","code":"CIRCUIT_BREAKER_OPEN",)"
                        R"("retry_after":5,"policy":"circuit_breaker","policy_name":"cards",)"));
  EXPECT_THAT(metric("lift.circuit_breaker.requests"),
              HasSubstr("{breaker=cards,result=rejected} 1\n"));
  status = 200;
  world.advance(5s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), 200);
  EXPECT_EQ(layer->view().at(0).mode, BreakerMode::closed);
}

TEST_F(CircuitBreakerLayerTest, ExceptionsAreFailuresAndMistakesOfCallersAreNot) {
  serve({}, [this](Context&) -> Response {
    if (status == 0) throw std::runtime_error("broken");
    throw HttpError(status, "SOME", "error");
  });
  for (const int own : {400, 401, 404, 422, 429}) {
    status = own;
    ask_times(10);
    EXPECT_EQ(ask(), own);
  }
  status = 0;
  ask_times(5);
  EXPECT_EQ(ask(), 503);
}

TEST_F(CircuitBreakerLayerTest, TimeoutsAreFailures) {
  serve({}, [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1min);
    co_return text("late");
  });
  for (int i = 0; i < 5; ++i) {
    const auto exchange = send();
    world.advance(2s);
    EXPECT_EQ(exchange->status(), 504);
  }
  EXPECT_EQ(ask(), 503);
}

TEST_F(CircuitBreakerLayerTest, AnAnswerThatComesAfterTheDeadlineIsATimeout) {
  serve({}, [](Context&) -> Task<Response> {
    co_await sleep(2s);  // deaf to its request's end
    co_return text("late");
  });
  for (int i = 0; i < 5; ++i) {
    const auto exchange = send();
    world.advance(3s);
    EXPECT_TRUE(exchange->finished());
  }
  EXPECT_EQ(ask(), 503);
}

TEST_F(CircuitBreakerLayerTest, ARequestThatWasDroppedGivesItsProbeBack) {
  serve({}, [this](Context& ctx) -> Task<Response> {
    if (status == 500) co_return text("x").with_status(500);
    co_await ctx.sleep(500ms);
    co_return text("x");
  });
  status = 500;
  ask_times(5);
  status = 200;
  world.advance(5s);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<SimExchange>> probes;
    for (int i = 0; i < 5; ++i) probes.push_back(send());
    EXPECT_EQ(ask(), 503) << "five at a time";
    for (const auto& probe : probes) probe->client_leaves();
    world.settle();
  }
  std::vector<std::unique_ptr<SimExchange>> probes;
  for (int i = 0; i < 5; ++i) probes.push_back(send());
  world.advance(500ms);
  for (const auto& probe : probes) EXPECT_EQ(probe->status(), 200);
}

TEST_F(CircuitBreakerLayerTest, TellsTenantsApartWhereItsScopeSaysSo) {
  serve({.scope = BreakerScope::tenant},
        [](Context& ctx) { return text("x").with_status(ctx.tenant() == "acme" ? 500 : 200); });
  ask_times(5);
  EXPECT_EQ(ask("acme"), 503);
  EXPECT_EQ(ask("globex"), 200);
}

TEST_F(CircuitBreakerLayerTest, InShadowItRefusesNothingAndSaysWhatItWould) {
  serve({.mode = LayerMode::shadow}, answering());
  status = 500;
  ask_times(8);
  EXPECT_EQ(ask(), 500);
  EXPECT_THAT(metric("lift.circuit_breaker.requests"),
              HasSubstr("{breaker=default,result=would_reject} 4\n"));
  CircuitBreakerLayerOptions options;
  options.mode = LayerMode::enforce;
  EXPECT_TRUE(layer->update(options).has_value());
  EXPECT_EQ(ask(), 503) << "its state was kept";
  options.mode = LayerMode::off;
  EXPECT_TRUE(layer->update(options).has_value());
  EXPECT_EQ(ask(), 500);
}

TEST_F(CircuitBreakerLayerTest, AFallbackAnswersInstead) {
  serve({.name = "cards",
         .fallback =
             [](Context& ctx, const BreakerRefusal& refusal) {
               if (ctx.tenant() == "strict") throw HttpError(502, "NO", "no fallback");
               return text(refusal.breaker, " ", refusal.operation).with_status(203);
             }},
        answering());
  status = 500;
  ask_times(5);
  const auto instead = send();
  EXPECT_EQ(instead->status(), 203);
  EXPECT_EQ(instead->body(), "cards /op");
  EXPECT_EQ(ask("strict"), 502);
}

TEST_F(CircuitBreakerLayerTest, TellsOfItsChanges) {
  std::vector<std::string> told;
  serve({.on_change =
             [&](const BreakerEvent& event) {
               told.push_back(event.operation + " " + std::string(to_string(event.change.to)));
             }},
        answering());
  status = 500;
  ask_times(5);
  layer->force("/op", "", BreakerMode::forced_closed, "drill", 1min);
  EXPECT_THAT(told, testing::IsEmpty()) << "not while requests run";
  upkeep();
  EXPECT_THAT(told, testing::ElementsAre("/op open", "/op forced_closed"));
  EXPECT_EQ(ask(), 500);
  EXPECT_THAT(metric("lift.circuit_breaker.transitions"),
              HasSubstr("{breaker=default,state=open,cause=consecutive_failures} 1\n"));
  EXPECT_THAT(metric("lift.circuit_breaker.states"),
              HasSubstr("{breaker=default,state=forced_closed} 1\n"));
}

TEST_F(CircuitBreakerLayerTest, BadOptionsAreNamedAndTheOldOnesStay) {
  CircuitBreakerLayerOptions options;
  options.name = "a b";
  options.max_keys = 0;
  options.breaker.failure_rate = 0;
  const auto made = CircuitBreakerLayer::make(options, *telemetry);
  ASSERT_FALSE(made.has_value());
  for (const char* field : {"name: ", "max_keys: ", "breaker.failure_rate: "}) {
    EXPECT_THAT(made.error().message, HasSubstr(field));
  }
  serve({}, answering());
  options = {};
  options.scope = BreakerScope::tenant;
  options.name = "other";
  const auto updated = layer->update(options);
  ASSERT_FALSE(updated.has_value());
  EXPECT_THAT(updated.error().message, HasSubstr("scope: "));
  EXPECT_THAT(updated.error().message, HasSubstr("name: "));
}

}  // namespace
}  // namespace lift
