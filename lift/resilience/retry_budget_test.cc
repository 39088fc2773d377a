#include "lift/resilience/retry_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lift/base/random.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

int spend_all(RetryBudget& budget, Instant now) {
  int count = 0;
  while (budget.try_spend(now)) ++count;
  return count;
}

TEST(RetryBudget, StartsFullAndRefusesWhenEmpty) {
  RetryBudget budget;
  EXPECT_EQ(budget.tokens(kStart), 100);
  EXPECT_EQ(spend_all(budget, kStart), 100);
  EXPECT_EQ(budget.tokens(kStart), 0);
  EXPECT_FALSE(budget.try_spend(kStart + 999'999'999ns));
  EXPECT_TRUE(budget.try_spend(kStart + 1s));
}

TEST(RetryBudget, TenSuccessesPayForOneRetry) {
  RetryBudget budget;
  spend_all(budget, kStart);
  for (int i = 0; i < 9; ++i) budget.succeeded(kStart);
  EXPECT_FALSE(budget.try_spend(kStart));
  budget.succeeded(kStart);
  EXPECT_TRUE(budget.try_spend(kStart));
  EXPECT_FALSE(budget.try_spend(kStart));
}

TEST(RetryBudget, SuccessesAndTimeNeverFillItBeyondItsCapacity) {
  RetryBudget budget({.capacity = 3});
  for (int i = 0; i < 1000; ++i) budget.succeeded(kStart);
  for (int i = 0; i < 10; ++i) budget.refund();
  EXPECT_EQ(spend_all(budget, kStart + 1h), 3);
}

TEST(RetryBudget, ARefundGivesTheTokenBack) {
  RetryBudget budget({.capacity = 1});
  EXPECT_TRUE(budget.try_spend(kStart));
  EXPECT_FALSE(budget.try_spend(kStart));
  budget.refund();
  EXPECT_TRUE(budget.try_spend(kStart));
}

TEST(RetryBudget, BadOptionsAreNamedAllAtOnce) {
  const RetryBudgetOptions bad{
      .capacity = 0, .return_per_success = std::nan(""), .reserve_per_second = -1};
  EXPECT_EQ(bad.validate().list().size(), 3U);
  EXPECT_TRUE(RetryBudgetOptions{}.validate().empty());
  EXPECT_FALSE((RetryBudgetOptions{.capacity = INFINITY}).validate().empty());
}

/// Thousandths of a token and milliseconds, kept within the capacity at every step.
struct NaiveBudget {
  std::int64_t capacity;
  std::int64_t tokens;
  std::int64_t at = 0;

  void add(std::int64_t amount) { tokens = std::min(capacity, tokens + amount); }
  void pass_to(std::int64_t ms) {
    add(ms - at);
    at = ms;
  }
  bool spend() {
    if (tokens < 1000) return false;
    tokens -= 1000;
    return true;
  }
};

void follow(std::uint64_t seed) {
  SeededRandom random(seed);
  const auto capacity = static_cast<std::int64_t>(1 + random.below(20));
  RetryBudget budget({.capacity = static_cast<double>(capacity)});
  NaiveBudget model{.capacity = capacity * 1000, .tokens = capacity * 1000};
  std::int64_t ms = 0;
  for (int step = 0; step < 300; ++step) {
    if (random.below(3) == 0) ms += static_cast<std::int64_t>(random.below(1500));
    const Instant now = kStart + std::chrono::milliseconds(ms);
    model.pass_to(ms);
    switch (random.below(4)) {
      case 0:
        budget.succeeded(now);
        model.add(100);
        break;
      case 1:
        if (random.below(5) == 0) {
          budget.refund();
          model.add(1000);
        }
        break;
      default:
        ASSERT_EQ(budget.try_spend(now), model.spend()) << "seed " << seed << " step " << step;
    }
    ASSERT_NEAR(budget.tokens(now) * 1000, static_cast<double>(model.tokens), 1e-6) << seed;
  }
}

TEST(RetryBudget, ThousandsOfHistoriesMatchTheNaiveModel) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) follow(seed);
}

TEST(RetryBudget, AllocatesNothing) {
  if (!AllocationCounter::available()) GTEST_SKIP();
  RetryBudget budget;
  const AllocationCounter counter;
  for (int i = 0; i < 1000; ++i) {
    if (budget.try_spend(kStart)) budget.refund();
    budget.succeeded(kStart);
  }
  EXPECT_EQ(counter.count(), 0U);
}

}  // namespace
}  // namespace lift
