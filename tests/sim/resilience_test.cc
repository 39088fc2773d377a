// A whole system, seeded: a service with all its layers, its client with all its policies, a
// service behind that fails in every way, people who leave. Whatever happens: each request is
// answered once, nothing is held in the end, and no limit is exceeded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lift/client/client.h"
#include "lift/edge/edge.h"
#include "lift/http/errors.h"
#include "lift/identity/identify.h"
#include "lift/observe/observe.h"
#include "lift/ratelimit/rate_limit.h"
#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/load_shed_layer.h"
#include "lift/resilience/retry_layer.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class System {
 public:
  explicit System(std::uint64_t seed) : world_(seed), random_(seed * 7919) {
    bad_ = random_.below(60);
    make_client();
    make_chain();
  }

  void run(int requests) {
    for (int i = 0; i < requests; ++i) {
      send();
      if (random_.below(8) == 0) leave();
      if (random_.below(3) == 0)
        world_.advance(Duration(1ms) * static_cast<int>(random_.below(40)));
      if (random_.below(500) == 0) bad_ = random_.below(100);  // better, or worse
      check_limits();
    }
    // Nothing waits for longer than its deadline, and nobody's work for longer than an hour.
    world_.advance(2h);
  }

  /// Adds to how often each status was answered; 0 for none, as the client was gone.
  void check_end(std::map<int, int>& statuses) {
    for (const auto& exchange : exchanges_) {
      ++statuses[exchange->status()];
      EXPECT_TRUE(exchange->finished());
      EXPECT_LE(exchange->commits(), 1);
    }
    EXPECT_EQ(bulkhead_->view().in_use, 0U);
    EXPECT_EQ(bulkhead_->view().waiting, 0U);
    EXPECT_EQ(shed_->view().at_work, 0U);
    EXPECT_EQ(transport_->in_flight, 0);
    EXPECT_EQ(inside_, 0);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(client_->upstream().under_way(i), 0U);
    // Attempts: the first ones, what the budgets held, what successes brought, what time brought.
    const double passed = std::chrono::duration<double>(world_.now() - begin_).count();
    const double first = static_cast<double>(calls_);
    EXPECT_LE(static_cast<double>(transport_->seen.size()), first + 20 + 0.1 * first + passed);
    const double handled = static_cast<double>(first_runs_);
    EXPECT_LE(static_cast<double>(calls_), handled + 20 + 0.1 * handled + passed);
  }

 private:
  void make_client() {
    ClientOptions options;
    options.name = "behind";
    options.upstream.endpoints = {"http://a:1", "http://b:2"};
    options.timeout = 2s;
    options.attempt_timeout = 300ms;
    options.retry->budget.capacity = 20;
    options.transport = [this](Loop&) {
      auto made = std::make_unique<test::FakeTransport>();
      made->always = [this](const ClientRequest&) { return answer(); };
      transport_ = made.get();
      return made;
    };
    client_ = Client::make(options, *telemetry_).value();
  }

  void make_chain() {
    BulkheadLayerOptions places;
    places.bulkhead.limit = kPlaces;
    places.bulkhead.operation_limit = kPlaces - 2;
    RetryLayerOptions retry;
    retry.retry.budget.capacity = 20;
    const RateLimitOptions limits{.limits = {per_tenant({.rate = per_second(20)})}};
    const IdentifyOptions known{.resolver = [this](Context&) -> Resolution {
      return Claims{.tenant = "t" + std::to_string(random_.below(5)), .user = {}, .roles = {}};
    }};
    bulkhead_ = BulkheadLayer::make(places, *telemetry_, random_).value();
    shed_ = LoadShedLayer::make({}, *telemetry_, random_).value();
    std::vector<AnyLayer> layers{
        AnyLayer(Observe::make({}, telemetry_).value()),
        AnyLayer(Edge::make().value()),
        AnyLayer(Identify::make(known).value()),
        AnyLayer(Deadline::make({.timeout = 3s}).value()),
        AnyLayer(shed_),
        AnyLayer(RateLimit::make(limits, *telemetry_).value()),
        AnyLayer(bulkhead_),
        AnyLayer(RetryLayer::make(retry, *telemetry_).value()),
        AnyLayer(CircuitBreakerLayer::make({}, *telemetry_, random_).value())};
    chain_ = std::make_unique<Chain>(Chain::build("/op", std::move(layers),
                                                  [this](Context& ctx) { return handle(ctx); },
                                                  {.idempotent = true})
                                         .value());
  }

  Task<Response> handle(Context& ctx) {
    const Inside here(*this);
    ++calls_;
    if (random_.below(200) == 0) throw std::runtime_error("a defect");
    if (random_.below(300) == 0) co_await sleep(5s);  // hears nothing, not even its deadline
    ClientRequest request = client_->request(random_.below(2) == 0 ? "GET" : "POST", "/");
    auto sending = client_->send(ctx, request);
    const Result<ClientResponse> answer = co_await sending;
    if (!answer) throw HttpError(502, "BEHIND", "It does not answer.");
    co_return text("done").with_status(answer->status);
  }

  Task<Result<ClientResponse>> answer() {
    const auto chance = random_.below(100);
    co_await sleep(Duration(1ms) * static_cast<int>(1 + random_.below(20)));
    if (chance >= bad_) co_return test::answer(200);
    switch (random_.below(7)) {
      case 0:
        co_return test::answer(500);
      case 1:
        co_return test::answer(503, "", {{"retry-after", "1"}});
      case 2:
        co_return test::answer(404);
      case 3:
        co_return fail("connection_lost", "");
      case 4:
        co_return fail("connect_failed", "");
      case 5:
        co_await sleep(1h);
        co_return test::answer(200);
      default:
        co_await sleep(400ms);  // later than anybody waits
        co_return test::answer(200);
    }
  }

  void send() {
    ++first_runs_;
    exchanges_.push_back(world_.get(*chain_, "/"));
  }
  void leave() {
    SimExchange& one = *exchanges_[random_.below(exchanges_.size())];
    if (!one.finished()) one.client_leaves();
  }
  void check_limits() {
    ASSERT_LE(bulkhead_->view().in_use, kPlaces);
    ASSERT_LE(inside_, static_cast<int>(kPlaces) - 2);
  }

  struct Inside {
    explicit Inside(System& its) : system(its) { ++system.inside_; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { --system.inside_; }
    System& system;
  };

  static constexpr std::uint32_t kPlaces = 8;

  SimWorld world_;
  SeededRandom random_;
  std::shared_ptr<Telemetry> telemetry_ =
      std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
  const Instant begin_ = world_.now();
  std::uint64_t bad_ = 0;  ///< of a hundred answers
  test::FakeTransport* transport_ = nullptr;
  std::shared_ptr<Client> client_;
  std::shared_ptr<BulkheadLayer> bulkhead_;
  std::shared_ptr<LoadShedLayer> shed_;
  std::unique_ptr<Chain> chain_;
  int inside_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t first_runs_ = 0;
  std::vector<std::unique_ptr<SimExchange>> exchanges_;
};

TEST(WholeSystem, WhateverHappensEachIsAnsweredOnceAndNothingIsHeld) {
  std::map<int, int> statuses;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    System system(seed);
    system.run(400);
    system.check_end(statuses);
    if (testing::Test::HasFailure()) break;
  }
  for (const int each : {0, 200, 404, 429, 500, 502, 503, 504}) {
    EXPECT_GT(statuses[each], 3) << each << ": it must happen, or nothing was shown";
  }
}

}  // namespace
}  // namespace lift
