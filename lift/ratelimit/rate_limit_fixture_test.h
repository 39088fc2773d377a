#pragma once
// A chain with the layer under test, on virtual time, and callers who are whom they say.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/ratelimit/rate_limit.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {

/// Believes the headers "tenant" and "user".
struct Trusting {
  static constexpr std::string_view kName = "identify";
  Verdict enter(Context& ctx, NoSlot&) {
    const Headers& headers = ctx.request().headers;
    ctx.set_identity(
        {.tenant = headers.value("tenant"), .user = headers.value("user"), .roles = {}});
    if (headers.contains("address")) {
      ctx.set_client_address(*IpAddress::parse(headers.value("address")));
    }
    return Verdict::proceed;
  }
};

class RateLimitFixture : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::shared_ptr<RateLimit> make(const RateLimitOptions& options) {
    SeededRandom random(1);
    auto made = RateLimit::make(options, telemetry, random);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return std::move(*made);
  }
  /// Serves requests through these limits from now on.
  void limit(RateLimitOptions options) {
    layer = make(options);
    chains = serve(layer, "/op");
  }
  void limit(LimitOptions one) { limit(RateLimitOptions{.limits = {std::move(one)}}); }
  Chain serve(std::shared_ptr<RateLimit> limits, std::string operation) {
    const Handler handler = [this](Context& ctx) {
      ++handled;
      return text("ok").with_status(answer ? answer(ctx) : 200);
    };
    return std::move(
               Chain::build(std::move(operation),
                            {AnyLayer(std::make_shared<Trusting>()), AnyLayer(std::move(limits))},
                            handler))
        .value();
  }
  std::unique_ptr<SimExchange> send(const Fields& fields = {{"tenant", "acme"}},
                                    Method method = Method::get) {
    Request request = sim_request(method, "/");
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return world.send(*chains, std::move(request));
  }
  int status(const Fields& fields = {{"tenant", "acme"}}, Method method = Method::get) {
    return send(fields, method)->status();
  }
  /// How many of `times` requests are let in.
  int admitted(int times, const Fields& fields = {{"tenant", "acme"}}) {
    int count = 0;
    for (; times > 0; --times) count += status(fields) == 429 ? 0 : 1;
    return count;
  }
  /// What a metric with two labels has counted.
  double counted(std::string_view limit, std::string_view what,
                 std::string_view metric = "lift.ratelimit.requests") {
    const MetricSnapshot all = telemetry.metrics().snapshot(WallTime());
    for (const MetricFamily& family : all.families) {
      if (family.name != metric) continue;
      for (const MetricPoint& point : family.points) {
        if (point.labels.front().second == limit && point.labels.back().second == what) {
          return point.value;
        }
      }
    }
    return 0;
  }

  SimWorld world;
  Telemetry telemetry{{}, world.loop().clock()};
  std::shared_ptr<RateLimit> layer;
  std::optional<Chain> chains;
  std::function<int(Context&)> answer;
  int handled = 0;
};

}  // namespace lift
