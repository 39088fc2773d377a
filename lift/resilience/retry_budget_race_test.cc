// Many threads on one budget: not a token too many, not one lost.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/base/random.h"
#include "lift/resilience/retry_budget.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(RetryBudgetRace, WhatWasSpentIsExactlyWhatCameIn) {
  constexpr Instant kNow{1000s};
  constexpr int kThreads = 8;
  constexpr int kSteps = 20'000;
  RetryBudget budget({.capacity = 50});
  std::atomic<std::int64_t> spent{0};
  std::atomic<std::int64_t> returned{0};  // in tenths
  const auto work = [&](int seed) {
    SeededRandom random(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < kSteps; ++i) {
      if (!budget.try_spend(kNow)) continue;
      // At most what was taken comes back, so nothing is lost to a full bucket.
      spent.fetch_add(1);
      if (random.below(1000) != 0) {
        budget.refund();
        returned.fetch_add(10);
      } else {
        budget.succeeded(kNow);
        returned.fetch_add(1);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i + 1);
  for (std::thread& thread : threads) thread.join();
  EXPECT_DOUBLE_EQ(budget.tokens(kNow) * 10,
                   static_cast<double>(500 - 10 * spent.load() + returned.load()));
  EXPECT_LT(budget.tokens(kNow), 10) << "nearly all is gone; who comes last may find some left";
}

}  // namespace
}  // namespace lift
