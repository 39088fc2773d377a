#include "lift/resilience/bulkhead_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "lift/base/sleep.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"
#include "tests/support/believing.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class BulkheadLayerTest : public testing::Test {
 protected:
  void serve(BulkheadLayerOptions options, RouteOptions route = {}) {
    layer = BulkheadLayer::make(std::move(options), *telemetry, world.loop().random()).value();
    const auto deadline = Deadline::make({.timeout = 1s}).value();
    const Handler handler = [](Context& ctx) -> Task<Response> {
      if (ctx.request().headers.contains("throw")) throw std::runtime_error("always");
      co_await ctx.sleep(100ms);
      co_return text("done");
    };
    chain.emplace(Chain::build("/op",
                               {AnyLayer(std::make_shared<test::Believing>()), AnyLayer(deadline),
                                AnyLayer(layer)},
                               handler, route)
                      .value());
  }
  std::unique_ptr<SimExchange> send(std::string_view tenant = "acme", std::string_view more = "") {
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", tenant);
    if (!more.empty()) request.headers.add(more, "1");
    return world.send(*chain, std::move(request));
  }
  std::string metric(std::string_view name) {
    return metrics_test::text_of(telemetry->metrics().snapshot({}), name);
  }
  static BulkheadLayerOptions limited(std::uint32_t limit) {
    BulkheadLayerOptions options;
    options.bulkhead.limit = limit;
    options.bulkhead.tenant_limit = limit;
    return options;
  }
  static BulkheadLayerOptions without_queue(std::uint32_t limit) {
    BulkheadLayerOptions options = limited(limit);
    options.bulkhead.queue = {};
    return options;
  }

  SimWorld world;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, world.loop().clock());
  std::shared_ptr<BulkheadLayer> layer;
  std::optional<Chain> chain;
};

TEST_F(BulkheadLayerTest, RefusesWithTheOriginalsBody) {
  BulkheadLayerOptions options = without_queue(2);
  options.name = "api";
  options.bulkhead.tenant_limit = 1;
  serve(options);
  const auto first = send();
  const auto refused = send();
  EXPECT_EQ(refused->status(), 503);
  EXPECT_EQ(refused->headers().value("retry-after"), "1");
  EXPECT_THAT(refused->body(),
              HasSubstr(R"({"error":"Service temporarily unavailable",)"
                        R"("message":"Resource limit exceeded","code":"BULKHEAD_LIMIT_EXCEEDED",)"
                        R"("reason":"tenant resource limit exceeded","limit":1,"retry_after":1,)"
                        R"("policy":"bulkhead","policy_name":"api")"));
  const auto other = send("other");
  EXPECT_THAT(send("third")->body(), HasSubstr("global resource limit exceeded"));
  world.advance(200ms);
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(other->status(), 200);
  EXPECT_EQ(layer->view().in_use, 0U);
  EXPECT_THAT(metric("lift.bulkhead.requests"), HasSubstr("{bulkhead=api,result=admitted} 2\n"));
  EXPECT_THAT(metric("lift.bulkhead.rejections"),
              HasSubstr("{bulkhead=api,level=tenant,reason=full} 1\n"));
  EXPECT_THAT(metric("lift.bulkhead.limit"), HasSubstr("{bulkhead=api} 2\n"));
}

TEST_F(BulkheadLayerTest, ARequestWaitsForItsPlace) {
  serve(limited(1));
  const auto first = send();
  const auto second = send();
  EXPECT_FALSE(second->answered());
  world.advance(150ms);
  EXPECT_EQ(first->status(), 200);
  EXPECT_FALSE(second->answered());
  EXPECT_EQ(layer->view().in_use, 1U);
  world.advance(100ms);
  EXPECT_EQ(second->status(), 200);
  EXPECT_EQ(layer->view().in_use, 0U);
  EXPECT_THAT(metric("lift.bulkhead.requests"), HasSubstr("{bulkhead=default,result=waited} 1\n"));
}

TEST_F(BulkheadLayerTest, AWaitThatIsTooLongIsRefused) {
  BulkheadLayerOptions options = limited(1);
  options.bulkhead.queue->max_wait = 50ms;
  serve(options);
  const auto first = send();
  const auto second = send();
  world.advance(60ms);
  EXPECT_EQ(second->status(), 503);
  EXPECT_THAT(metric("lift.bulkhead.rejections"),
              HasSubstr("{bulkhead=default,level=tenant,reason=waited} 1\n"));
  world.advance(100ms);
  EXPECT_EQ(layer->view().in_use, 0U);
}

TEST_F(BulkheadLayerTest, AnExceptionGivesItsPlaceBack) {
  serve(without_queue(1));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send("acme", "throw")->status(), 500);
  EXPECT_EQ(layer->view().in_use, 0U);
}

TEST_F(BulkheadLayerTest, AClientThatLeavesWhileItWaitsLeavesNothingBehind) {
  serve(limited(1));
  const auto first = send();
  auto second = send();
  second->client_leaves();
  world.advance(10ms);
  EXPECT_EQ(layer->view().waiting, 0U);
  world.advance(200ms);
  EXPECT_EQ(layer->view().in_use, 0U);
  EXPECT_EQ(first->status(), 200);
}

TEST_F(BulkheadLayerTest, AShadowCountsAndRefusesNothing) {
  BulkheadLayerOptions options = limited(1);
  options.mode = LayerMode::shadow;
  serve(options);
  const auto first = send();
  const auto second = send();
  world.advance(150ms);
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(second->status(), 200);
  EXPECT_THAT(metric("lift.bulkhead.requests"),
              HasSubstr("{bulkhead=default,result=would_reject} 1\n"));
  options.mode = LayerMode::off;
  ASSERT_TRUE(layer->update(options));
  const auto third = send();
  EXPECT_EQ(layer->view().in_use, 0U);
}

TEST_F(BulkheadLayerTest, ARoutesPriorityCountsAndNoClients) {
  BulkheadLayerOptions options = limited(1);
  options.bulkhead.queue->queues = options.bulkhead.queue->hand = 1;
  serve(options);
  const auto first = send();
  Request request = sim_request(Method::get, "/");
  request.headers.add("x-priority", "critical");
  Chain urgent = Chain::build("/urgent", {AnyLayer(layer)},
                              [](Context& ctx) -> Task<Response> {
                                co_await ctx.sleep(10ms);
                                co_return text("urgent");
                              },
                              {.priority = Priority::critical})
                     .value();
  const auto usual = send();
  const auto pretending = world.send(*chain, std::move(request));
  const auto critical = world.send(urgent, sim_request(Method::get, "/"));
  world.advance(115ms);
  EXPECT_EQ(critical->status(), 200);
  EXPECT_FALSE(usual->answered());
  world.advance(100ms);
  EXPECT_EQ(usual->status(), 200);
  EXPECT_FALSE(pretending->answered());
}

TEST_F(BulkheadLayerTest, BadOptionsAreNamedAndTheOldOnesStay) {
  BulkheadLayerOptions options;
  options.name = "a b";
  options.max_keys = 0;
  options.bulkhead.limit = 0;
  const auto made = BulkheadLayer::make(options, *telemetry);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message,
            "name: value \"a b\" must be 1 to 64 letters, digits, '.', '_' and '-'\n"
            "max_keys: value \"0\" must be 1 to 1,000,000\n"
            "bulkhead.limit: value \"0\" must be 1 to 1,000,000");
  serve(limited(3));
  BulkheadLayerOptions other = limited(4);
  other.bulkhead.queue = {};
  EXPECT_THAT(layer->update(other).error().message, HasSubstr("bulkhead.queue"));
  EXPECT_EQ(layer->view().limit, 3U);
  ASSERT_TRUE(layer->update(limited(4)));
  EXPECT_EQ(layer->view().limit, 4U);
}

}  // namespace
}  // namespace lift
