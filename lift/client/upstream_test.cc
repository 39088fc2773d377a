#include "lift/client/upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

UpstreamOptions of(std::size_t count, Balancing balancing = Balancing::round_robin) {
  UpstreamOptions options;
  options.balancing = balancing;
  for (std::size_t i = 0; i < count; ++i) {
    options.endpoints.push_back("http://10.0.0." + std::to_string(i + 1) + ":8080");
  }
  options.outliers.consecutive_failures = 2;
  return options;
}

class UpstreamTest : public testing::Test {
 protected:
  std::size_t next(Upstream& upstream, const Upstream::Tried& tried = {}) {
    const auto turn = upstream.next(now, random, tried);
    return turn ? turn->index() : kMaxEndpoints;
  }
  void fail(Upstream& upstream, std::size_t endpoint) {
    Upstream::Tried others;
    others.set();
    others.reset(endpoint);
    for (int i = 0; i < 2; ++i) {
      upstream.next(now, random, others)->ended(OutcomeKind::failure, now, random);
    }
  }

  Instant now{1h};
  SeededRandom random{1};
};

TEST_F(UpstreamTest, GoesRoundAndLeavesOutWhatWasTried) {
  Upstream upstream(of(3));
  std::vector<std::size_t> order;
  for (int i = 0; i < 4; ++i) order.push_back(next(upstream));
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 0));
  EXPECT_EQ(next(upstream, Upstream::Tried(0b010)), 2U);
  EXPECT_EQ(next(upstream, Upstream::Tried(0b011)), 2U);
  EXPECT_EQ(next(upstream, Upstream::Tried(0b111)), kMaxEndpoints);
}

TEST_F(UpstreamTest, LeavesOutWhatIsEjectedUntilItIsBack) {
  Upstream upstream(of(3));
  fail(upstream, 1);
  std::map<std::size_t, int> chosen;
  for (int i = 0; i < 300; ++i) ++chosen[next(upstream)];
  EXPECT_EQ(chosen[1], 0);
  EXPECT_GT(chosen[0], 90);
  now += 34s;  // 30 s and at most a tenth more
  for (int i = 0; i < 300; ++i) ++chosen[next(upstream)];
  EXPECT_EQ(chosen[1], 100);
}

TEST_F(UpstreamTest, UsesEjectedOnesWhereNoneElseIsLeft) {
  Upstream upstream(of(2));
  fail(upstream, 0);
  EXPECT_EQ(next(upstream), 1U);
  EXPECT_EQ(next(upstream), 1U);
  EXPECT_EQ(next(upstream, Upstream::Tried(0b10)), 0U);
}

TEST_F(UpstreamTest, OfTwoTheLessBusyIsTaken) {
  Upstream upstream(of(2, Balancing::least_requests));
  auto first = upstream.next(now, random, {});
  ASSERT_TRUE(first.has_value());
  const std::size_t busy = first->index();
  EXPECT_EQ(upstream.under_way(busy), 1U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(next(upstream), 1 - busy);
  {
    const auto taken = std::move(first);
    EXPECT_EQ(upstream.under_way(busy), 1U);
  }
  EXPECT_EQ(upstream.under_way(busy), 0U);
}

TEST_F(UpstreamTest, LeastRequestsKeepsManyEvenlyBusy) {
  Upstream upstream(of(16, Balancing::least_requests));
  std::vector<Upstream::Turn> turns;
  for (int i = 0; i < 1600; ++i) turns.push_back(*upstream.next(now, random, {}));
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(upstream.under_way(i), 100, 5);
  turns.clear();
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(upstream.under_way(i), 0U);
}

TEST_F(UpstreamTest, LeastRequestsFindsTheOneThatIsLeft) {
  Upstream upstream(of(8, Balancing::least_requests));
  Upstream::Tried tried;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto turn = upstream.next(now, random, tried);
    ASSERT_TRUE(turn.has_value());
    EXPECT_FALSE(tried.test(turn->index()));
    tried.set(turn->index());
  }
  EXPECT_EQ(next(upstream, tried), kMaxEndpoints);
}

TEST_F(UpstreamTest, PlacesATargetBehindAnEndpointsPath) {
  UpstreamOptions options;
  options.endpoints = {"https://Ledger.internal/v1/", "http://[::1]:81"};
  const Upstream upstream(options);
  Url url;
  upstream.endpoints()[0].place("/entries?x=1", url);
  EXPECT_EQ(url.target, "/v1/entries?x=1");
  EXPECT_EQ(url.authority(), "ledger.internal");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(upstream.endpoints()[0].name, "ledger.internal:443");
  upstream.endpoints()[1].place("/", url);
  EXPECT_EQ(url.target, "/");
  EXPECT_EQ(url.authority(), "[::1]:81");
}

TEST(UpstreamOptions, BadOnesAreNamed) {
  const struct {
    std::vector<std::string> endpoints;
    std::string_view problem;
  } cases[] = {
      {{}, R"(endpoints: value "0" must be 1 to 256 URLs)"},
      {std::vector<std::string>(257, "http://a/"), R"(endpoints: value "257" must be 1 to 256)"},
      {{"ftp://a/"}, "endpoints[0]: value \"\" the URL must begin with http:// or https://"},
      {{"http://a/", "http://b/?x"}, "endpoints[1]: value \"\" the URL must not have a query"},
      {{"http://a/", "http://a/"}, R"(endpoints[0]: value "http://a/" must not be there twice)"},
  };
  for (const auto& c : cases) {
    UpstreamOptions options;
    options.endpoints = c.endpoints;
    EXPECT_THAT(options.validate().text(), HasSubstr(std::string(c.problem)));
  }
  UpstreamOptions options = of(1);
  options.outliers.interval = 0s;
  EXPECT_THAT(options.validate().text(), HasSubstr("outliers.interval"));
}

}  // namespace
}  // namespace lift
