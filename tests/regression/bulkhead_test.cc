// The defects of the original's bulkhead, each named after the list of its defects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"
#include "tests/support/believing.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class BulkheadRegression : public testing::Test {
 protected:
  /// Requests that take 100 ms.
  Chain serve(BulkheadOptions options) {
    layer = BulkheadLayer::make({.bulkhead = std::move(options)}, telemetry).value();
    return Chain::build("/op",
                        {AnyLayer(std::make_shared<test::Believing>()),
                         AnyLayer(Deadline::make({.timeout = 10s}).value()), AnyLayer(layer)},
                        [](Context& ctx) -> Task<Response> {
                          co_await ctx.sleep(100ms);
                          co_return text("done");
                        })
        .value();
  }
  std::unique_ptr<SimExchange> send(const Chain& chain, std::string_view tenant) {
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", tenant);
    return world.send(chain, std::move(request));
  }

  SimWorld world;
  Telemetry telemetry{{}, world.loop().clock()};
  std::shared_ptr<BulkheadLayer> layer;
};

/// A grant that raced with a cancellation lost its permit within ten thousand tries.
/// bulkhead_race_test.cc does the like under ThreadSanitizer.
TEST_F(BulkheadRegression, D_BH_1_AGrantThatMeetsACancellationLeaksNothing) {
  BulkheadOptions options;
  options.limit = 1;
  SeededRandom seed(1);
  Bulkhead bulkhead(options, 10, seed);
  std::jthread other([&bulkhead] {
    for (int i = 0; i < 100'000; ++i) {
      const auto admission = bulkhead.try_acquire({}, Instant(1h));
      if (admission.held) bulkhead.release(*admission.held, Instant(1h));
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    StopSource stop;
    auto acquiring = bulkhead.acquire({}, StopToken(stop));
    stop.request();
    world.settle();
    acquiring = {};
  }
  other.join();
  world.settle();
  EXPECT_EQ(bulkhead.view().in_use, 0U);
  EXPECT_TRUE(bulkhead.try_acquire({}, world.now()).held);
}

/// A noisy tenant's requests, waiting for its own limit, held the places of all.
TEST_F(BulkheadRegression, D_BH_2_NobodyHoldsAPlaceWhileWaitingForAnother) {
  BulkheadOptions options;
  options.limit = 100;
  options.tenant_limit = 10;
  options.queue->max_wait = 5s;
  const Chain chain = serve(options);
  std::vector<std::unique_ptr<SimExchange>> noisy;
  for (int i = 0; i < 100; ++i) noisy.push_back(send(chain, "noisy"));
  EXPECT_EQ(layer->view().in_use, 10U);
  const auto quiet = send(chain, "quiet");
  world.advance(105ms);
  EXPECT_EQ(quiet->status(), 200) << "as if it were alone";
}

TEST_F(BulkheadRegression, D_BH_3_ARefusalIsA503OnTheWire) {
  BulkheadOptions options;
  options.limit = 1;
  options.queue = {};
  const Chain chain = serve(options);
  const auto first = send(chain, "a");
  const auto refused = send(chain, "b");
  EXPECT_EQ(refused->status(), 503);
  EXPECT_THAT(refused->body(), HasSubstr("BULKHEAD_LIMIT_EXCEEDED"));
  EXPECT_TRUE(refused->headers().contains("retry-after"));
}

/// A release that woke another who gave up at once took its own lock again.
TEST_F(BulkheadRegression, D_BH_4_AReleaseWithinAReleaseDoesNotBlock) {
  BulkheadOptions options;
  options.limit = 1;
  Bulkhead bulkhead(options, 10, world.loop().random());
  auto first = bulkhead.try_acquire({}, world.now());
  std::vector<Task<BulkheadAnswer>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(bulkhead.acquire({}));
  bulkhead.release(*first.held, world.now());
  world.settle();
  waiting.clear();  // each gives its place to the next, who is dropped after it
  world.settle();
  EXPECT_EQ(bulkhead.view().in_use, 0U);
}

TEST_F(BulkheadRegression, D_BH_5_NeitherTenantsNorWaitersAreWithoutBound) {
  BulkheadOptions options;
  options.limit = 1;
  Bulkhead bulkhead(options, 100, world.loop().random());
  const auto held = bulkhead.try_acquire({}, world.now());
  ASSERT_TRUE(held.held);
  std::vector<Task<BulkheadAnswer>> waiting;
  std::vector<std::string> names;
  for (int i = 0; i < 5'000; ++i) names.push_back("tenant-" + std::to_string(i));
  for (const std::string& name : names) waiting.push_back(bulkhead.acquire({.tenant = name}));
  EXPECT_LE(bulkhead.view().waiting, 64U * 16U);
  EXPECT_LE(bulkhead.view().tenants, 100U);
  waiting.clear();
}

TEST_F(BulkheadRegression, D_BH_6_NumbersAreTrueAndPriorityCounts) {
  BulkheadOptions options;
  options.limit = 1;
  options.queue->queues = options.queue->hand = 1;
  Bulkhead bulkhead(options, 10, world.loop().random());
  const auto held = bulkhead.try_acquire({}, world.now());
  EXPECT_EQ(bulkhead.view().in_use, 1U);
  auto usual = bulkhead.acquire({});
  auto urgent = bulkhead.acquire({.priority = Priority::high});
  EXPECT_EQ(bulkhead.view().waiting, 2U);
  bulkhead.release(*held.held, world.now());
  world.settle();
  EXPECT_TRUE(urgent.done());
  EXPECT_FALSE(usual.done());
}

/// bulkhead_layer_test.cc has the whole of it: a header raises nobody's priority.
TEST_F(BulkheadRegression, D_BH_7_AHeaderIsNoPriority) {
  BulkheadOptions options;
  options.limit = 1;
  options.queue->queues = options.queue->hand = 1;
  const Chain chain = serve(options);
  const auto first = send(chain, "a");
  const auto usual = send(chain, "b");
  Request request = sim_request(Method::get, "/");
  request.headers.add("tenant", "c");
  request.headers.add("X-Priority", "10");
  const auto pretending = world.send(chain, std::move(request));
  world.advance(205ms);
  EXPECT_EQ(usual->status(), 200);
  EXPECT_FALSE(pretending->answered());
}

TEST_F(BulkheadRegression, D_BH_8_NobodyWaitsForHalfAMinute) {
  EXPECT_LE(BulkheadQueueOptions{}.max_wait, 1s);
}

/// A refusal of the bulkhead is no failure to a breaker further out or in.
TEST_F(BulkheadRegression, D_X_ARefusalIsNeutralToOtherPolicies) {
  BulkheadOptions options;
  options.limit = 1;
  options.queue = {};
  layer = BulkheadLayer::make({.bulkhead = options}, telemetry).value();
  const auto breaker = CircuitBreakerLayer::make({}, telemetry).value();
  const Chain chain =
      Chain::build("/op", {AnyLayer(layer), AnyLayer(breaker)}, [](Context& ctx) -> Task<Response> {
        co_await ctx.sleep(100ms);
        co_return text("done");
      }).value();
  const auto first = send(chain, "a");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(send(chain, "a")->status(), 503);
  EXPECT_EQ(breaker->view().front().mode, BreakerMode::closed);
  world.advance(200ms);
  const auto later = send(chain, "a");
  world.advance(200ms);
  EXPECT_EQ(later->status(), 200);
}

}  // namespace
}  // namespace lift
