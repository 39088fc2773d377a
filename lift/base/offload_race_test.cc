// Jobs of several loops on one pool, some of whose tasks are dropped: each runs once, none is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/base/task_scope.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

constexpr int kThreads = 4;
constexpr int kJobs = 5000;

/// A loop of the test's own, whose blocking work goes to a real pool.
class PoolLoop final : public Loop {
 public:
  explicit PoolLoop(Workers& pool) noexcept : pool_(pool) {}
  [[nodiscard]] const Clock& clock() const noexcept override { return inner_.clock(); }
  [[nodiscard]] Timers& timers() noexcept override { return inner_.timers(); }
  [[nodiscard]] Random& random() noexcept override { return inner_.random(); }
  [[nodiscard]] Workers& workers() noexcept override { return pool_; }
  void post(Posted& work) noexcept override { inner_.post(work); }
  void settle() noexcept { inner_.settle(); }

 private:
  SimLoop inner_{1};
  Workers& pool_;
};

struct Tally {
  std::atomic<int> ran{0};
  std::atomic<int> wrong{0};
  std::atomic<int> resumed{0};
  std::atomic<int> refused{0};
};

Task<void> one(Tally& tally, int n) {
  auto job = [&tally, n] {
    tally.ran.fetch_add(1);
    return n;
  };
  try {
    const int answer = co_await offload(job);
    tally.wrong.fetch_add(answer == n ? 0 : 1);
    tally.resumed.fetch_add(1);
  } catch (const Overloaded&) {
    tally.refused.fetch_add(1);
  }
}

/// Starts jobs, drops every third task while it waits, and turns its loop now and then.
int drive(PoolLoop& loop, Tally& tally) {
  const Loop::Scope scope(loop);
  int dropped = 0;
  std::vector<Task<void>> tasks;
  for (int n = 0; n < kJobs; ++n) {
    Task<void> task = one(tally, n);
    if (n % 3 == 0 && !task.done()) {
      ++dropped;
      continue;
    }
    tasks.push_back(std::move(task));
    if (n % 16 == 0) loop.settle();
  }
  for (const Task<void>& task : tasks) {
    while (!task.done()) {
      loop.settle();
      std::this_thread::yield();
    }
  }
  return dropped;
}

TEST(OffloadRaceTest, EveryJobThatWasTakenRunsOnceAndComesBackOrWasDropped) {
  Tally tally;
  std::atomic<int> dropped{0};
  std::optional<WorkerPool> pool(WorkerPool::Options{.threads = 4, .queue = 64});
  std::vector<std::unique_ptr<PoolLoop>> loops;
  for (int i = 0; i < kThreads; ++i) loops.push_back(std::make_unique<PoolLoop>(*pool));
  std::vector<std::thread> threads;
  for (const auto& loop : loops) {
    threads.emplace_back([&, &mine = *loop] { dropped.fetch_add(drive(mine, tally)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool->refused(), static_cast<std::uint64_t>(tally.refused.load()));
  pool.reset();                                   // finishes what is queued
  for (const auto& loop : loops) loop->settle();  // where dropped jobs are deleted
  EXPECT_EQ(tally.ran.load(), kThreads * kJobs - tally.refused.load());
  EXPECT_EQ(tally.resumed.load() + dropped.load(), tally.ran.load());
  EXPECT_EQ(tally.wrong.load(), 0);
}

/// Counts its runs; for a pool without any loop.
class CountingJob final : public Job {
 public:
  explicit CountingJob(std::atomic<int>& ran) noexcept : ran_(ran) {}
  void run() noexcept override { ran_.fetch_add(1); }

 private:
  std::atomic<int>& ran_;
};

TEST(OffloadRaceTest, ThePoolsEndFinishesWhatItTook) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> ran{0};
    std::atomic<int> taken{0};
    std::vector<std::vector<std::unique_ptr<CountingJob>>> jobs(kThreads);
    {
      WorkerPool pool(WorkerPool::Options{.threads = 3, .queue = 1000});
      std::vector<std::thread> threads;
      for (auto& mine : jobs) {
        threads.emplace_back([&] {
          for (int i = 0; i < 100; ++i) {
            mine.push_back(std::make_unique<CountingJob>(ran));
            if (pool.submit(*mine.back())) taken.fetch_add(1);
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    ASSERT_EQ(ran.load(), taken.load());
  }
}

}  // namespace
}  // namespace lift
