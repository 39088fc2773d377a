#include "lift/net/detail/net_loop.h"

#include <gtest/gtest.h>
#include <time.h>

#include <thread>
#include <vector>

#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/base/task.h"

namespace lift::detail {
namespace {

using namespace std::chrono_literals;

struct Stop final : Posted {
  explicit Stop(NetLoop& owner)
      : Posted([](Posted& posted) noexcept { static_cast<Stop&>(posted).loop.stop(); }),
        loop(owner) {}
  NetLoop& loop;
};

TEST(NetLoop, TimersFireInOrderAndNeverEarly) {
  WorkerPool workers({});
  NetLoop loop(workers);
  std::vector<int> woken;
  const Instant start = loop.clock().now();
  const auto wait = [&](int number, Duration time) -> Task<void> {
    co_await sleep(time);
    EXPECT_GE(loop.clock().now() - start, time);
    woken.push_back(number);
    if (woken.size() == 3) loop.stop();
  };
  const Loop::Scope scope(loop);
  const Task<void> late = wait(3, 30ms);
  const Task<void> early = wait(1, 5ms);
  const Task<void> middle = wait(2, 15ms);
  loop.run();
  EXPECT_EQ(woken, (std::vector{1, 2, 3}));
}

TEST(NetLoop, OffloadedWorkComesBackToTheLoop) {
  WorkerPool workers({});
  NetLoop loop(workers);
  const Loop::Scope scope(loop);
  const auto work = [&]() -> Task<void> {
    const std::thread::id here = std::this_thread::get_id();
    const auto ask = [] { return std::this_thread::get_id(); };
    const std::thread::id there = co_await offload(ask);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    loop.stop();
  };
  const Task<void> task = work();
  loop.run();
  EXPECT_TRUE(task.done());
}

TEST(NetLoop, AnIdleLoopSleeps) {
  WorkerPool workers({});
  NetLoop loop(workers);
  const Loop::Scope scope(loop);
  Timer cancelled([](Timer&) noexcept { ADD_FAILURE() << "a cancelled timer fired"; });
  loop.timers().arm(cancelled, loop.clock().now() + 10ms);
  cancelled.cancel();
  std::thread runs([&] { loop.run(); });
  timespec cpu{};
  clockid_t clock{};
  pthread_getcpuclockid(runs.native_handle(), &clock);
  // Waiting is done on another loop's timer, so that this one has nothing to wake for.
  NetLoop other(workers);
  const auto wait = [&]() -> Task<void> {
    co_await sleep(100ms);
    other.stop();
  };
  {
    const Loop::Scope inner(other);
    const Task<void> task = wait();
    other.run();
  }
  clock_gettime(clock, &cpu);
  EXPECT_EQ(cpu.tv_sec, 0);
  EXPECT_LT(cpu.tv_nsec, 20'000'000);
  Stop stop(loop);
  loop.post(stop);
  runs.join();
}

}  // namespace
}  // namespace lift::detail
