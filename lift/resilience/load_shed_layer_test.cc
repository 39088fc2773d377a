#include "lift/resilience/load_shed_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Full final : LoadSource {
  MachineLoad read(Instant) override { return {.cpu = 0.5, .memory = 1, .memory_stall = {}}; }
};

class LoadShedLayerTest : public testing::Test {
 protected:
  void serve(LoadShedLayerOptions options, RouteOptions route = {}) {
    layer = LoadShedLayer::make(std::move(options), *telemetry, world.loop().random()).value();
    chain.emplace(Chain::build(
                      "/op", {AnyLayer(layer)},
                      [](Context& ctx) -> Task<Response> {
                        co_await ctx.sleep(100ms);
                        co_return text("done");
                      },
                      route)
                      .value());
  }
  std::unique_ptr<SimExchange> send() { return world.get(*chain, "/"); }
  static LoadShedLayerOptions one_at_a_time() {
    LoadShedLayerOptions options;
    options.shed.at_work = AdaptiveLimitOptions{.initial = 1, .minimum = 1, .maximum = 10};
    return options;
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
  std::shared_ptr<LoadShedLayer> layer;
  std::optional<Chain> chain;
};

TEST_F(LoadShedLayerTest, RefusesWithTheOriginalsBody) {
  serve(one_at_a_time());
  const auto first = send();
  const auto refused = send();
  EXPECT_EQ(refused->status(), 503);
  const int after = std::stoi(std::string(refused->headers().value("retry-after")));
  EXPECT_GE(after, 2);
  EXPECT_LE(after, 6);
  EXPECT_THAT(refused->body(),
              HasSubstr(R"({"error":"Service Overloaded",)"
                        R"("message":"Service temporarily overloaded","code":"LOAD_SHED",)"
                        R"("reason":"in_flight","limit":1,"retry_after":)"));
  world.advance(200ms);
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(layer->view().at_work, 0U);
  EXPECT_THAT(metric("lift.load_shed.requests"), HasSubstr("{result=shed} 1\n"));
  EXPECT_THAT(metric("lift.load_shed.rejections"),
              HasSubstr("{priority=normal,reason=in_flight} 1\n"));
  EXPECT_THAT(metric("lift.load_shed.limit"), HasSubstr(" 1\n"));
}

TEST_F(LoadShedLayerTest, AShadowCountsAndOffDoesNot) {
  LoadShedLayerOptions options = one_at_a_time();
  options.mode = LayerMode::shadow;
  serve(options);
  const auto first = send();
  const auto second = send();
  world.advance(200ms);
  EXPECT_EQ(second->status(), 200);
  EXPECT_THAT(metric("lift.load_shed.requests"), HasSubstr("{result=would_shed} 1\n"));
  options.mode = LayerMode::off;
  ASSERT_TRUE(layer->update(options));
  const auto third = send();
  EXPECT_EQ(layer->view().at_work, 0U);
}

/// What stays open for hours and does little is no load.
TEST_F(LoadShedLayerTest, ARouteWithoutADeadlineIsNotCounted) {
  serve(one_at_a_time(), {.unlimited = true});
  std::vector<std::unique_ptr<SimExchange>> open;
  for (int i = 0; i < 50; ++i) open.push_back(send());
  EXPECT_EQ(layer->view().at_work, 0U);
  world.advance(200ms);
  for (const auto& one : open) EXPECT_EQ(one->status(), 200);
}

TEST_F(LoadShedLayerTest, TheMachineIsReadAwayFromRequests) {
  LoadShedLayerOptions options;
  options.shed.source = std::make_shared<Full>();
  serve(options);
  for (int i = 0; i < 200; ++i) {
    send();
    world.advance(10ms);
  }
  EXPECT_EQ(layer->view().reason, ShedReason::none);
  upkeep();
  for (int i = 0; i < 200; ++i) {
    send();
    world.advance(10ms);
  }
  EXPECT_EQ(layer->view().reason, ShedReason::memory);
  EXPECT_THAT(metric("lift.load_shed.memory"), HasSubstr("{} 1\n"));
}

TEST_F(LoadShedLayerTest, AClientThatLeavesIsNoLongerAtWork) {
  serve(one_at_a_time());
  auto first = send();
  first->client_leaves();
  world.advance(200ms);
  EXPECT_EQ(layer->view().at_work, 0U);
}

TEST_F(LoadShedLayerTest, BadOptionsRefuseToStart) {
  LoadShedLayerOptions options;
  options.shed.cpu = 2;
  const auto made = LoadShedLayer::make(options, *telemetry);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().message, HasSubstr("cpu"));
  serve(one_at_a_time());
  EXPECT_FALSE(layer->update(options).has_value());
  const auto first = send();
  EXPECT_EQ(send()->status(), 503) << "as before";
  LoadShedLayerOptions two = one_at_a_time();
  two.shed.at_work->initial = 2;
  ASSERT_TRUE(layer->update(two));
  world.advance(300ms);
  const auto second = send();
  const auto third = send();
  EXPECT_EQ(layer->view().at_work, 2U);
}

}  // namespace
}  // namespace lift
