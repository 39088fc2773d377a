#include "lift/resilience/deadline.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

class DeadlineTest : public testing::Test {
 protected:
  static std::shared_ptr<Deadline> layer(const DeadlineOptions& options = {}) {
    return Deadline::make(options).value();
  }
  Chain chain(std::shared_ptr<Deadline> deadline, RouteOptions route = {}) {
    const Handler handler = [this](Context& ctx) {
      ++handled;
      seen = ctx.deadline() == kNever ? std::nullopt : std::optional(ctx.deadline() - ctx.start());
      return text("ok");
    };
    return std::move(Chain::build("/op", {AnyLayer(std::move(deadline))}, handler, route)).value();
  }
  std::unique_ptr<SimExchange> send(const Chain& chain, const Fields& fields = {}) {
    Request request = sim_request(Method::get, "/");
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return world.send(chain, std::move(request));
  }

  SimWorld world;
  int handled = 0;
  std::optional<Duration> seen;
};

/// Is always acme.
struct Acme {
  static constexpr std::string_view kName = "identify";
  static Verdict enter(Context& ctx, NoSlot&) {
    ctx.set_identity({.tenant = "acme", .user = {}, .roles = {}});
    return Verdict::proceed;
  }
};

TEST_F(DeadlineTest, TenantPlatformAndLoadShortenItAndNothingLengthensIt) {
  std::optional<Duration> left;
  double share = 1;
  const auto deadline = layer({.tenants = {{"acme", 4s}, {"other", 1s}},
                               .remaining = [&left] { return left; },
                               .share = [&share] { return share; }});
  const auto time_of = [&](RouteOptions route) {
    const Chain all = std::move(Chain::build(
                                    "/op", {AnyLayer(std::make_shared<Acme>()), AnyLayer(deadline)},
                                    [this](Context& ctx) {
                                      seen = ctx.deadline() - ctx.start();
                                      return text("ok");
                                    },
                                    route))
                          .value();
    send(all);
    return *seen;
  };
  EXPECT_EQ(time_of({}), 4s);
  EXPECT_EQ(time_of({.timeout = 2s}), 2s) << "a route's may be shorter";
  EXPECT_EQ(time_of({.timeout = 1min}), 4s);
  left = 1500ms;
  EXPECT_EQ(time_of({}), 1500ms);
  left = 1h;
  share = 0.5;
  EXPECT_EQ(time_of({}), 2s);
  share = 5;
  EXPECT_EQ(time_of({}), 4s) << "load never lengthens it";
  share = -1;
  EXPECT_EQ(time_of({}), 40ms);
  share = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(time_of({}), 4s);
}

TEST_F(DeadlineTest, NoTimeLeftByThePlatformIsRefused) {
  const Chain all = chain(layer({.remaining = [] { return std::optional<Duration>(-5ms); }}));
  EXPECT_EQ(send(all)->status(), 504);
  EXPECT_EQ(handled, 0);
}

TEST_F(DeadlineTest, TheOriginals408IsAnOption) {
  const auto deadline = layer({.timeout = 1s, .status = 408});
  const Chain slow =
      std::move(Chain::build("/op", {AnyLayer(deadline)}, [](Context& ctx) -> Task<Response> {
        co_await ctx.sleep(1min);
        co_return text("late");
      })).value();
  const auto late = send(slow);
  world.advance(2s);
  EXPECT_EQ(late->status(), 408);
  EXPECT_NE(late->body().find("\"status\":408"), std::string::npos) << late->body();
  EXPECT_NE(late->body().find("\"code\":\"TIMEOUT\""), std::string::npos);
  EXPECT_EQ(send(slow, {{"x-timeout-ms", "-1"}})->status(), 408);
}

TEST_F(DeadlineTest, TheShortestOfRouteLayerAndCallerCounts) {
  const struct {
    RouteOptions route;
    Fields headers;
    std::optional<Duration> time;
  } cases[] = {
      {{}, {}, 30s},
      {{.timeout = 5s}, {}, 5s},
      {{.timeout = 2min}, {}, 2min},
      {{.unlimited = true}, {}, std::nullopt},
      {{}, {{"X-Timeout-Ms", "250"}}, 250ms},
      {{}, {{"grpc-timeout", "2S"}}, 2s},
      {{}, {{"grpc-timeout", "2S"}, {"x-timeout-ms", "1500"}}, 1500ms},
      {{}, {{"grpc-timeout", "1S"}, {"x-timeout-ms", "1500"}}, 1s},
      {{}, {{"x-timeout-ms", "60000"}}, 30s},
      {{.timeout = 5s}, {{"x-timeout-ms", "6000"}}, 5s},
      {{.timeout = 2min}, {{"x-timeout-ms", "60000"}}, 1min},
      {{.unlimited = true}, {{"x-timeout-ms", "100"}}, 100ms},
      {{}, {{"grpc-timeout", "1n"}}, 1ns},
      {{}, {{"x-timeout-ms", "soon"}}, 30s},
      {{.unlimited = true}, {{"grpc-timeout", "99999999H"}}, std::nullopt},
  };
  for (const auto& c : cases) {
    const int before = handled;
    send(chain(layer(), c.route), c.headers);
    EXPECT_EQ(handled, before + 1);
    EXPECT_EQ(seen, c.time) << (c.headers.empty() ? "" : c.headers[0].second);
  }
}

TEST_F(DeadlineTest, WhatHasExpiredNeverReachesTheHandler) {
  const Chain all = chain(layer());
  for (const Fields& headers :
       {Fields{{"x-timeout-ms", "0"}}, Fields{{"x-timeout-ms", "-20"}},
        Fields{{"grpc-timeout", "0m"}}, Fields{{"grpc-timeout", "0H"}, {"x-timeout-ms", "9"}}}) {
    const auto x = send(all, headers);
    EXPECT_EQ(x->status(), 504);
    EXPECT_TRUE(x->body().contains("\"TIMEOUT\"")) << x->body();
  }
  EXPECT_EQ(handled, 0);
}

TEST_F(DeadlineTest, LessTimeThanIsUsefulIsRefused) {
  const Chain all = chain(layer({.minimum_useful = 50ms}));
  EXPECT_EQ(send(all, {{"x-timeout-ms", "49"}})->status(), 504);
  EXPECT_EQ(send(all, {{"x-timeout-ms", "50"}})->status(), 200);
  EXPECT_EQ(send(all)->status(), 200);
}

TEST_F(DeadlineTest, HeadersThatSayNothingAreCounted) {
  const auto deadline = layer();
  const Chain all = chain(deadline);
  EXPECT_EQ(send(all, {{"x-timeout-ms", "soon"}, {"grpc-timeout", "99999999H"}})->status(), 200);
  EXPECT_EQ(send(all, {{"x-timeout-ms", "5"}})->status(), 200);
  EXPECT_EQ(send(all, {{"x-timeout-ms", ""}})->status(), 200);
  EXPECT_EQ(deadline->ignored_headers(), 3U);
}

TEST_F(DeadlineTest, CallersAreNotHeededWhereOptionsSaySo) {
  const Chain all = chain(layer({.accept_grpc_timeout = false, .accept_timeout_ms = false}));
  send(all, {{"x-timeout-ms", "0"}, {"grpc-timeout", "0n"}});
  EXPECT_EQ(seen, 30s);
}

TEST_F(DeadlineTest, AtTheDeadlineTheChainAnswers504) {
  const Handler slow = [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1min);
    co_return text("late");
  };
  const Chain all = std::move(Chain::build("/op", {AnyLayer(layer())}, slow)).value();
  const auto x = send(all, {{"x-timeout-ms", "100"}});
  world.advance(99ms);
  EXPECT_FALSE(x->answered());
  world.advance(2ms);
  EXPECT_EQ(x->status(), 504);
  EXPECT_TRUE(x->finished());
}

TEST_F(DeadlineTest, UpdateHoldsForLaterRequestsAndABadOneNotAtAll) {
  const auto deadline = layer();
  const Chain all = chain(deadline);
  ASSERT_TRUE(deadline->update({.timeout = 2s}));
  send(all);
  EXPECT_EQ(seen, 2s);
  const Result<> refused = deadline->update({.timeout = 0s, .minimum_useful = -1s});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "timeout: value \"0ns\" must be from 1 ms to 24 h\n"
            "minimum_useful: value \"-1000000000ns\" must be from 0 to `timeout`");
  send(all);
  EXPECT_EQ(seen, 2s);
}

TEST_F(DeadlineTest, OptionsHaveLimits) {
  for (const DeadlineOptions& bad :
       {DeadlineOptions{.timeout = 999us}, DeadlineOptions{.timeout = 24h + 1ns},
        DeadlineOptions{.timeout = -1s}, DeadlineOptions{.timeout = Duration::max()},
        DeadlineOptions{.timeout = 1s, .minimum_useful = 2s}}) {
    EXPECT_FALSE(Deadline::make(bad)) << bad.timeout.count();
  }
  EXPECT_TRUE(Deadline::make({.timeout = 1ms}));
  EXPECT_TRUE(Deadline::make({.timeout = 24h, .minimum_useful = 24h}));
}

}  // namespace
}  // namespace lift
