// The defects of the original's rate limiter, each as a test: named after the list of its defects
// (D_RL), or after the row of the research on limiters (L_RL).
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/rate_limit.h"
#include "lift/ratelimit/sliding_window.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct FromHeaders {
  static constexpr std::string_view kName = "identify";
  Verdict enter(Context& ctx, NoSlot&) {
    const Headers& headers = ctx.request().headers;
    ctx.set_identity(
        {.tenant = headers.value("tenant"), .user = headers.value("user"), .roles = {}});
    if (const auto peer = IpAddress::parse(headers.value("peer"))) ctx.set_client_address(*peer);
    return Verdict::proceed;
  }
};

class RateLimitRegression : public testing::Test {
 protected:
  void limit(RateLimitOptions options) { layer_ = RateLimit::make(options, telemetry_).value(); }
  void limit(LimitOptions one) { limit(RateLimitOptions{.limits = {std::move(one)}}); }
  std::unique_ptr<SimExchange> send(const Fields& fields, std::string_view path = "/",
                                    std::string operation = "/op") {
    const Handler handler = [](Context&) { return text("ok"); };
    chains_.push_back(std::make_unique<Chain>(
        std::move(Chain::build(std::move(operation),
                               {AnyLayer(std::make_shared<FromHeaders>()), AnyLayer(layer_)},
                               handler))
            .value()));
    Request request = sim_request(Method::get, path);
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return world_.send(*chains_.back(), std::move(request));
  }
  int admitted(int times, const Fields& fields) {
    int count = 0;
    for (; times > 0; --times) count += send(fields)->status() == 200 ? 1 : 0;
    return count;
  }

  SimWorld world_;
  Telemetry telemetry_{{}, world_.loop().clock()};
  std::shared_ptr<RateLimit> layer_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

TEST_F(RateLimitRegression, D_RL_1_ItLimits) {
  limit(per_tenant({.rate = per_hour(3)}));
  EXPECT_EQ(admitted(10, {{"tenant", "acme"}}), 3);
}

TEST_F(RateLimitRegression, D_RL_3_TwentyThreadsGetExactlyTheLimit) {
  const FixedWindow window({.rate = per_hour(1000)});
  FixedWindow::Word word{0};
  const LimitTime now{.now = Instant(1s), .wall = WallTime(1'767'225'600s)};
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 20; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) admitted += window.take(word, now, 1).allowed ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(admitted, 1000);
}

TEST_F(RateLimitRegression, D_RL_5_EveryOptionIsAlive) {
  LimitOptions one = per_tenant({.rate = per_minute(6), .burst = 2});
  limit(one);
  EXPECT_EQ(admitted(9, {{"tenant", "burst"}}), 2);
  one.key = [](const Context& ctx, LimitKey& key) {
    key.add(LimitKey::Part::custom, ctx.request().headers.value("shop"));
    return true;
  };
  limit(one);
  EXPECT_EQ(admitted(9, {{"tenant", "a"}, {"shop", "x"}}), 2);
  EXPECT_EQ(admitted(9, {{"tenant", "b"}, {"shop", "x"}}), 0);
  limit({.limits = {one},
         .on_refused = [](Context&, const LimitVerdict&) { return text("no").with_status(503); }});
  EXPECT_EQ(admitted(2, {{"shop", "y"}}), 2);
  EXPECT_EQ(send({{"shop", "y"}})->status(), 503);
  // The window is the one that was given: a minute is a minute.
  one = per_tenant({.rate = per_minute(1)});
  one.algorithm = LimitAlgorithm::fixed_window;
  limit(one);
  EXPECT_EQ(admitted(2, {{"tenant", "w"}}), 1);
  world_.advance(61s);
  EXPECT_EQ(admitted(2, {{"tenant", "w"}}), 1);
}

TEST_F(RateLimitRegression, D_RL_6_TheFourHelpersLimitFourThings) {
  const Quota quota{.rate = per_hour(1)};
  const Fields ann{{"tenant", "acme"}, {"user", "ann"}, {"peer", "192.0.2.1"}};
  const Fields bob{{"tenant", "acme"}, {"user", "bob"}, {"peer", "192.0.2.1"}};
  const Fields cat{{"tenant", "beta"}, {"user", "ann"}, {"peer", "192.0.2.2"}};
  const struct {
    LimitOptions limit;
    std::vector<int> statuses;  // of Ann twice, Bob, Cat, and Ann on another route
  } cases[] = {{per_tenant(quota), {200, 429, 429, 200, 429}},
               {per_user(quota), {200, 429, 200, 200, 429}},
               {per_client(quota), {200, 429, 429, 200, 429}},
               {per_operation(quota), {200, 429, 429, 200, 200}}};
  for (const auto& c : cases) {
    limit(c.limit);
    const std::vector<int> statuses{send(ann)->status(), send(ann)->status(), send(bob)->status(),
                                    send(cat)->status(), send(ann, "/", "/other")->status()};
    EXPECT_EQ(statuses, c.statuses) << c.limit.name;
  }
}

TEST_F(RateLimitRegression, D_RL_7_BurstsAndTheirReturnAreReal) {
  limit(per_tenant({.rate = per_second(1), .burst = 3}));
  EXPECT_EQ(admitted(9, {{"tenant", "acme"}}), 3);
  world_.advance(2s);
  EXPECT_EQ(admitted(9, {{"tenant", "acme"}}), 2);
}

TEST_F(RateLimitRegression, D_RL_10_RotatingPathsOrForwardedHeadersMultiplyNoQuota) {
  LimitOptions one = per_client({.rate = per_hour(2)});
  one.by = LimitBy::client | LimitBy::operation;
  limit(one);
  int count = 0;
  for (int i = 0; i < 9; ++i) {
    const std::string n = std::to_string(i);
    count += send({{"peer", "192.0.2.1"}, {"x-forwarded-for", "10.0.0." + n + ", 192.0.2.1"}},
                  "/items/" + n, "/items/{id}")
                         ->status() == 200
                 ? 1
                 : 0;
  }
  EXPECT_EQ(count, 2);
  // Anonymous callers are told apart; they do not share one "unknown".
  EXPECT_EQ(send({{"peer", "192.0.2.9"}}, "/items/1", "/items/{id}")->status(), 200);
}

TEST_F(RateLimitRegression, D_RL_11_ASlidingWindowDoesNotGiveTheLimitToEveryPart) {
  const SlidingWindow limit({.rate = per_minute(10)});
  const LimitTime begin{.now = Instant(600s), .wall = {}};
  SlidingWindow::Word word{limit.fresh(begin)};
  int admitted = 0;
  for (const Duration later : {0s, 6s}) {
    for (int i = 0; i < 20; ++i) {
      admitted += limit.take(word, {.now = begin.now + later, .wall = {}}, 1).allowed ? 1 : 0;
    }
  }
  EXPECT_EQ(admitted, 10);
}

TEST_F(RateLimitRegression, D_RL_13_RetryAfterIsNeverZero) {
  LimitOptions one = per_tenant({.rate = per_minute(1)});
  one.algorithm = LimitAlgorithm::fixed_window;
  limit(one);
  ASSERT_EQ(admitted(1, {{"tenant", "acme"}}), 1);
  world_.advance(59'999ms - world_.loop().clock().wall().time_since_epoch() % 60s);
  ASSERT_LE(admitted(1, {{"tenant", "acme"}}), 1);
  const auto refused = send({{"tenant", "acme"}});
  ASSERT_EQ(refused->status(), 429);
  EXPECT_EQ(refused->headers().value("Retry-After"), "1");
  EXPECT_TRUE(refused->body().contains(R"("retry_after":1,)"));
}

TEST_F(RateLimitRegression, L_RL_6_NoTenantCanPassForAnothersUser) {
  limit(per_user({.rate = per_hour(1)}));
  EXPECT_EQ(admitted(2, {{"tenant", "a:user:b"}, {"peer", "192.0.2.1"}}), 1);
  EXPECT_EQ(admitted(2, {{"tenant", "a"}, {"user", "b"}}), 1);
}

TEST_F(RateLimitRegression, L_RL_7_ALateReturnTouchesNoOtherWindow) {
  LimitOptions one = per_tenant({.rate = per_minute(2)});
  one.algorithm = LimitAlgorithm::fixed_window;
  const FixedWindow window(one.quota);
  FixedWindow::Word word{0};
  const WallTime begin(1'767'225'600s);
  const auto at = [&](Duration later) { return LimitTime{.now = {}, .wall = begin + later}; };
  ASSERT_TRUE(window.take(word, at(0s), 1).allowed);
  ASSERT_TRUE(window.take(word, at(60s), 2).allowed);
  window.undo(word, at(0s), at(61s), 1);
  EXPECT_FALSE(window.take(word, at(62s), 1).allowed);
}

TEST_F(RateLimitRegression, L_RL_11_PlansAreNamedByAFunctionAndTenantsByThemselves) {
  LimitOptions one = per_tenant({.rate = per_hour(1)});
  one.plans["gold"] = {.rate = per_hour(3)};
  one.plan = [](const Context& ctx) {
    return ctx.tenant() == "acme" ? std::string_view("gold") : std::string_view();
  };
  limit(one);
  EXPECT_EQ(admitted(9, {{"tenant", "acme"}}), 3);
  EXPECT_EQ(admitted(9, {{"tenant", "gold"}}), 1);  // a tenant of that name is on no plan
}

TEST_F(RateLimitRegression, L_RL_16_WeeksBeginWhereTheOriginalsDid) {
  const FixedWindow week({.rate = {.count = 1, .per = 7 * 24h}});
  const WallTime thursday(1'767'225'600s);
  EXPECT_EQ(week.window(thursday), thursday - 72h);
}

}  // namespace
}  // namespace lift
