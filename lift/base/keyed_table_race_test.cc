#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "lift/base/keyed_table.h"
#include "lift/base/random.h"

namespace lift {
namespace {

/// Counts what is held; as good as new while nothing is. The high bit says that it is nobody's.
struct Held {
  static constexpr std::uint32_t kRetired = 1U << 31;
  std::atomic<std::uint32_t> word{kRetired};

  bool try_hold() noexcept {
    std::uint32_t now = word.load();
    while ((now & kRetired) == 0) {
      if (word.compare_exchange_weak(now, now + 1)) return true;
    }
    return false;
  }
  void release() noexcept { word.fetch_sub(1); }
  bool retire() noexcept {
    std::uint32_t none = 0;
    return word.compare_exchange_strong(none, kRetired);
  }
  void renew() noexcept { word.store(0); }
};

TEST(KeyedTableRace, NothingIsHeldOfAnotherKeyAndAllIsGivenBack) {
  KeyedTable<Held> table(32);
  std::atomic<std::uint64_t> held{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t key = (1 + random.below(200)) * 0x9E3779B97F4A7C15;
        const auto entry = table.find_or_add(
            key, [] { return "name"; }, [](Held& state) { return state.retire(); });
        if (!entry || !entry->try_hold()) continue;
        // What is held cannot change hands, so from here on the answer stays true.
        if (entry.is(key)) {
          held.fetch_add(1);
          EXPECT_TRUE(entry.is(key));
        }
        entry->release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(held.load(), 40'000U);
  EXPECT_LE(table.size(), 32U);
  table.visit([](std::string_view, Held& state) { EXPECT_EQ(state.word.load(), 0U); });
}

}  // namespace
}  // namespace lift
