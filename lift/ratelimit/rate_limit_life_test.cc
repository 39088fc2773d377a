// What happens to charges at a request's end, while it waits, in shadow, and when limits change.
#include <gtest/gtest.h>

#include "lift/ratelimit/rate_limit_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// Gives every request 50 ms.
struct Hurry {
  static constexpr std::string_view kName = "deadline";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.limit_deadline(ctx.start() + 50ms);
    return Verdict::proceed;
  }
};

class RateLimitLifeTest : public RateLimitFixture {
 protected:
  int status_of(Context& ctx) {
    const std::string_view wanted = ctx.request().headers.value("answer");
    return wanted.empty() ? 200 : std::stoi(std::string(wanted));
  }
  void answer_as_asked() {
    answer = [this](Context& ctx) { return status_of(ctx); };
  }
};

constexpr LimitAlgorithm kAlgorithms[]{LimitAlgorithm::gcra, LimitAlgorithm::fixed_window,
                                       LimitAlgorithm::sliding_window, LimitAlgorithm::sliding_log};

TEST_F(RateLimitLifeTest, EveryAlgorithmLimits) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    LimitOptions one = per_tenant({.rate = per_hour(5)});
    one.algorithm = algorithm;
    limit(one);
    EXPECT_EQ(admitted(9), 5) << static_cast<int>(algorithm);
    EXPECT_EQ(admitted(9, {{"tenant", "other"}}), 5);
    const auto refused = send();
    EXPECT_EQ(refused->headers().value("X-RateLimit-Remaining"), "0");
    const int retry = std::stoi(std::string(refused->headers().value("Retry-After")));
    world.advance(std::chrono::seconds(retry));
    EXPECT_EQ(status(), 200) << static_cast<int>(algorithm);
  }
}

TEST_F(RateLimitLifeTest, OnlyFailuresOrOnlySuccessesCount) {
  answer_as_asked();
  const Fields good{{"tenant", "acme"}};
  const Fields bad{{"tenant", "acme"}, {"answer", "404"}};
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    LimitOptions one = per_tenant({.rate = per_hour(3)});
    one.algorithm = algorithm;
    one.charge = LimitCharge::failures;
    limit(one);
    EXPECT_EQ(admitted(9, good), 9) << static_cast<int>(algorithm);
    EXPECT_EQ(admitted(9, bad), 3) << static_cast<int>(algorithm);
    EXPECT_EQ(admitted(9, good), 0);
    one.charge = LimitCharge::successes;
    limit(one);
    EXPECT_EQ(admitted(9, bad), 9) << static_cast<int>(algorithm);
    EXPECT_EQ(admitted(9, good), 3) << static_cast<int>(algorithm);
  }
}

TEST_F(RateLimitLifeTest, WhatRunsIsHeldSoThatNoMoreAreLetInThanMayCount) {
  LimitOptions one = per_tenant({.rate = per_hour(2)});
  one.charge = LimitCharge::failures;
  limit(one);
  Request request = sim_request(Method::get, "/");
  request.headers.add("tenant", "acme");
  const auto first = world.send(*chains, request, {.delivery_held = true});
  const auto second = world.send(*chains, request, {.delivery_held = true});
  EXPECT_EQ(status(), 429);
  first->deliver();
  EXPECT_EQ(status(), 200);
  second->deliver();
  EXPECT_EQ(admitted(5), 5);
}

TEST_F(RateLimitLifeTest, AClientThatLeavesHoldsNothing) {
  LimitOptions one = per_tenant({.rate = per_hour(1)});
  one.charge = LimitCharge::successes;
  limit(one);
  Request request = sim_request(Method::get, "/");
  request.headers.add("tenant", "acme");
  {
    const auto dropped = world.send(*chains, request, {.delivery_held = true});
    EXPECT_EQ(status(), 429);
    dropped->deliver(Delivery::peer_gone);
  }
  EXPECT_EQ(status(), 200);
}

TEST_F(RateLimitLifeTest, ACostThatIsKnownAtTheEnd) {
  LimitOptions one = per_tenant({.rate = per_second(10)});
  one.weigh = [](const Context& ctx, const Outcome&) -> std::uint64_t {
    return std::stoul(std::string(ctx.request().headers.value("tokens")));
  };
  limit(one);
  ASSERT_EQ(status({{"tenant", "acme"}, {"tokens", "8"}}), 200);
  EXPECT_EQ(status({{"tenant", "acme"}, {"tokens", "0"}}), 200);
  ASSERT_EQ(status({{"tenant", "acme"}, {"tokens", "7"}}), 200);  // owes five
  EXPECT_EQ(status({{"tenant", "acme"}, {"tokens", "1"}}), 429);
  world.advance(501ms);
  EXPECT_EQ(status({{"tenant", "acme"}, {"tokens", "1"}}), 429);
  world.advance(100ms);
  EXPECT_EQ(status({{"tenant", "acme"}, {"tokens", "1"}}), 200);
}

TEST_F(RateLimitLifeTest, ShapingWaitsForItsTurn) {
  LimitOptions one = per_tenant({.rate = per_second(10), .burst = 1});
  one.max_wait = 250ms;
  limit(one);
  Request request = sim_request(Method::get, "/");
  request.headers.add("tenant", "acme");
  const auto first = world.send(*chains, request);
  const auto second = world.send(*chains, request);
  const auto third = world.send(*chains, request);
  const auto fourth = world.send(*chains, request);
  EXPECT_TRUE(first->answered());
  EXPECT_FALSE(second->answered());
  EXPECT_EQ(fourth->status(), 429);
  world.advance(101ms);
  EXPECT_TRUE(second->answered());
  EXPECT_FALSE(third->answered());
  world.advance(100ms);
  EXPECT_EQ(third->status(), 200);
  EXPECT_TRUE(third->headers().contains("X-RateLimit-Limit"));
}

TEST_F(RateLimitLifeTest, ATurnAfterTheDeadlineIsARefusal) {
  LimitOptions one = per_tenant({.rate = per_second(10), .burst = 1});
  one.max_wait = 1s;
  layer = make({.limits = {one}});
  const Handler handler = [](Context&) { return text("ok"); };
  const Chain chain = std::move(Chain::build("/op",
                                             {AnyLayer(std::make_shared<Trusting>()),
                                              AnyLayer(std::make_shared<Hurry>()), AnyLayer(layer)},
                                             handler))
                          .value();
  EXPECT_EQ(world.get(chain, "/")->status(), 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.get(chain, "/")->status(), 429);
  world.advance(101ms);
  EXPECT_EQ(world.get(chain, "/")->status(), 200);  // those refused have taken no turn
}

TEST_F(RateLimitLifeTest, ShadowRefusesNothingAndTellsTheDifference) {
  LimitOptions strict = per_tenant({.rate = per_hour(2)});
  strict.name = "new";
  strict.mode = LayerMode::shadow;
  strict.compare_to = "tenant";
  limit({.limits = {per_tenant({.rate = per_hour(4)}), strict}});
  EXPECT_EQ(admitted(6), 4);
  EXPECT_EQ(counted("new", "allowed"), 2);
  EXPECT_EQ(counted("new", "would_refuse"), 4);
  EXPECT_EQ(counted("new", "newly_refused", "lift.ratelimit.shadow"), 2);
  EXPECT_EQ(send()->headers().value("X-RateLimit-Limit"), "4");

  LimitOptions generous = strict;
  generous.quota.rate = per_hour(100);
  generous.name = "generous";
  limit({.limits = {per_tenant({.rate = per_hour(1)}), generous}});
  EXPECT_EQ(admitted(6), 1);
  EXPECT_EQ(counted("generous", "newly_allowed", "lift.ratelimit.shadow"), 5);
  generous.mode = LayerMode::off;
  generous.compare_to = "";
  limit(generous);
  EXPECT_EQ(admitted(200), 200);
}

TEST_F(RateLimitLifeTest, ShadowCountsWhatOthersRefuseAsIfItWereAlone) {
  LimitOptions plain = per_tenant({.rate = per_hour(2)});
  plain.name = "plain";
  plain.mode = LayerMode::shadow;
  LimitOptions settling = plain;
  settling.name = "settling";
  settling.charge = LimitCharge::failures;
  limit({.limits = {plain, settling, per_tenant({.rate = per_hour(1)})}});
  EXPECT_EQ(admitted(5), 1);
  EXPECT_EQ(counted("plain", "would_refuse"), 3);
  EXPECT_EQ(counted("settling", "would_refuse"), 0);  // it holds nothing of those refused
}

TEST_F(RateLimitLifeTest, AChangeKeepsWhatWasUsed) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    LimitOptions one = per_tenant({.rate = per_hour(10)});
    one.algorithm = algorithm;
    limit(one);
    ASSERT_EQ(admitted(6), 6);
    one.quota.rate = per_hour(8);
    ASSERT_TRUE(layer->update({.limits = {one}}));
    const int left = admitted(9);
    EXPECT_GE(left, 2) << static_cast<int>(algorithm);
    EXPECT_LE(left, 3) << static_cast<int>(algorithm);  // of a bucket the part that was used stays
  }
}

TEST_F(RateLimitLifeTest, AnUpdateThatIsWrongChangesNothing) {
  limit(per_tenant({.rate = per_hour(1)}));
  EXPECT_EQ(layer->update({.limits = {per_tenant({.rate = per_hour(0)})}}).error().code,
            "bad_configuration");
  EXPECT_EQ(admitted(3), 1);
}

TEST_F(RateLimitLifeTest, WhatIsHeldOutlivesAChangeOfLimits) {
  LimitOptions one = per_tenant({.rate = per_hour(2)});
  one.charge = LimitCharge::failures;
  limit(one);
  Request request = sim_request(Method::get, "/");
  request.headers.add("tenant", "acme");
  const auto held = world.send(*chains, request, {.delivery_held = true});
  ASSERT_TRUE(layer->update({.limits = {per_user({.rate = per_hour(2)})}}));
  held->deliver();
  EXPECT_EQ(admitted(3), 2);
}

TEST_F(RateLimitLifeTest, ALimitCanBeLookedAt) {
  limit(per_tenant({.rate = per_hour(3)}));
  ASSERT_EQ(status(), 200);
  LimitKey key;
  key.add(LimitKey::Part::tenant, "acme");
  EXPECT_EQ(layer->peek("tenant", key)->remaining, 2U);
  EXPECT_EQ(layer->peek("tenant", key)->remaining, 2U);
  EXPECT_FALSE(layer->peek("other", key));
}

}  // namespace
}  // namespace lift
