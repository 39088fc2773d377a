#include "lift/base/per_thread.h"

#include <gtest/gtest.h>

#include <thread>

namespace lift {
namespace {

struct Count {
  int value = 0;
};

TEST(PerThread, EveryThreadHasItsOwnAndTheOwnerSeesAll) {
  PerThread<Count> all([] { return std::make_shared<Count>(); });
  all.mine()->value = 1;
  EXPECT_EQ(all.mine()->value, 1);
  std::thread([&all] { all.mine()->value += 10; }).join();
  int sum = 0;
  all.for_each([&sum](const Count& count) { sum += count.value; });
  EXPECT_EQ(sum, 11);
}

TEST(PerThread, WhatAnEndedThreadLeftIsGatheredOnce) {
  PerThread<Count> all([] { return std::make_shared<Count>(); });
  all.mine()->value = 1;
  std::thread([&all] { all.mine()->value = 5; }).join();
  int gathered = 0;
  const auto take = [&gathered](const Count& count) { return gathered += count.value, true; };
  all.gather_ended(take);
  all.gather_ended(take);
  EXPECT_EQ(gathered, 5);
  EXPECT_EQ(all.mine()->value, 1);
}

TEST(PerThread, OneThatIsNotDoneStays) {
  PerThread<Count> all([] { return std::make_shared<Count>(); });
  std::thread([&all] { all.mine()->value = 5; }).join();
  int seen = 0;
  all.gather_ended([](const Count&) { return false; });
  all.for_each([&seen](const Count& count) { seen += count.value; });
  EXPECT_EQ(seen, 5);
}

TEST(PerThread, ANewOwnerNeverSeesAnOlderOnesObjects) {
  for (int i = 0; i < 10; ++i) {
    PerThread<Count> own([] { return std::make_shared<Count>(); });
    EXPECT_EQ(own.mine()->value, 0);
    own.mine()->value = 7;
  }
}

TEST(PerThread, TheOwnerMayGoBeforeItsThreads) {
  auto all = std::make_unique<PerThread<Count>>([] { return std::make_shared<Count>(); });
  std::thread([&all] {
    all->mine()->value = 1;
    all.reset();
  }).join();
}

}  // namespace
}  // namespace lift
