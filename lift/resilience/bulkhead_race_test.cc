#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "lift/base/sleep.h"
#include "lift/resilience/bulkhead.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// Eight threads, fifty tenants in a table of twelve: no limit is ever exceeded, and in the end
/// nothing is held.
TEST(BulkheadRace, NoLimitIsExceededAndAllIsGivenBack) {
  constexpr int kTenants = 50;
  BulkheadOptions options;
  options.limit = 6;
  options.tenant_limit = 2;
  options.operations = {{"slow", 3}};
  options.queue = {};
  SeededRandom seed(1);
  Bulkhead bulkhead(options, 12, seed);
  Bulkhead::Operation& slow = bulkhead.operation("slow");
  Bulkhead::Operation& quick = bulkhead.operation("quick");
  std::vector<std::atomic<int>> of_tenant(kTenants);
  std::atomic<int> all{0};
  std::atomic<int> of_slow{0};
  std::atomic<int> wrong{0};
  std::atomic<int> admitted{0};
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      for (int i = 0; i < 20'000; ++i) {
        const auto tenant = random.below(kTenants);
        const bool is_slow = random.below(2) == 0;
        const std::string name = "tenant-" + std::to_string(tenant);
        const auto admission = bulkhead.try_acquire(
            {.operation = is_slow ? &slow : &quick, .tenant = name}, Instant(1h));
        if (!admission.held) continue;
        ++admitted;
        if (++all > 6) ++wrong;
        if (++of_tenant[tenant] > 2) ++wrong;
        if (is_slow && ++of_slow > 3) ++wrong;
        if (i % 64 == 0) std::this_thread::yield();
        --all;
        --of_tenant[tenant];
        if (is_slow) --of_slow;
        bulkhead.release(*admission.held, Instant(1h) + 1ms);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_GT(admitted.load(), 1000);
  EXPECT_EQ(bulkhead.view().in_use, 0U);
}

/// What a request of one of the loops does.
Task<void> come_and_go(Bulkhead& bulkhead, std::string tenant, StopSource& stop,
                       std::atomic<int>& inside, std::atomic<int>& wrong) {
  Task<BulkheadAnswer> acquiring =
      bulkhead.acquire({.operation = nullptr, .tenant = tenant}, StopToken(stop));
  BulkheadAnswer answer = co_await acquiring;
  if (!answer.permit) co_return;
  if (++inside > 3) ++wrong;
  co_await sleep(1ms);
  --inside;
  answer.permit->release(Loop::current().clock().now());
}

/// Places are handed from loop to loop, while those who wait give up, are stopped and are dropped.
TEST(BulkheadRace, GrantsThatMeetEndsLeakNothing) {
  BulkheadOptions options;
  options.limit = 3;
  options.tenant_limit = 2;
  options.queue->max_wait = 5ms;
  options.queue->target = 1ms;
  options.queue->interval = 10ms;
  SeededRandom seed(2);
  Bulkhead bulkhead(options, 100, seed);
  std::atomic<int> inside{0};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(100 + t);
      SimWorld world;
      std::array<StopSource, 16> stops;
      std::array<Task<void>, 16> tasks;
      for (int i = 0; i < 10'000; ++i) {
        const auto at = random.below(tasks.size());
        switch (random.below(8)) {
          case 0:
            stops[at].request();
            break;
          case 1:
            world.advance(1ms);
            break;
          default:
            if (tasks[at].valid() && !tasks[at].done()) break;
            stops[at].reset();
            tasks[at] = come_and_go(bulkhead, "tenant-" + std::to_string(random.below(5)),
                                    stops[at], inside, wrong);
        }
        world.loop().settle();
      }
      for (Task<void>& task : tasks) {
        while (task.valid() && !task.done()) world.advance(1ms);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(bulkhead.view().in_use, 0U);
  EXPECT_EQ(bulkhead.view().waiting, 0U);
}

/// As above, but who waits is dropped, as a vanished client's request is.
TEST(BulkheadRace, GrantsThatMeetDropsLeakNothing) {
  BulkheadOptions options;
  options.limit = 2;
  SeededRandom seed(3);
  Bulkhead bulkhead(options, 100, seed);
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(200 + t);
      SimWorld world;
      for (int i = 0; i < 5'000; ++i) {
        std::vector<Task<BulkheadAnswer>> tasks;
        const auto count = 1 + random.below(4);
        for (std::uint64_t n = 0; n < count; ++n) {
          tasks.push_back(bulkhead.acquire({.operation = nullptr, .tenant = "a"}));
        }
        if (random.below(2) == 0) world.loop().settle();
      }
      world.loop().settle();
    });
  }
  threads.clear();
  EXPECT_EQ(bulkhead.view().in_use, 0U);
  EXPECT_EQ(bulkhead.view().waiting, 0U);
}

}  // namespace
}  // namespace lift
