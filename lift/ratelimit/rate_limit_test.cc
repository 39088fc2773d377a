#include "lift/ratelimit/rate_limit.h"

#include <gtest/gtest.h>

#include "lift/ratelimit/rate_limit_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class RateLimitTest : public RateLimitFixture {};

TEST_F(RateLimitTest, ARefusalHasTheBodyAndTheHeadersOfTheOriginal) {
  limit(per_tenant({.rate = per_second(2)}));
  const auto first = send();
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(first->headers().value("X-RateLimit-Limit"), "2");
  EXPECT_EQ(first->headers().value("X-RateLimit-Remaining"), "1");
  const auto reset = std::chrono::ceil<std::chrono::seconds>(world.loop().clock().wall() + 500ms);
  const std::string at = std::to_string(reset.time_since_epoch().count());
  EXPECT_EQ(first->headers().value("X-RateLimit-Reset"), at);
  EXPECT_FALSE(first->headers().contains("Retry-After"));
  ASSERT_EQ(status(), 200);

  const auto refused = send();
  EXPECT_EQ(refused->status(), 429);
  EXPECT_EQ(refused->headers().value("Retry-After"), "1");
  EXPECT_EQ(refused->headers().value("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(refused->headers().value("content-type"), "application/json");
  EXPECT_TRUE(refused->body().starts_with(
      R"({"error":"Rate limit exceeded","limit":2,"remaining":0,"reset_at":)" + at +
      R"(,"retry_after":1,)"))
      << refused->body();
  EXPECT_TRUE(refused->body().contains(R"("code":"RATE_LIMITED")"));
  EXPECT_TRUE(refused->body().contains(R"("violated-policies":["tenant"])"));
  EXPECT_EQ(handled, 2);
  EXPECT_EQ(counted("tenant", "allowed"), 2);
  EXPECT_EQ(counted("tenant", "refused"), 1);
}

TEST_F(RateLimitTest, AProblemGoesToWhoAsksForOne) {
  limit(per_tenant({.rate = per_second(1)}));
  ASSERT_EQ(status(), 200);
  EXPECT_EQ(send({{"tenant", "acme"}, {"accept", "application/problem+json"}})
                ->headers()
                .value("content-type"),
            "application/problem+json");
  EXPECT_EQ(send({{"tenant", "acme"}, {"accept", "*/*"}})->headers().value("content-type"),
            "application/json");
}

TEST_F(RateLimitTest, HeadersOfEveryRevision) {
  const struct {
    LimitHeaders style;
    Fields headers;
  } cases[] = {
      {LimitHeaders::none, {{"X-RateLimit-Limit", ""}, {"RateLimit", ""}}},
      {LimitHeaders::draft_06,
       {{"RateLimit-Limit", "10"}, {"RateLimit-Remaining", "9"}, {"RateLimit-Reset", "6"}}},
      {LimitHeaders::draft_07,
       {{"RateLimit", "limit=10, remaining=9, reset=6"}, {"RateLimit-Policy", "10;w=60"}}},
      {LimitHeaders::draft_11,
       {{"RateLimit", R"("tenant";r=9;t=6, "daily";r=99;t=864)"},
        {"RateLimit-Policy", R"("tenant";q=10;w=60, "daily";q=100;w=86400)"}}},
  };
  for (const auto& c : cases) {
    LimitOptions daily = per_tenant({.rate = per_day(100)});
    daily.name = "daily";
    limit({.limits = {per_tenant({.rate = per_minute(10)}), daily}, .headers = c.style});
    const auto answer = send();
    for (const auto& [name, value] : c.headers) EXPECT_EQ(answer->headers().value(name), value);
  }
  limit({.limits = {per_tenant({.rate = per_minute(10)})}, .header_prefix = "X-Quota"});
  EXPECT_EQ(send()->headers().value("x-quota-limit"), "10");
}

TEST_F(RateLimitTest, AllLimitsOrNone) {
  LimitOptions user = per_user({.rate = per_second(2)});
  limit({.limits = {per_tenant({.rate = per_second(5)}), user}});
  EXPECT_EQ(admitted(10, {{"tenant", "acme"}, {"user", "ann"}}), 2);
  // Ann's eight refusals have cost the tenant nothing: three are left for the others.
  EXPECT_EQ(admitted(2, {{"tenant", "acme"}, {"user", "bob"}}), 2);
  const auto refused = send({{"tenant", "acme"}, {"user", "ann"}});
  EXPECT_TRUE(refused->body().contains(R"("violated-policies":["user"])"));
  EXPECT_EQ(admitted(10, {{"tenant", "acme"}, {"user", "cat"}}), 1);
  EXPECT_EQ(admitted(10, {{"tenant", "other"}, {"user", "ann"}}), 2);
}

TEST_F(RateLimitTest, OfSeveralThatRefuseTheLongestBinds) {
  LimitOptions hourly = per_tenant({.rate = per_hour(2)});
  hourly.name = "hourly";
  limit({.limits = {per_tenant({.rate = per_second(1)}), hourly}});
  ASSERT_EQ(status(), 200);
  world.advance(1s);
  ASSERT_EQ(status(), 200);
  const auto refused = send();
  EXPECT_TRUE(refused->body().contains(R"("violated-policies":["hourly"])")) << refused->body();
  EXPECT_EQ(refused->headers().value("Retry-After"), "1799");
}

TEST_F(RateLimitTest, OverridesGoFromTheUserToThePlan) {
  LimitOptions one = per_user({.rate = per_hour(1)});
  one.users["acme/ann"] = {.rate = per_hour(4)};
  one.tenants["acme"] = {.rate = per_hour(3)};
  one.plans["gold"] = {.rate = per_hour(2)};
  one.plan = [](const Context& ctx) { return ctx.request().headers.value("plan"); };
  limit(one);
  EXPECT_EQ(admitted(9, {{"tenant", "acme"}, {"user", "ann"}, {"plan", "gold"}}), 4);
  EXPECT_EQ(admitted(9, {{"tenant", "acme"}, {"user", "bob"}, {"plan", "gold"}}), 3);
  EXPECT_EQ(admitted(9, {{"tenant", "zeta"}, {"user", "ann"}, {"plan", "gold"}}), 2);
  EXPECT_EQ(admitted(9, {{"tenant", "beta"}, {"user", "ann"}, {"plan", "tin"}}), 1);
}

TEST_F(RateLimitTest, CallersWithoutANameAreToldApartByTheirAddress) {
  limit(per_tenant({.rate = per_hour(1)}));
  EXPECT_EQ(admitted(3, {{"address", "192.0.2.1"}}), 1);
  EXPECT_EQ(admitted(3, {{"address", "192.0.2.2"}}), 1);
  EXPECT_EQ(admitted(3, {{"address", "2001:db8::1"}}), 1);
  EXPECT_EQ(admitted(3, {{"address", "2001:db8::2"}}), 0);
  EXPECT_EQ(admitted(3, {{"tenant", "acme"}, {"address", "192.0.2.1"}}), 1);
}

TEST_F(RateLimitTest, WhatIsCountedApart) {
  const struct {
    LimitBy by;
    int admitted;  // of: a GET, a POST, another user, another tenant, another operation
  } cases[] = {{LimitBy::everyone, 1},  {LimitBy::method, 2},
               {LimitBy::tenant, 2},    {LimitBy::user, 3},
               {LimitBy::operation, 2}, {LimitBy::tenant | LimitBy::method | LimitBy::operation, 4},
               {LimitBy::credential, 2}};
  for (const auto& c : cases) {
    LimitOptions one;
    one.name = "one";
    one.quota.rate = per_hour(1);
    one.by = c.by;
    limit(one);
    int count = status({{"tenant", "a"}, {"user", "x"}}) == 200 ? 1 : 0;
    count += status({{"tenant", "a"}, {"user", "x"}}, Method::post) == 200 ? 1 : 0;
    count += status({{"tenant", "a"}, {"user", "y"}}) == 200 ? 1 : 0;
    count += status({{"tenant", "b"}, {"user", "x"}, {"authorization", "z"}}) == 200 ? 1 : 0;
    const Chain other = serve(layer, "/other");
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", "a");
    request.headers.add("user", "x");
    count += world.send(other, std::move(request))->status() == 200 ? 1 : 0;
    EXPECT_EQ(count, c.admitted) << static_cast<int>(c.by);
  }
}

TEST_F(RateLimitTest, OnlyTheRoutesAndMethodsThatAreNamed) {
  LimitOptions one = per_tenant({.rate = per_hour(1)});
  one.operations = {"/other"};
  limit(one);
  EXPECT_EQ(admitted(3), 3);
  EXPECT_FALSE(send()->headers().contains("X-RateLimit-Limit"));
  one.operations = {"/op"};
  one.methods = {"POST"};
  limit(one);
  EXPECT_EQ(admitted(3), 3);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::post), 200);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::post), 429);
}

TEST_F(RateLimitTest, PreflightsAreNotLimitedUnlessTold) {
  LimitOptions one = per_tenant({.rate = per_hour(1)});
  limit(one);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::options), 200);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::options), 200);
  one.skip_options = false;
  limit(one);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::options), 200);
  EXPECT_EQ(status({{"tenant", "acme"}}, Method::options), 429);
}

TEST_F(RateLimitTest, CostsAndKeysOfTheUsersOwn) {
  LimitOptions one = per_tenant({.rate = per_hour(10)});
  one.key = [](const Context& ctx, LimitKey& key) {
    const std::string_view client = ctx.request().headers.value("client");
    key.add(LimitKey::Part::custom, client);
    return !client.empty();
  };
  one.cost = [](const Context& ctx) -> std::uint64_t {
    const std::string_view cost = ctx.request().headers.value("cost");
    return cost.empty() ? 1 : static_cast<std::uint64_t>(cost[0] - '0');
  };
  one.quota.burst = 5;
  limit(one);
  EXPECT_EQ(admitted(20, {{"tenant", "acme"}}), 20);  // no client, no limit
  EXPECT_EQ(admitted(3, {{"client", "c"}, {"cost", "2"}}), 2);
  EXPECT_EQ(admitted(3, {{"client", "c"}, {"cost", "0"}}), 3);
  const auto never = send({{"client", "d"}, {"cost", "6"}});
  EXPECT_EQ(never->status(), 429);
  EXPECT_FALSE(never->headers().contains("Retry-After"));
  EXPECT_TRUE(never->body().contains(R"("retry_after":null)")) << never->body();
}

TEST_F(RateLimitTest, AFunctionThatThrowsChargesNothing) {
  LimitOptions second = per_user({.rate = per_hour(5)});
  second.cost = [](const Context& ctx) -> std::uint64_t {
    if (ctx.request().headers.contains("bad")) throw std::runtime_error("no cost");
    return 1;
  };
  limit({.limits = {per_tenant({.rate = per_hour(2)}), second}});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status({{"tenant", "acme"}, {"bad", "1"}}), 500);
  EXPECT_EQ(admitted(9), 2);
}

TEST_F(RateLimitTest, TheAnswerMayBeTheUsersOwn) {
  RateLimitOptions options{.limits = {per_tenant({.rate = per_hour(1)})}};
  options.on_refused = [](Context&, const LimitVerdict& refused) {
    return text("slow down: ", refused.limit).with_status(420);
  };
  limit(options);
  ASSERT_EQ(status(), 200);
  const auto refused = send();
  EXPECT_EQ(refused->status(), 420);
  EXPECT_EQ(refused->body(), "slow down: tenant");
  EXPECT_EQ(refused->headers().value("Retry-After"), "3600");
  EXPECT_EQ(refused->headers().value("X-RateLimit-Remaining"), "0");
}

TEST_F(RateLimitTest, BadOptionsAreNamedAllAtOnce) {
  RateLimitOptions options{.header_prefix = "no blanks"};
  LimitOptions bad;
  bad.name = "No";
  bad.quota = {.rate = per_second(0)};
  bad.tenants["acme"] = {.rate = per_second(1), .burst = 0};
  bad.plans["gold"] = {.rate = per_second(1)};
  bad.max_keys = 7;
  bad.max_wait = 61s;
  bad.v6_bits = 129;
  bad.compare_to = "none";
  LimitOptions window = per_tenant({.rate = {.count = 1, .per = 1500us}, .burst = 2});
  window.algorithm = LimitAlgorithm::fixed_window;
  window.max_wait = 1s;
  options.limits = {bad, window, window};
  std::vector<std::string> fields;
  for (const Problem& problem : options.validate().list()) fields.push_back(problem.field);
  EXPECT_EQ(fields, (std::vector<std::string>{
                        "limits[No].name", "limits[No].quota.rate.count",
                        "limits[No].tenants[acme].burst", "limits[No].plan", "limits[No].max_keys",
                        "limits[No].max_wait", "limits[No].v6_bits", "limits[No].compare_to",
                        "limits[No].compare_to", "limits[tenant].quota.burst",
                        "limits[tenant].quota.rate.per", "limits[tenant].max_wait",
                        "limits[tenant].quota.burst", "limits[tenant].quota.rate.per",
                        "limits[tenant].max_wait", "limits[tenant]", "header_prefix"}));
  EXPECT_EQ(RateLimit::make(options, telemetry).error().code, "bad_configuration");
}

}  // namespace
}  // namespace lift
