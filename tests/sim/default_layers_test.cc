// The layers that every service has, in their order: once a connection is warm, a usual request
// allocates nothing.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/edge/edge.h"
#include "lift/identity/identify.h"
#include "lift/identity/token_writer.h"
#include "lift/ratelimit/rate_limit.h"
#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/load_shed_layer.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/allocations.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// Carries one request after another and keeps nothing of them, as a connection does.
class Connection final : private Carrier {
 public:
  explicit Connection(const Chain& chain) : chain_(chain) {}

  /// Status of the answer.
  int serve(const Fields& fields, std::string_view peer) {
    Request& request = run_.context().request();
    request.peer = *IpAddress::parse(peer);
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    if (!request.target.parse("/payments/7")) return 0;
    run_.start(chain_, {.now = world_.now()});
    run_.reset();
    return status_;
  }

 private:
  bool want_body(Run&) noexcept override { return true; }
  void commit(Run& run, Response& response) noexcept override {
    status_ = response.status;
    run.sent(Delivery::complete);
  }
  void finished(Run&) noexcept override {}

  const Chain& chain_;
  SimWorld world_;
  Run run_{world_.loop(), *this};
  int status_ = 0;
};

class DefaultLayersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!AllocationCounter::available()) GTEST_SKIP() << "a sanitizer owns operator new";
    std::string name = testing::TempDir() + "default_layers_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  Chain chain() {
    const std::string path = directory_ + "/tokens.txt";
    EXPECT_TRUE(
        add_token(path, "ann-token", {.tenant = "acme", .user = "ann", .roles = {"admin", "ops"}}));
    EdgeOptions edge;
    edge.cors.emplace().origins = {"https://app.example.com"};
    const IdentifyOptions identify{.trusted_proxies = {*Cidr::parse("10.0.0.0/8")},
                                   .tokens = TokenFile::open(path).value(),
                                   .proxy_identity = ProxyIdentity{}};
    const RateLimitOptions limits{.limits = {per_tenant({.rate = per_second(1'000'000)})}};
    BulkheadLayerOptions places;
    places.bulkhead.operation_limit = 10;
    CircuitBreakerLayerOptions breaker;
    breaker.scope = BreakerScope::tenant_and_operation;
    std::vector<AnyLayer> layers{AnyLayer(Edge::make(edge).value()),
                                 AnyLayer(Identify::make(identify).value()),
                                 AnyLayer(Deadline::make().value()),
                                 AnyLayer(LoadShedLayer::make({}, telemetry).value()),
                                 AnyLayer(RateLimit::make(limits, telemetry).value()),
                                 AnyLayer(BulkheadLayer::make(places, telemetry).value()),
                                 AnyLayer(CircuitBreakerLayer::make(breaker, telemetry).value())};
    const Handler handler = [](Context& ctx) {
      return text("hello ", ctx.user(), " of ", ctx.tenant());
    };
    return std::move(Chain::build("/payments/{id}", std::move(layers), handler)).value();
  }

  SystemClock clock;
  Telemetry telemetry{{}, clock};
  std::string directory_;
};

TEST_F(DefaultLayersTest, AllocateNothingOnAUsualRequest) {
  const Chain all = chain();
  const struct {
    Fields headers;
    std::string_view peer;
  } cases[] = {
      {{{"authorization", "Bearer ann-token"}}, "203.0.113.7"},
      {{{"authorization", "Bearer ann-token"}, {"x-request-id", "given"}, {"x-timeout-ms", "500"}},
       "203.0.113.7"},
      {{{"authorization", "Bearer ann-token"}, {"origin", "https://app.example.com"}},
       "203.0.113.7"},
      {{{"x-tenant-id", "acme"}, {"x-roles", "admin, ops"}, {"x-forwarded-for", "1.2.3.4"}},
       "10.0.0.1"},
  };
  for (const auto& c : cases) {
    Connection connection(all);
    EXPECT_EQ(connection.serve(c.headers, c.peer), 200);
    const AllocationCounter counter;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(connection.serve(c.headers, c.peer), 200);
    EXPECT_EQ(counter.count(), 0U) << c.headers[0].first;
  }
}

}  // namespace
}  // namespace lift
