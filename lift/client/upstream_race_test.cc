#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/client/upstream.h"

namespace lift {
namespace {

TEST(UpstreamRace, NothingIsLeftUnderWay) {
  UpstreamOptions options;
  for (int i = 0; i < 8; ++i)
    options.endpoints.push_back("http://10.0.0.1:80/" + std::to_string(i));
  options.balancing = Balancing::least_requests;
  Upstream upstream(options);
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      Instant now{};
      for (int i = 0; i < 20'000; ++i) {
        now += std::chrono::milliseconds(1);
        auto turn = upstream.next(now, random, {});
        if (!turn) continue;
        turns.fetch_add(1, std::memory_order_relaxed);
        const bool bad = random.below(3) == 0;
        turn->ended(bad ? OutcomeKind::failure : OutcomeKind::success, now, random);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(turns.load(), 80'000);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(upstream.under_way(i), 0U);
}

}  // namespace
}  // namespace lift
