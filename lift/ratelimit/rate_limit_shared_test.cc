// Limits that are shared, as requests meet them.
#include <gmock/gmock.h>

#include "lift/ratelimit/limiter.h"
#include "lift/ratelimit/rate_limit_fixture_test.h"
#include "lift/testing/sim_limit_store.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SharedLimitTest : public RateLimitFixture {
 protected:
  ~SharedLimitTest() override {
    chains.reset();
    layer.reset();  // before its store
  }
  LimitOptions tenants(const Quota& quota = {.rate = per_second(100), .burst = 20}) {
    LimitOptions options = per_tenant(quota);
    options.sharing = LimitSharing{.store = share(store)};
    return options;
  }
  LimitOptions strict(const Quota& quota) {
    LimitOptions options = tenants(quota);
    options.sharing->mode = SharingMode::strict;
    return options;
  }
  /// Sends one and lets the store answer.
  int ask(const Fields& fields = {{"tenant", "acme"}}) {
    const auto exchange = send(fields);
    world.advance(60ms);
    return exchange->answered() ? exchange->status() : 0;
  }

  SimLimitStore store{world.loop()};
};

TEST_F(SharedLimitTest, TheFirstOfAKeyWaitsForTheStoreAndThenNobodyDoes) {
  limit(tenants({.rate = per_second(1000)}));
  const auto first = send();
  EXPECT_FALSE(first->answered());
  world.advance(10ms);
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(store.items.size(), 1U);
  EXPECT_EQ(store.items.begin()->first, "rl1#tenant#t4:acme");
  int at_once = 0;
  for (int i = 0; i < 500; ++i) {
    const auto next = send();
    if (next->answered()) ++at_once;
    world.advance(2ms);
  }
  EXPECT_GE(at_once, 450);
  EXPECT_LE(store.writes(), 40U);
}

TEST_F(SharedLimitTest, TwoInstancesAdmitTogetherWhatOneWould) {
  limit(strict({.rate = per_hour(10)}));
  const auto other = make({.limits = {strict({.rate = per_hour(10)})}});
  const Chain second = serve(other, "/op");
  int admitted_here = 0;
  for (int i = 0; i < 10; ++i) {
    admitted_here += ask() == 200 ? 1 : 0;
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", "acme");
    const auto there = world.send(second, std::move(request));
    world.advance(60ms);
    admitted_here += there->status() == 200 ? 1 : 0;
  }
  EXPECT_EQ(admitted_here, 10);
}

TEST_F(SharedLimitTest, ARefusalTellsWhenToComeBack) {
  limit(strict({.rate = per_minute(6), .burst = 1}));
  EXPECT_EQ(ask(), 200);
  const auto refused = send();
  world.advance(60ms);
  EXPECT_EQ(refused->status(), 429);
  EXPECT_EQ(refused->headers().value("retry-after"), "10");
  EXPECT_EQ(refused->headers().value("x-ratelimit-limit"), "1");
  EXPECT_EQ(refused->headers().value("x-ratelimit-remaining"), "0");
  const std::uint64_t writes = store.writes();
  EXPECT_EQ(admitted(100), 0);
  EXPECT_EQ(store.writes(), writes) << "it is known";
  world.advance(10s);
  EXPECT_EQ(ask(), 200);
}

TEST_F(SharedLimitTest, ThoseWhoAskAtOnceShareAWrite) {
  limit(strict({.rate = per_second(100), .burst = 50}));
  std::vector<std::unique_ptr<SimExchange>> all;
  for (int i = 0; i < 80; ++i) all.push_back(send());
  world.advance(60ms);
  const auto passed =
      std::ranges::count_if(all, [](const auto& one) { return one->status() == 200; });
  EXPECT_GE(passed, 50);
  EXPECT_LE(passed, 53) << "as many came back meanwhile";
  EXPECT_LE(store.writes(), 6U);
}

TEST_F(SharedLimitTest, WithoutTheStoreThisInstancesShareIsCountedHere) {
  LimitOptions options = tenants({.rate = per_second(100), .burst = 20});
  options.sharing->instances = 4;
  limit(options);
  store.faults.away = true;
  EXPECT_EQ(ask(), 200);
  EXPECT_EQ(admitted(10), 5) << "5 of 20, and one that has come back";
  const auto refused = send();
  EXPECT_EQ(refused->status(), 429);
  EXPECT_FALSE(refused->headers().contains("x-ratelimit-limit")) << "a number would be invented";
  EXPECT_FALSE(send({{"tenant", "other"}})->headers().contains("x-ratelimit-limit"));
  // What was admitted is posted once the store is back.
  store.faults.away = false;
  world.advance(2s);
  EXPECT_EQ(ask(), 200);
  world.advance(100ms);
  EXPECT_EQ(store.items.size(), 1U);
}

TEST_F(SharedLimitTest, ClosedRefusesWith503AndNot429) {
  LimitOptions options = tenants();
  options.sharing->on_failure = StoreFailure::closed;
  limit(options);
  store.faults.silent = true;
  const auto one = send();
  world.advance(49ms);
  EXPECT_FALSE(one->answered());
  world.advance(15ms);
  EXPECT_EQ(one->status(), 503);
  EXPECT_EQ(one->headers().value("retry-after"), "1");
  EXPECT_THAT(one->body(), HasSubstr("\"code\":\"RATE_LIMIT_UNAVAILABLE\""));
  EXPECT_THAT(one->body(), HasSubstr("temporary-reduced-capacity"));
  EXPECT_FALSE(one->headers().contains("x-ratelimit-limit"));
}

TEST_F(SharedLimitTest, AClientThatLeavesWhileTheStoreIsAskedHoldsNothing) {
  LimitOptions held = per_client({.rate = per_hour(1)});
  held.by = LimitBy::everyone;
  limit(RateLimitOptions{.limits = {held, tenants()}});
  {
    const auto gone = send();
    EXPECT_FALSE(gone->answered());
  }
  world.advance(60ms);
  EXPECT_EQ(ask(), 200) << "the first limit's only token came back";
}

TEST_F(SharedLimitTest, AllOrNothingHoldsAcrossMemoryAndStore) {
  LimitOptions mine = per_user({.rate = per_hour(1000)});
  limit(RateLimitOptions{.limits = {mine, strict({.rate = per_hour(2)})}});
  const Fields caller{{"tenant", "acme"}, {"user", "eve"}};
  EXPECT_EQ(ask(caller), 200);
  EXPECT_EQ(ask(caller), 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(caller), 429);
  LimitKey key;
  key.add(LimitKey::Part::tenant, "acme").add(LimitKey::Part::user, "eve");
  EXPECT_EQ(layer->peek("user", key)->remaining, 998U);
}

TEST_F(SharedLimitTest, WhatWasNotUsedGoesBackToTheLease) {
  LimitOptions failures = tenants({.rate = per_second(1000)});
  failures.charge = LimitCharge::failures;
  limit(failures);
  EXPECT_EQ(ask(), 200);
  for (int i = 0; i < 400; ++i) EXPECT_EQ(status(), 200);
  EXPECT_LE(store.writes(), 10U);
}

TEST_F(SharedLimitTest, AStandstillEndsLeases) {
  class Jumping final : public Clock {
   public:
    explicit Jumping(const Clock& clock) : clock_(clock) {}
    Instant now() const noexcept override { return clock_.now(); }
    WallTime wall() const noexcept override { return clock_.wall() + jump; }
    Duration jump{};

   private:
    const Clock& clock_;
  } clock(world.loop().clock());
  const auto limiter = Limiter::make(tenants({.rate = per_second(1000)}), clock).value();
  LimitKey key;
  key.add(LimitKey::Part::tenant, "acme");
  const auto take = [&] {
    Task<LimitDecision> task = limiter->take(key);
    world.advance(20ms);
    return task.done() && task.take().allowed;
  };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(take());
  // Twenty minutes in which the steady clock stood still.
  clock.jump = 20min;
  const std::uint64_t writes = store.writes();
  EXPECT_EQ(limiter->try_take(key), std::nullopt) << "what is held is too old";
  EXPECT_TRUE(take());
  EXPECT_GT(store.writes(), writes);
  EXPECT_TRUE(limiter->try_take(key).has_value() || take());
}

TEST_F(SharedLimitTest, AnUpdateKeepsWhatTheFleetHasUsed) {
  limit(strict({.rate = per_hour(100)}));
  for (int i = 0; i < 60; ++i) EXPECT_EQ(ask(), 200);
  ASSERT_TRUE(layer->update({.limits = {strict({.rate = per_hour(80)})}}));
  int more = 0;
  for (int i = 0; i < 60; ++i) more += ask() == 200 ? 1 : 0;
  EXPECT_EQ(more, 20);
}

TEST_F(SharedLimitTest, WhatSharingCannotDoIsRefusedAtTheStart) {
  const auto rule = [](const LimitOptions& options) {
    const Problems problems = options.validate();
    return problems.empty() ? "" : problems.list().front().field;
  };
  EXPECT_EQ(rule(tenants()), "");
  LimitOptions sliding = tenants({.rate = per_second(100)});
  sliding.algorithm = LimitAlgorithm::sliding_window;
  EXPECT_EQ(rule(sliding), "algorithm");
  LimitOptions small = tenants();
  small.users["acme/bob"] = {.rate = per_minute(1)};
  EXPECT_EQ(rule(small), "users[acme/bob]");
  LimitOptions credential = tenants();
  credential.by = LimitBy::credential;
  EXPECT_EQ(rule(credential), "sharing.secret");
  LimitOptions regions = strict({.rate = per_second(100)});
  store.one_region = false;
  EXPECT_EQ(rule(regions), "sharing.mode");
  EXPECT_EQ(rule(tenants()), "") << "leases only hold less by region";
}

TEST_F(SharedLimitTest, CredentialsReachTheStoreAsDigestsOnly) {
  LimitOptions options = tenants();
  options.by = LimitBy::credential;
  options.sharing->secret = "0123456789abcdef";
  limit(options);
  EXPECT_EQ(ask({{"authorization", "Bearer very-secret"}}), 200);
  ASSERT_EQ(store.items.size(), 1U);
  EXPECT_EQ(store.items.begin()->first.find("very-secret"), std::string::npos);
}

TEST_F(SharedLimitTest, ItsMetricsTellOfTheStore) {
  limit(tenants({.rate = per_second(1000)}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(), 200);
  EXPECT_EQ(counted("tenant", "applied", "lift.ratelimit.store.writes"),
            static_cast<double>(store.writes() - store.not_applied()));
  EXPECT_EQ(counted("tenant", "tenant", "lift.ratelimit.store.available"), 1);
  EXPECT_EQ(counted("tenant", "tenant", "lift.ratelimit.store.fallbacks"), 0);
  EXPECT_GT(counted("tenant", "tenant", "lift.ratelimit.overshoot.held"), 0);
  EXPECT_EQ(counted("tenant", "tenant", "lift.ratelimit.overshoot.bound"), 0);
}

TEST_F(SharedLimitTest, ManyKeysNeedNoMoreRoomThanTheyWereGiven) {
  LimitOptions options = tenants();
  options.max_keys = 64;
  limit(options);
  for (int i = 0; i < 2000; ++i) {
    const auto one = send({{"tenant", "t" + std::to_string(i)}});
    world.advance(20ms);
    ASSERT_EQ(one->status(), 200) << i;
  }
  EXPECT_LE(counted("tenant", "tenant", "lift.ratelimit.keys"), 128);
}

}  // namespace
}  // namespace lift
