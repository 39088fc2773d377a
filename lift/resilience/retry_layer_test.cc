#include "lift/resilience/retry_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "lift/http/errors.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/metrics_fixture_test.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RetryLayerTest : public testing::Test {
 protected:
  /// A handler that answers with `statuses` in turn, 0 for an exception, then with 200.
  void serve(RetryLayerOptions options, RouteOptions route = {.idempotent = true},
             std::vector<AnyLayer> inside = {}) {
    const auto deadline = Deadline::make({.timeout = 5s}).value();
    std::vector<AnyLayer> layers{AnyLayer(deadline),
                                 AnyLayer(RetryLayer::make(options, *telemetry).value())};
    layers.insert(layers.end(), inside.begin(), inside.end());
    const Handler handler = [this](Context& ctx) {
      times.push_back(world.now());
      const std::size_t at = times.size() - 1;
      const int status = at < statuses.size() ? statuses[at] : 200;
      if (status == 0) throw std::runtime_error("always");
      Response response = text("attempt ", std::to_string(times.size())).with_status(status);
      response.headers.add("x-of", std::to_string(times.size()));
      if (!retry_after.empty()) response.headers.add("retry-after", retry_after);
      static_cast<void>(ctx);
      return response;
    };
    chain.emplace(Chain::build("/op", layers, handler, route).value());
  }
  std::unique_ptr<SimExchange> ask(Method method = Method::post) {
    auto exchange = world.send(*chain, sim_request(method, "/"));
    for (int i = 0; i < 1000 && !exchange->answered(); ++i) world.advance(10ms);
    return exchange;
  }
  std::string metric() {
    return metrics_test::text_of(telemetry->metrics().snapshot({}), "lift.retry.attempts");
  }

  SimWorld world;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, world.loop().clock());
  std::optional<Chain> chain;
  std::vector<int> statuses;
  std::string retry_after;
  std::vector<Instant> times;
};

TEST_F(RetryLayerTest, RunsAFailedHandlerAgain) {
  statuses = {500, 0};
  serve({});
  const auto answer = ask();
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->body(), "attempt 3");
  EXPECT_EQ(answer->headers().value("x-of"), "3") << "nothing of the attempts before";
  EXPECT_EQ(times.size(), 3U);
  EXPECT_THAT(metric(), HasSubstr("{retry=default,result=sent} 2\n"));
}

TEST_F(RetryLayerTest, OnlyWhereTheRouteSaysSo) {
  statuses = {500, 500};
  serve({}, {});
  EXPECT_EQ(ask(Method::get)->status(), 500) << "its method alone is no promise";
  EXPECT_EQ(times.size(), 1U);
  times.clear();
  serve({}, {.idempotent = true, .stream_request = true});
  EXPECT_EQ(ask()->status(), 500) << "its body is gone";
  EXPECT_EQ(times.size(), 1U);
}

TEST_F(RetryLayerTest, GivesUpAfterItsAttemptsWithTheLastAnswer) {
  statuses = {500, 502, 504, 500};
  serve({});
  EXPECT_EQ(ask()->status(), 504);
  EXPECT_EQ(times.size(), 3U);
  EXPECT_THAT(metric(), HasSubstr("{retry=default,result=attempts} 1\n"));
}

TEST_F(RetryLayerTest, ACallersFaultIsNotRepeated) {
  statuses = {404, 400};
  serve({});
  EXPECT_EQ(ask()->status(), 404);
  EXPECT_EQ(times.size(), 1U);
}

TEST_F(RetryLayerTest, WaitsAsLongAsItIsAskedToAndNoLongerThanThereIs) {
  statuses = {503};
  retry_after = "2";
  serve({});
  EXPECT_EQ(ask()->status(), 200);
  EXPECT_GE(times.at(1) - times.at(0), 2s);
  times.clear();
  retry_after = "60";
  serve({.retry = {.backoff = {.base = 4s}, .overload_base = 4s}});
  EXPECT_EQ(ask()->status(), 503) << "6 s would be beyond the deadline";
  EXPECT_EQ(times.size(), 1U);
  EXPECT_THAT(metric(), HasSubstr("{retry=default,result=no_time} 1\n"));
}

TEST_F(RetryLayerTest, AClientThatLeavesEndsIt) {
  statuses = {500, 500, 500};
  serve({.retry = {.backoff = {.base = 1s, .jitter = false}}});
  auto exchange = world.send(*chain, sim_request(Method::get, "/"));
  world.advance(10ms);
  exchange->client_leaves();
  world.advance(10s);
  EXPECT_TRUE(exchange->finished());
  EXPECT_EQ(times.size(), 1U);
}

TEST_F(RetryLayerTest, ABreakerFurtherInJudgesEveryAttempt) {
  const auto breaker = CircuitBreakerLayer::make({}, *telemetry).value();
  statuses = {500, 500, 500, 500, 500, 500};
  serve({}, {.idempotent = true}, {AnyLayer(breaker)});
  ask();
  ask();
  EXPECT_EQ(breaker->view().front().mode, BreakerMode::open);
  EXPECT_EQ(times.size(), 5U);
}

TEST_F(RetryLayerTest, InAnOutageItsBudgetIsAllThatIsAdded) {
  statuses.assign(100'000, 500);
  RetryLayerOptions options;
  options.retry.budget.capacity = 10;
  serve(options);
  const Instant begin = world.now();
  for (int i = 0; i < 1000; ++i) ask();
  const double passed = std::chrono::duration<double>(world.now() - begin).count();
  EXPECT_LE(static_cast<double>(times.size()), 1000 + 10 + passed + 1);
}

TEST(RetryLayerOptions, BadOnesAreNamed) {
  const RetryLayerOptions options{.name = "", .retry = {.attempts = 0}};
  EXPECT_EQ(options.validate().text(),
            "name: value \"\" must be 1 to 64 letters, digits, '.', '_' and '-'\n"
            "retry.attempts: value \"0\" must be 1 to 10");
}

}  // namespace
}  // namespace lift
