// Loops that share one layer while its limits change: sums are exact, and what is held comes back.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/ratelimit/rate_limit.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;
constexpr int kRequests = 400;

struct Acme {
  static constexpr std::string_view kName = "identify";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.set_identity({.tenant = "acme", .user = "ann", .roles = {}});
    return Verdict::proceed;
  }
};

class RateLimitRace : public testing::Test {
 protected:
  /// Every thread has a loop of its own; all of them the same layer.
  template <class Serve>
  void on_loops(const std::shared_ptr<RateLimit>& layer, Serve serve) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        SimWorld world;
        const Handler handler = [](Context&) { return text("ok"); };
        const Chain chain =
            std::move(
                Chain::build("/op", {AnyLayer(std::make_shared<Acme>()), AnyLayer(layer)}, handler))
                .value();
        serve(world, chain, t);
      });
    }
  }

  SimClock clock;
  Telemetry telemetry{{}, clock};
};

TEST_F(RateLimitRace, AllLoopsTogetherGetTheLimit) {
  const auto layer =
      RateLimit::make(
          {.limits = {per_tenant({.rate = per_hour(777)}), per_user({.rate = per_hour(1000)})}},
          telemetry)
          .value();
  std::atomic<int> admitted{0};
  on_loops(layer, [&](SimWorld& world, const Chain& chain, int) {
    for (int i = 0; i < kRequests; ++i) admitted += world.get(chain, "/")->status() == 200 ? 1 : 0;
  });
  EXPECT_EQ(admitted, 777);
}

TEST_F(RateLimitRace, WhatIsHeldComesBackWhileLimitsChange) {
  LimitOptions one = per_tenant({.rate = per_hour(1000)});
  one.charge = LimitCharge::failures;
  const auto layer = RateLimit::make({.limits = {one}}, telemetry).value();
  std::atomic<int> refused{0};
  on_loops(layer, [&](SimWorld& world, const Chain& chain, int t) {
    for (int i = 0; i < kRequests; ++i) {
      refused += world.get(chain, "/")->status() == 429 ? 1 : 0;
      if (t != 0 || i % 20 != 0) continue;
      LimitOptions next = one;
      next.quota.rate = per_hour(1000 + static_cast<std::uint64_t>(i));
      EXPECT_TRUE(layer->update({.limits = {next}}));
      LimitKey key;
      key.add(LimitKey::Part::tenant, "acme");
      EXPECT_TRUE(layer->peek("tenant", key));
    }
  });
  EXPECT_EQ(refused, 0);
  LimitKey key;
  key.add(LimitKey::Part::tenant, "acme");
  EXPECT_EQ(layer->peek("tenant", key)->remaining, layer->peek("tenant", key)->limit);
}

}  // namespace
}  // namespace lift
