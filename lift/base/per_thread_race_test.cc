#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "lift/base/per_thread.h"

namespace lift {
namespace {

struct Cell {
  std::atomic<std::uint64_t> value{0};
};

TEST(PerThreadRace, SumsAreExactWhileThreadsComeAndGo) {
  constexpr int kThreads = 4;
  constexpr int kLives = 50;
  constexpr int kAdds = 1000;
  PerThread<Cell> cells([] { return std::make_shared<Cell>(); });
  std::atomic<bool> stop{false};
  std::uint64_t retired = 0;
  const auto gather = [&] {
    cells.gather_ended([&](const Cell& cell) { return retired += cell.value, true; });
  };
  std::thread gatherer([&] {
    while (!stop) gather();
  });
  for (int life = 0; life < kLives; ++life) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&cells] {
        for (int n = 0; n < kAdds; ++n) {
          std::atomic<std::uint64_t>& value = cells.mine()->value;
          value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  stop = true;
  gatherer.join();
  gather();
  EXPECT_EQ(retired, std::uint64_t{kThreads} * kLives * kAdds);
}

}  // namespace
}  // namespace lift
