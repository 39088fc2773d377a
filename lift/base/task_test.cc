#include "lift/base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "lift/base/callback.h"
#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/base/task_scope.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

Task<int> ready(int value) { co_return value; }

Task<int> after(Duration time, int value) {
  co_await sleep(time);
  co_return value;
}

Task<int> throwing(Duration time) {
  co_await sleep(time);
  throw std::runtime_error("boom");
}

TEST(Task, RunsAtOnceUpToItsFirstWait) {
  SimWorld world;
  Task<int> task = after(1s, 7);
  EXPECT_FALSE(task.done());
  world.advance(999ms);
  EXPECT_FALSE(task.done());
  world.advance(1ms);
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), 7);
}

TEST(Task, RethrowsWhereItIsAwaited) {
  SimWorld world;
  auto catcher = []() -> Task<std::string> {
    Task<int> inner = throwing(1ms);
    try {
      co_await inner;
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "nothing";
  };
  Task<std::string> task = catcher();
  world.advance(1ms);
  EXPECT_EQ(task.take(), "boom");
}

TEST(Task, AwaitingAMillionReadyTasksUsesNoStack) {
  auto loop = []() -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      Task<int> one = ready(1);
      sum += co_await one;
    }
    co_return sum;
  };
  Task<long> task = loop();
  EXPECT_EQ(task.take(), 1'000'000);
}

TEST(Task, AwaitingManyTasksThatReallyWaitUsesNoStack) {
  SimWorld world;
  auto loop = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 100'000; ++i) {
      Task<int> one = after(0ms, 1);
      sum += co_await one;
    }
    co_return sum;
  };
  Task<int> task = loop();
  world.settle();
  EXPECT_EQ(task.take(), 100'000);
}

TEST(Task, DroppingCancelsTheWaitAndUnwindsTheFrame) {
  SimWorld world;
  auto token = std::make_shared<int>(1);
  auto holder = [](std::shared_ptr<int> held) -> Task<void> {
    co_await sleep(1h);
    *held = 2;
  };
  {
    Task<void> task = holder(token);
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
  world.advance(2h);
  EXPECT_EQ(*token, 1);
  EXPECT_FALSE(world.loop().timers().next_wake().has_value());
}

TEST(Task, FramesComeBackToThePool) {
  SimWorld world;
  const auto before = frame_pool_stats().live;
  for (int i = 0; i < 1000; ++i) {
    Task<int> task = after(1ms, i);
    if (i % 2 == 0) world.advance(1ms);
  }
  EXPECT_EQ(frame_pool_stats().live, before);
}

TEST(Task, OnDoneMayDropTheTask) {
  SimWorld world;
  struct Owner {
    Task<int> task;
    int calls = 0;
  } owner;
  owner.task = after(1ms, 1);
  owner.task.on_done(
      [](void* argument) noexcept {
        auto& self = *static_cast<Owner*>(argument);
        ++self.calls;
        self.task.drop();
      },
      &owner);
  world.advance(1ms);
  EXPECT_EQ(owner.calls, 1);
  EXPECT_FALSE(owner.task.valid());
}

TEST(Sleep, AStopWakesItWithCancelled) {
  SimWorld world;
  StopSource stop;
  auto sleeper = [](StopToken token) -> Task<bool> {
    try {
      co_await sleep(1h, token);
    } catch (const Cancelled&) {
      co_return true;
    }
    co_return false;
  };
  Task<bool> task = sleeper(StopToken(stop));
  stop.request();
  EXPECT_FALSE(task.done()) << "woken by the loop, not by whoever stops";
  world.settle();
  ASSERT_TRUE(task.done());
  EXPECT_TRUE(task.take());
}

TEST(Sleep, AStopRequestedBeforeCountsToo) {
  SimWorld world;
  StopSource stop;
  stop.request();
  auto sleeper = [](StopToken token) -> Task<void> { co_await sleep(1h, token); };
  Task<void> task = sleeper(StopToken(stop));
  world.settle();
  EXPECT_TRUE(task.failed());
}

TEST(Sleep, AStopAfterItsEndLeavesTheNextWaitAlone) {
  SimWorld world;
  StopSource stop;
  auto sleeper = [](StopToken token) -> Task<bool> {
    SleepAwaiter nap(1s, token);
    co_await nap;
    co_await sleep(1h);
    co_return token.stop_requested();
  };
  Task<bool> task = sleeper(StopToken(stop));
  world.advance(1s);
  stop.request();
  world.advance(1min);
  EXPECT_FALSE(task.done()) << "the second sleep was not told of the stop";
  world.advance(1h);
  EXPECT_TRUE(task.take());
}

TEST(StopSource, ItsLastCallbackMayDestroyIt) {
  struct Owner : StopCallback {
    explicit Owner(std::unique_ptr<StopSource>& of)
        : StopCallback(
              [](StopCallback& self) noexcept { static_cast<Owner&>(self).source.reset(); }),
          source(of) {}
    std::unique_ptr<StopSource>& source;
  };
  auto source = std::make_unique<StopSource>();
  Owner owner(source);
  source->add(owner);
  source->request();
  EXPECT_EQ(source, nullptr);
}

TEST(Offload, BringsTheResultBackToTheLoop) {
  SimWorld world;
  auto work = []() -> Task<std::string> {
    auto job = [] { return std::string("done"); };
    co_return co_await offload(job);
  };
  Task<std::string> task = work();
  EXPECT_FALSE(task.done());
  world.settle();
  EXPECT_EQ(task.take(), "done");
}

TEST(Offload, RethrowsAndRefuses) {
  SimWorld world;
  auto work = []() -> Task<void> {
    auto job = [] { throw std::runtime_error("no disk"); };
    co_await offload(job);
  };
  Task<void> failing = work();
  world.settle();
  EXPECT_THROW(failing.take(), std::runtime_error);

  world.loop().refuse_work(true);
  Task<void> refused = work();
  ASSERT_TRUE(refused.done());
  EXPECT_THROW(refused.take(), Overloaded);
}

TEST(Offload, ADroppedTaskLetsTheJobFinishOnItsOwn) {
  SimWorld world;
  auto ran = std::make_shared<int>(0);
  auto work = [](std::shared_ptr<int> count) -> Task<void> {
    auto job = [count] { ++*count; };
    co_await offload(job);
  };
  {
    Task<void> task = work(ran);
  }
  world.settle();
  EXPECT_EQ(*ran, 1);
  EXPECT_EQ(ran.use_count(), 1) << "the job is gone";
}

TEST(FromCallback, TakesAValueFromAnyThread) {
  SimWorld world;
  std::thread other;
  auto begin = [&other](Callback<int> done) {
    other = std::thread([done = std::move(done)]() mutable { done(5); });
  };
  auto wait = [](auto start) -> Task<int> { co_return co_await from_callback<int>(start); };
  Task<int> task = wait(begin);
  other.join();
  world.settle();
  EXPECT_EQ(task.take(), 5);
}

TEST(FromCallback, ADroppedCallbackIsAnError) {
  SimWorld world;
  auto forget = [](Callback<int>) {};
  auto wait = [](auto start) -> Task<int> { co_return co_await from_callback<int>(start); };
  Task<int> task = wait(forget);
  world.settle();
  EXPECT_THROW((void)task.take(), BrokenCallback);
}

TEST(FromCallback, NobodyWaitsAnyMore) {
  SimWorld world;
  std::optional<Callback<int>> kept;
  auto keep = [&kept](Callback<int> done) { kept.emplace(std::move(done)); };
  auto wait = [](auto start) -> Task<int> { co_return co_await from_callback<int>(start); };
  {
    Task<int> task = wait(keep);
  }
  (*kept)(1);
  world.settle();
}

TEST(FromCallback, AnAnswerThatCameBeforeTheWaitIsKept) {
  SimWorld world;
  auto wait = []() -> Task<int> {
    auto start = [](Callback<int> done) { done(5); };
    CallbackAwaiter<int> answer = from_callback<int>(start);
    co_await sleep(1s);
    co_return co_await answer;
  };
  Task<int> task = wait();
  world.advance(1s);
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), 5);
}

TEST(FromCallback, ACallbackMayOutliveTheLoop) {
  std::optional<Callback<std::string>> kept;
  {
    SimWorld world;
    auto keep = [&kept](Callback<std::string> done) { kept.emplace(std::move(done)); };
    auto wait = [](auto start) -> Task<std::string> {
      co_return co_await from_callback<std::string>(start);
    };
    const Task<std::string> task = wait(keep);
  }
  (*kept)("to nobody");
}

TEST(TaskScope, OwnsUntilDoneAndRefusesBeyondItsLimit) {
  SimWorld world;
  int errors = 0;
  TaskScope scope(2, [&errors](const std::exception_ptr&) { ++errors; });
  auto job = [](StopToken stop) -> Task<void> { co_await sleep(1s, stop); };
  auto bad = []() -> Task<void> {
    co_await sleep(1ms);
    throw std::runtime_error("boom");
  };
  EXPECT_TRUE(scope.spawn(job(scope.token())));
  EXPECT_TRUE(scope.spawn(bad()));
  EXPECT_FALSE(scope.spawn(job(scope.token())));
  world.advance(1ms);
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(scope.running(), 1U);
  scope.stop();
  world.settle();
  EXPECT_EQ(scope.running(), 0U);
  EXPECT_EQ(errors, 1) << "Cancelled is no error";
  EXPECT_FALSE(scope.spawn(job(scope.token())));
}

}  // namespace
}  // namespace lift
