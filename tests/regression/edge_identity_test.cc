// Defects of the predecessor at a service's edge, each kept out by a test that bears its name.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/edge/edge.h"
#include "lift/identity/identify.h"
#include "lift/identity/require_role.h"
#include "lift/resilience/deadline.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

class EdgeIdentity : public testing::Test {
 protected:
  std::unique_ptr<SimExchange> send(const Chain& chain, const Fields& fields,
                                    Method method = Method::get,
                                    std::string_view peer = "203.0.113.7") {
    Request request = sim_request(method, "/no/such/path");
    request.peer = *IpAddress::parse(peer);
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return world.send(chain, std::move(request));
  }
  static Chain chain(std::vector<AnyLayer> layers, Handler handler,
                     const RouteOptions& route = {}) {
    return std::move(Chain::build("unmatched", std::move(layers), std::move(handler), route))
        .value();
  }
  static AnyLayer edge() {
    EdgeOptions options;
    options.cors.emplace().origins = {"https://app.example.com"};
    return AnyLayer(Edge::make(options).value());
  }
  /// Knows callers only by a proxy in 10.0.0.0/8.
  static AnyLayer identify() {
    return AnyLayer(Identify::make({.trusted_proxies = {*Cidr::parse("10.0.0.0/8")},
                                    .proxy_identity = ProxyIdentity{}})
                        .value());
  }

  SimWorld world;
};

const Handler kNoRoute = [](Context&) -> Response { throw not_found("No such route."); };
const Handler kTenant = [](Context& ctx) { return text(ctx.tenant()); };

TEST_F(EdgeIdentity, D_APP_1_header_names_match_in_any_case) {
  for (const char* name : {"x-request-id", "X-Request-ID", "X-REQUEST-ID"}) {
    EXPECT_EQ(send(chain({edge()}, kTenant), {{name, "abc"}})->headers().value("X-Request-Id"),
              "abc");
  }
  const Chain all = chain({identify()}, kTenant);
  for (const char* name : {"x-tenant-id", "X-Tenant-ID", "X-TENANT-ID"}) {
    EXPECT_EQ(send(all, {{name, "acme"}}, Method::get, "10.0.0.1")->body(), "acme");
  }
}

TEST_F(EdgeIdentity, D_APP_4_preflight_is_answered_not_500) {
  const Chain unmatched = chain({edge(), identify()}, kNoRoute);
  const auto x = send(
      unmatched, {{"origin", "https://app.example.com"}, {"access-control-request-method", "PUT"}},
      Method::options);
  EXPECT_EQ(x->status(), 204);
  EXPECT_EQ(x->headers().value("access-control-allow-origin"), "https://app.example.com");
}

TEST_F(EdgeIdentity, D_APP_12_every_answer_has_the_request_id) {
  const Chain unmatched = chain({edge()}, kNoRoute);
  const auto named = send(unmatched, {{"x-request-id", "from-the-gateway"}});
  EXPECT_EQ(named->status(), 404);
  EXPECT_EQ(named->headers().value("x-request-id"), "from-the-gateway");
  EXPECT_TRUE(named->body().contains("\"from-the-gateway\""));
  EXPECT_EQ(send(unmatched, {})->headers().value("x-request-id").size(), 36U);
}

TEST_F(EdgeIdentity, D_APP_15_a_required_tenant_is_checked_before_the_handler) {
  int handled = 0;
  const Handler counts = [&](Context&) { return ++handled, text("ok"); };
  const auto anyone = Identify::make().value();
  const Chain all = chain({AnyLayer(anyone)}, counts, {.require_tenant = true});
  const auto x = send(all, {});
  EXPECT_EQ(x->status(), 400);
  EXPECT_TRUE(x->body().contains("\"TENANT_REQUIRED\""));
  EXPECT_EQ(handled, 0);
}

TEST_F(EdgeIdentity, D_SEC_a_tenant_header_from_a_client_is_ignored) {
  const Chain open = chain({identify()}, kTenant, {.is_public = true});
  const Fields claims{{"x-tenant-id", "acme"}, {"x-user-id", "ann"}, {"x-roles", "admin"}};
  EXPECT_EQ(send(open, claims)->body(), "");
  EXPECT_EQ(send(chain({identify()}, kTenant), claims)->status(), 401);
  EXPECT_EQ(send(open, claims, Method::get, "10.0.0.1")->body(), "acme");
}

TEST_F(EdgeIdentity, D_SEC_the_first_forwarded_address_is_not_believed) {
  const Handler address = [](Context& ctx) { return text(ctx.client_address().to_string()); };
  const Chain all = chain({identify()}, address, {.is_public = true});
  const Fields forged{{"x-forwarded-for", "127.0.0.1, 198.51.100.9"}};
  EXPECT_EQ(send(all, forged)->body(), "203.0.113.7");
  EXPECT_EQ(send(all, forged, Method::get, "10.0.0.1")->body(), "198.51.100.9");
}

TEST_F(EdgeIdentity, D_SEC_cors_never_has_a_star_with_credentials) {
  EdgeOptions options;
  options.cors.emplace().origins = {"*"};
  options.cors->credentials = true;
  EXPECT_FALSE(Edge::make(options));
  const Handler careless = [](Context&) {
    return text("x")
        .with("access-control-allow-origin", "*")
        .with("access-control-allow-credentials", "true");
  };
  const Chain all = chain({edge()}, careless);
  const auto x = send(all, {{"origin", "https://evil.example"}});
  EXPECT_FALSE(x->headers().contains("access-control-allow-origin"));
  EXPECT_FALSE(x->headers().contains("access-control-allow-credentials"));
}

TEST_F(EdgeIdentity, D_SEC_a_refused_caller_gets_401_or_403_and_never_200) {
  const AnyLayer admin(require_role("admin").value());
  const Chain all = chain({identify(), admin}, kTenant);
  EXPECT_EQ(send(all, {})->status(), 401);
  EXPECT_EQ(send(all, {{"x-tenant-id", "acme"}}, Method::get, "10.0.0.1")->status(), 403);
  const Chain open = chain({identify(), admin}, kTenant, {.is_public = true});
  EXPECT_EQ(send(open, {})->status(), 401);
  const Fields boss{{"x-tenant-id", "acme"}, {"x-roles", "admin"}};
  EXPECT_EQ(send(all, boss, Method::get, "10.0.0.1")->status(), 200);
}

TEST_F(EdgeIdentity, D_TO_2_a_late_handler_does_not_overwrite_the_timeout) {
  const Handler slow = [](Context& ctx) -> Task<Response> {
    co_await sleep(1min);  // deaf to the deadline
    ctx.response().status = 201;
    co_return text("late");
  };
  const AnyLayer deadline(Deadline::make({.timeout = 1s}).value());
  const Chain all = chain({edge(), deadline}, slow);
  const auto x = send(all, {});
  world.advance(2s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_EQ(x->headers().value("x-request-id").size(), 36U);
  world.advance(2min);
  EXPECT_EQ(x->status(), 504);
  EXPECT_EQ(x->commits(), 1);
  EXPECT_TRUE(x->finished());
}

}  // namespace
}  // namespace lift
