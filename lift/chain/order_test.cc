#include "lift/chain/order.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lift {
namespace {

using Names = std::vector<std::string_view>;

TEST(Order, TheDefaultOrderBreaksNoRule) {
  const Names all{"observe",  "edge",      "health",     "identify", "require_role",
                  "deadline", "load_shed", "rate_limit", "bulkhead", "circuit_breaker",
                  "my_own"};
  EXPECT_TRUE(check_order(all).empty()) << check_order(all).text();
}

TEST(Order, EveryRuleIsEnforcedAndGivesItsReason) {
  for (const OrderRule& rule : order_rules()) {
    const Problems problems = check_order(Names{rule.inner, rule.outer});
    ASSERT_EQ(problems.list().size(), 1U) << rule.outer << " > " << rule.inner;
    const Problem& problem = problems.list().front();
    EXPECT_EQ(problem.value, rule.inner);
    EXPECT_NE(problem.rule.find(std::string(rule.outer)), std::string::npos);
    EXPECT_NE(problem.rule.find(std::string(rule.reason)), std::string::npos);
    EXPECT_TRUE(check_order(Names{rule.outer, rule.inner}).empty());
  }
}

TEST(Order, AllBrokenRulesAreTold) {
  EXPECT_EQ(check_order(Names{"rate_limit", "identify", "edge", "observe"}).list().size(), 6U);
}

TEST(Order, ALayerOfLiftStandsOnce) {
  EXPECT_FALSE(check_order(Names{"edge", "edge"}).empty());
  EXPECT_FALSE(check_order(Names{"circuit_breaker", "circuit_breaker"}).empty());
  EXPECT_TRUE(check_order(Names{"require_role", "require_role"}).empty());
  EXPECT_TRUE(check_order(Names{"my_own", "my_own"}).empty());
}

}  // namespace
}  // namespace lift
