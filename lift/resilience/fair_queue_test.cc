#include "lift/resilience/fair_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

const auto kAny = [](FairQueue::Waiter&) { return true; };

class FairQueueTest : public testing::Test {
 protected:
  /// Null if there is no room.
  FairQueue::Waiter* add(FairQueue& queue, std::uint64_t key, double weight = 1,
                         Priority priority = Priority::normal) {
    FairQueue::Waiter& waiter = waiters.emplace_back();
    waiter.key = key;
    waiter.weight = weight;
    waiter.priority = priority;
    waiter.since = now += 1ms;
    return queue.add(waiter) ? &waiter : nullptr;
  }
  /// Who is served next, or 0.
  static std::uint64_t serve(FairQueue& queue, bool newest_first = false) {
    FairQueue::Waiter* const next = queue.next(newest_first, kAny);
    if (next == nullptr) return 0;
    static_cast<void>(queue.take(*next, 10ms));
    return next->key;
  }

  std::deque<FairQueue::Waiter> waiters;
  Instant now{1h};
};

TEST_F(FairQueueTest, OneKeyIsServedInOrder) {
  FairQueue queue(1, 1, 16);
  std::vector<FairQueue::Waiter*> all;
  for (int i = 0; i < 5; ++i) all.push_back(add(queue, 7));
  for (FairQueue::Waiter* const one : all) {
    EXPECT_EQ(queue.oldest(), one);
    EXPECT_EQ(queue.next(false, kAny), one);
    static_cast<void>(queue.take(*one, 1ms));
  }
  EXPECT_EQ(queue.next(false, kAny), nullptr);
  EXPECT_EQ(queue.oldest(), nullptr);
}

TEST_F(FairQueueTest, NewestFirstAmongEquals) {
  FairQueue queue(1, 1, 16);
  add(queue, 1);
  add(queue, 2);
  add(queue, 3, 1, Priority::high);
  EXPECT_EQ(serve(queue, true), 3U) << "priority goes before";
  EXPECT_EQ(serve(queue, true), 2U);
  EXPECT_EQ(serve(queue, true), 1U);
}

TEST_F(FairQueueTest, PriorityGoesBeforeInEveryQueue) {
  FairQueue queue(64, 8, 16);
  for (std::uint64_t key = 1; key <= 50; ++key) add(queue, key * 977, 1, Priority::low);
  const std::uint64_t urgent = 99;
  add(queue, urgent, 1, Priority::critical);
  EXPECT_EQ(serve(queue), urgent);
}

TEST_F(FairQueueTest, SkipsWhoMayNotGo) {
  FairQueue queue(1, 1, 16);
  for (const std::uint64_t key : {1U, 1U, 2U, 1U}) add(queue, key);
  const auto only_two = [](FairQueue::Waiter& waiter) { return waiter.key == 2; };
  EXPECT_EQ(queue.next(false, only_two)->key, 2U);
}

TEST_F(FairQueueTest, AFullHandRefusesAndLeavesOthersRoom) {
  SeededRandom random(1);
  FairQueue queue(64, 8, 16);
  const std::uint64_t noisy = random.next();
  int stood = 0;
  for (int i = 0; i < 1000; ++i) stood += add(queue, noisy) != nullptr ? 1 : 0;
  EXPECT_EQ(stood, 8 * 16);
  EXPECT_EQ(queue.size(), 128U);
  for (int i = 0; i < 1000; ++i) {
    FairQueue::Waiter* const quiet = add(queue, random.next());
    ASSERT_NE(quiet, nullptr) << i;
    queue.remove(*quiet);
  }
}

/// The share of each key's time is that of its weight while both wait.
TEST_F(FairQueueTest, ServesByWeight) {
  SeededRandom random(2);
  FairQueue queue(64, 1, 512);
  const std::uint64_t heavy = random.next();
  const std::uint64_t light = random.next();
  for (int i = 0; i < 400; ++i) add(queue, heavy, 3), add(queue, light, 1);
  std::map<std::uint64_t, int> served;
  for (int i = 0; i < 400; ++i) ++served[serve(queue)];
  EXPECT_NEAR(served[heavy], 300, 2);
  EXPECT_NEAR(served[light], 100, 2);
}

/// Who takes ten times as long is served a tenth as often.
TEST_F(FairQueueTest, CountsTheTimeThatWasReallyTaken) {
  SeededRandom random(3);
  FairQueue queue(64, 1, 512);
  const std::uint64_t slow = random.next();
  const std::uint64_t quick = random.next();
  for (int i = 0; i < 500; ++i) add(queue, slow), add(queue, quick);
  std::map<std::uint64_t, int> served;
  for (int i = 0; i < 440; ++i) {
    FairQueue::Waiter& next = *queue.next(false, kAny);
    const FairQueue::Charge charge = queue.take(next, 20ms);
    queue.correct(charge, next.key == slow ? 100ms : 10ms);
    ++served[next.key];
  }
  EXPECT_NEAR(served[slow], 40, 4);
  EXPECT_NEAR(served[quick], 400, 4);
}

/// Idleness is not saved up.
TEST_F(FairQueueTest, WhoComesLateIsServedNoMoreThanItsShare) {
  SeededRandom random(4);
  FairQueue queue(64, 1, 512);
  const std::uint64_t busy = random.next();
  const std::uint64_t late = random.next();
  for (int i = 0; i < 500; ++i) add(queue, busy);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(serve(queue), busy);
  for (int i = 0; i < 200; ++i) add(queue, late);
  std::map<std::uint64_t, int> served;
  for (int i = 0; i < 100; ++i) ++served[serve(queue)];
  EXPECT_NEAR(served[late], 50, 2);
}

TEST_F(FairQueueTest, HoldsItsCountsOverRandomUse) {
  SeededRandom random(5);
  FairQueue queue(8, 3, 4);
  std::set<FairQueue::Waiter*> standing;
  for (int i = 0; i < 20'000; ++i) {
    if (random.below(2) == 0) {
      const auto priority = static_cast<Priority>(random.below(4));
      FairQueue::Waiter* const added = add(queue, random.below(10) * 7919, 1, priority);
      if (added != nullptr) standing.insert(added);
    } else if (!standing.empty() && random.below(3) == 0) {
      FairQueue::Waiter* const gone = *standing.begin();
      queue.remove(*gone);
      standing.erase(gone);
    } else if (FairQueue::Waiter* const next = queue.next(random.below(2) == 0, kAny)) {
      for (const FairQueue::Waiter* const other : standing) {
        ASSERT_LE(other->priority, next->priority);
      }
      static_cast<void>(queue.take(*next, 1ms));
      ASSERT_EQ(standing.erase(next), 1U);
    }
    ASSERT_EQ(queue.size(), standing.size());
    ASSERT_LE(queue.size(), 32U);
  }
}

}  // namespace
}  // namespace lift
