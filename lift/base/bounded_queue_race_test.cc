#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "lift/base/bounded_queue.h"

namespace lift {
namespace {

TEST(BoundedQueue, GivesBackInOrderAndCountsWhatFoundNoRoom) {
  BoundedQueue<std::string, 4> queue;
  for (const char* text : {"a", "b", "c", "d"}) EXPECT_TRUE(queue.try_push(text));
  EXPECT_FALSE(queue.try_push("e"));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(queue.try_pop(), "a");
  EXPECT_TRUE(queue.try_push("f"));
  for (const char* text : {"b", "c", "d", "f"}) EXPECT_EQ(queue.try_pop(), text);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(BoundedQueueRace, LosesNothingThatItTook) {
  constexpr std::uint64_t kEach = 20'000;
  BoundedQueue<std::uint64_t, 64> queue;
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<std::uint64_t> popped{0};
  std::atomic<int> pushing{2};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        if (queue.try_push(i)) pushed.fetch_add(i);
      }
      pushing.fetch_sub(1);
    });
    threads.emplace_back([&] {
      while (true) {
        const bool last = pushing.load() == 0;
        if (const auto value = queue.try_pop()) {
          popped.fetch_add(*value);
        } else if (last) {
          return;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pushed.load(), popped.load());
  EXPECT_GT(pushed.load(), 0U);
}

}  // namespace
}  // namespace lift
