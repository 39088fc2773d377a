// Threads that use the leases of a limit while its keeper fills, ends and forgets them.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "lift/ratelimit/limiter.h"
#include "lift/testing/sim_limit_store.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(SharedLimitRaceTest, NoTokenIsUsedTwiceWhateverTheKeeperDoes) {
  constexpr int kThreads = 3;
  constexpr std::uint64_t kKeys = 64;
  SimWorld world;
  SimLimitStore store(world.loop());
  LimitOptions options = per_tenant({.rate = per_second(2000)});
  options.max_keys = 8;  // 16 places: keys push each other out
  options.sharing = LimitSharing{.store = share(store)};
  const auto limit = Limiter::make(options, world.loop().clock()).value();
  std::array<std::atomic<std::uint64_t>, kKeys> admitted{};
  const auto name = [](std::uint64_t n) { return "t" + std::to_string(n); };

  std::atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t n = static_cast<std::uint64_t>(t); !stop.load(); n += 7) {
        const std::string text = name(n % kKeys);
        LimitKey key;
        key.add(LimitKey::Part::tenant, text);
        const auto decision = limit->try_take(key);
        if (decision && decision->allowed) ++admitted[n % kKeys];
      }
    });
  }
  const Instant begin = world.now();
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t n = static_cast<std::uint64_t>(i) % kKeys;
    const std::string text = name(n);
    LimitKey key;
    key.add(LimitKey::Part::tenant, text);
    Task<LimitDecision> task = limit->take(key);
    world.advance(1ms);
    if (task.done() && task.take().allowed) ++admitted[n];
  }
  stop = true;
  threads.clear();
  world.settle();  // what they asked of the keeper last
  const double passed = std::chrono::duration<double>(world.now() - begin).count();
  std::uint64_t total = 0;
  for (std::uint64_t n = 0; n < kKeys; ++n) {
    EXPECT_LE(static_cast<double>(admitted[n].load()), 2000 * passed + 2000) << n;
    total += admitted[n];
  }
  EXPECT_GT(total, 0U);
}

}  // namespace
}  // namespace lift
