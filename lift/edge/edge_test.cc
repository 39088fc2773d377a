#include "lift/edge/edge.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "lift/edge/request_id.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Refuser {
  static constexpr std::string_view kName = "refuser";
  Verdict enter(Context& ctx, NoSlot&) { return ctx.reject("no", authorization_error("No.")); }
};

struct Hurry {
  static constexpr std::string_view kName = "hurry";
  Verdict enter(Context& ctx, NoSlot&) {
    return ctx.limit_deadline(ctx.start() + 1s), Verdict::proceed;
  }
};

class EdgeTest : public testing::Test {
 protected:
  static Chain chain(std::shared_ptr<Edge> edge, Handler handler) {
    return chain({AnyLayer(std::move(edge))}, std::move(handler));
  }
  static Chain chain(std::vector<AnyLayer> layers, Handler handler) {
    return std::move(Chain::build("/op", std::move(layers), std::move(handler))).value();
  }
  static std::shared_ptr<Edge> edge(const EdgeOptions& options = {}) {
    return Edge::make(options).value();
  }
  static EdgeOptions with_cors() {
    EdgeOptions options;
    options.cors.emplace().origins = {"https://app.example.com"};
    return options;
  }
  std::string id_for(const Chain& chain, std::string_view given) {
    Request request = sim_request(Method::get, "/");
    if (!given.empty()) request.headers.add("X-Request-Id", given);
    return std::string(world.send(chain, std::move(request))->headers().value("x-request-id"));
  }

  SimWorld world;
};

const Handler kHello = [](Context& ctx) { return text(ctx.request_id()); };

TEST_F(EdgeTest, KeepsAClientsIdAndEchoesIt) {
  const Chain hello = chain(edge(), kHello);
  Request request = sim_request(Method::get, "/");
  request.headers.add("X-Request-ID", "abc-123");
  const auto x = world.send(hello, std::move(request));
  EXPECT_EQ(x->headers().value("x-request-id"), "abc-123");
  EXPECT_EQ(x->body(), "abc-123");
}

TEST_F(EdgeTest, GivesAFreshIdWhereThereIsNoneOrABadOne) {
  const Chain hello = chain(edge(), kHello);
  std::string last;
  for (const std::string_view given : {"", "a b", "<script>", "a,b"}) {
    const std::string id = id_for(hello, given);
    EXPECT_EQ(id.size(), 36U) << given;
    EXPECT_EQ(id[14], '7');
    EXPECT_NE(id, last);
    last = id;
  }
}

TEST_F(EdgeTest, GivesEveryRequestAFreshIdIfToldTo) {
  EXPECT_EQ(id_for(chain(edge({.accept_request_id = false}), kHello), "abc").size(), 36U);
}

TEST_F(EdgeTest, OneIdAndTheSecurityHeadersAreOnEveryAnswer) {
  const Handler fails = [](Context&) -> Response { throw std::runtime_error("secret"); };
  const Handler raises = [](Context&) -> Response { throw not_found("No such thing."); };
  const Handler sets = [](Context&) { return text("x").with("x-request-id", "mine"); };
  const Handler slow = [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1min);
    co_return text("late");
  };
  const auto layer = edge();
  const Chain chains[] = {
      chain(layer, kHello),
      chain(layer, fails),
      chain(layer, raises),
      chain(layer, sets),
      chain({AnyLayer(layer), AnyLayer(std::make_shared<Refuser>())}, kHello),
      chain({AnyLayer(layer), AnyLayer(std::make_shared<Hurry>())}, slow),
  };
  const int statuses[] = {200, 500, 404, 200, 403, 504};
  for (std::size_t i = 0; i < std::size(chains); ++i) {
    Request request = sim_request(Method::get, "/");
    request.headers.add("x-request-id", "the-one");
    const auto x = world.send(chains[i], std::move(request));
    world.advance(2s);
    EXPECT_EQ(x->status(), statuses[i]);
    EXPECT_EQ(x->headers().count("x-request-id"), 1U) << x->status();
    EXPECT_EQ(x->headers().value("x-request-id"), "the-one") << x->status();
    EXPECT_EQ(x->headers().value("x-content-type-options"), "nosniff") << x->status();
    EXPECT_EQ(x->headers().value("cache-control"), "no-store") << x->status();
  }
}

TEST_F(EdgeTest, SecureRequestsGetStrictTransport) {
  const Chain hello = chain(edge(), kHello);
  Request request = sim_request(Method::get, "/");
  request.secure = true;
  EXPECT_EQ(world.send(hello, std::move(request))->headers().value("strict-transport-security"),
            "max-age=31536000");
  EXPECT_FALSE(world.get(hello, "/")->headers().contains("strict-transport-security"));
}

TEST_F(EdgeTest, AnswersAPreflightBeforeAnythingFurtherIn) {
  const Chain closed =
      chain({AnyLayer(edge(with_cors())), AnyLayer(std::make_shared<Refuser>())}, kHello);
  Request request = sim_request(Method::options, "/anything");
  request.headers.add("origin", "https://app.example.com");
  request.headers.add("access-control-request-method", "POST");
  const auto x = world.send(closed, std::move(request));
  EXPECT_EQ(x->status(), 204);
  EXPECT_EQ(x->headers().value("access-control-allow-origin"), "https://app.example.com");
  EXPECT_EQ(x->headers().value("x-request-id").size(), 36U);
  EXPECT_EQ(x->headers().value("x-content-type-options"), "nosniff");
}

TEST_F(EdgeTest, RefusalsCarryCorsToo) {
  const Chain closed =
      chain({AnyLayer(edge(with_cors())), AnyLayer(std::make_shared<Refuser>())}, kHello);
  Request request = sim_request(Method::get, "/");
  request.headers.add("origin", "https://app.example.com");
  const auto x = world.send(closed, std::move(request));
  EXPECT_EQ(x->status(), 403);
  EXPECT_EQ(x->headers().value("access-control-allow-origin"), "https://app.example.com");
  EXPECT_EQ(x->headers().value("vary"), "Origin");
}

TEST_F(EdgeTest, WithoutCorsOptionsIsARequestLikeAnyOther) {
  Request request = sim_request(Method::options, "/");
  request.headers.add("origin", "https://app.example.com");
  request.headers.add("access-control-request-method", "POST");
  const Chain hello = chain(edge(), kHello);
  const auto x = world.send(hello, std::move(request));
  EXPECT_EQ(x->status(), 200);
  EXPECT_FALSE(x->headers().contains("vary"));
}

TEST_F(EdgeTest, UpdateTakesEffectAtOnceAndABadOneNotAtAll) {
  const auto layer = edge();
  const Chain hello = chain(layer, kHello);
  EdgeOptions options = with_cors();
  options.security_headers.x_frame_options.reset();
  ASSERT_TRUE(layer->update(options));
  EXPECT_FALSE(world.get(hello, "/")->headers().contains("x-frame-options"));
  EXPECT_EQ(world.get(hello, "/")->headers().value("vary"), "Origin");
  options.cors->origins = {"*"};
  options.cors->credentials = true;
  const Result<> refused = layer->update(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "bad_configuration");
  EXPECT_EQ(refused.error().message,
            "cors.origins: value \"*\" must not be combined with `credentials`");
  EXPECT_EQ(world.get(hello, "/")->headers().value("vary"), "Origin");
  EXPECT_FALSE(Edge::make(options));
}

}  // namespace
}  // namespace lift
