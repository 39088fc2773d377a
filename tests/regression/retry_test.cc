// The defects of the original's retry middleware, each named after the list of its defects. Those
// of its back-off (3, 4, 5, 10) stand in lift/resilience/backoff_test.cc. 7 and 9 were of its
// language.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "lift/client/client.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/retry_layer.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class RetryRegression : public testing::Test {
 protected:
  /// A handler that fails `failures` times.
  Chain serve(int failures, RouteOptions route, RetryLayerOptions options = {}) {
    left = failures;
    const auto retry = RetryLayer::make(std::move(options), *telemetry).value();
    const auto deadline = Deadline::make({.timeout = 10s}).value();
    return Chain::build(
               "/op", {AnyLayer(deadline), AnyLayer(retry)},
               [this](Context&) {
                 ++runs;
                 Response response = text("run ", std::to_string(runs));
                 return left-- > 0 ? std::move(response).with_status(500) : std::move(response);
               },
               route)
        .value();
  }
  std::unique_ptr<SimExchange> ask(const Chain& chain) {
    auto exchange = world.send(chain, sim_request(Method::post, "/"));
    for (int i = 0; i < 1000 && !exchange->answered(); ++i) world.advance(10ms);
    return exchange;
  }

  SimWorld world;
  std::shared_ptr<Telemetry> telemetry =
      std::make_shared<Telemetry>(TelemetryOptions{}, world.loop().clock());
  int left = 0;
  int runs = 0;
};

TEST_F(RetryRegression, D_RT_1_TheAnswerIsTheLastAttemptsAlone) {
  const auto answer = ask(serve(2, {.idempotent = true}));
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->body(), "run 3");
}

/// It cancelled a context that nobody looked at, and never tried a timeout again.
TEST_F(RetryRegression, D_RT_2_AnAttemptThatHangsIsCutAndTriedAgain) {
  test::FakeTransport* transport = nullptr;
  ClientOptions options;
  options.name = "bank";
  options.upstream.endpoints = {"http://a:1"};
  options.attempt_timeout = 500ms;
  options.transport = [&transport](Loop&) {
    auto made = std::make_unique<test::FakeTransport>();
    transport = made.get();
    transport->then_never();
    return made;
  };
  const auto client = Client::make(options, *telemetry).value();
  ClientRequest request = client->request("GET", "/");
  const Instant begin = world.now();
  Task<Result<ClientResponse>> sending = client->send(request);
  while (!sending.done()) world.advance(10ms);
  EXPECT_EQ(sending.take()->status, 200);
  EXPECT_EQ(transport->seen.size(), 2U);
  EXPECT_GE(world.now() - begin, 500ms);
  EXPECT_LE(world.now() - begin, 700ms);
}

TEST_F(RetryRegression, D_RT_6_NothingIsDoneTwiceUnlessItMayBe) {
  EXPECT_EQ(ask(serve(2, {}))->status(), 500);
  EXPECT_EQ(runs, 1);
}

TEST_F(RetryRegression, D_RT_6_ABudgetHoldsByDefault) {
  const Chain chain = serve(1'000'000, {.idempotent = true});
  const Instant begin = world.now();
  for (int i = 0; i < 1000; ++i) ask(chain);
  const double passed = std::chrono::duration<double>(world.now() - begin).count();
  EXPECT_LE(runs, 1000 + 100 + static_cast<int>(passed) + 1);
}

}  // namespace
}  // namespace lift
