#include "lift/net/loop_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <csignal>
#include <thread>
#include <vector>

#include "lift/base/sleep.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(LoopThread, RunsAFunctionAndWaitsForItsResult) {
  LoopThread thread("a name that is long");
  ASSERT_TRUE(thread.start().has_value());
  const auto found = thread.run_sync([&] {
    EXPECT_EQ(Loop::try_current(), &thread.loop());
    std::array<char, 32> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return std::string(name.data());
  });
  EXPECT_EQ(*found, "a name that is ");
  EXPECT_TRUE(thread.run_sync([] {}).has_value());
  const auto movable = thread.run_sync([] { return std::make_unique<int>(7); });
  EXPECT_EQ(**movable, 7);
}

TEST(LoopThread, ItsThreadsTakeNoSignalThatEndsAService) {
  const auto held = [] {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    std::vector<int> out;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGUSR1}) {
      if (sigismember(&mask, signal) == 1) out.push_back(signal);
    }
    return out;
  };
  const std::vector<int> before = held();
  LoopThread thread("signals");
  ASSERT_TRUE(thread.start().has_value());
  EXPECT_EQ(held(), before) << "whoever starts it keeps its own";
  const std::vector<int> all = {SIGTERM, SIGINT, SIGHUP};
  EXPECT_EQ(*thread.run_sync(held), all);
  const auto worker =
      thread.run_sync([&held]() -> Task<std::vector<int>> { co_return co_await offload(held); });
  EXPECT_EQ(*worker, all);
}

TEST(LoopThread, WaitsForATask) {
  LoopThread thread("tasks");
  ASSERT_TRUE(thread.start().has_value());
  const auto answer = thread.run_sync([]() -> Task<int> {
    co_await sleep(1ms);
    const auto work = [] { return 42; };
    co_return co_await offload(work);
  });
  EXPECT_EQ(*answer, 42);
  EXPECT_TRUE(thread.run_sync([]() -> Task<void> { co_await sleep(1ms); }).has_value());
}

TEST(LoopThread, RethrowsWhatIsThrown) {
  LoopThread thread("throws");
  ASSERT_TRUE(thread.start().has_value());
  const auto throws = []() -> int { throw std::runtime_error("no"); };
  EXPECT_THROW(static_cast<void>(thread.run_sync(throws)), std::runtime_error);
  const auto throws_later = []() -> Task<void> {
    co_await sleep(1ms);
    throw std::runtime_error("no");
  };
  EXPECT_THROW(static_cast<void>(thread.run_sync(throws_later)), std::runtime_error);
}

TEST(LoopThread, OneThatDoesNotRunSaysSo) {
  LoopThread thread("still");
  EXPECT_EQ(thread.run_sync([] {}).error().code, "stopped");
  EXPECT_FALSE(thread.post([] {}));
  ASSERT_TRUE(thread.start().has_value());
  EXPECT_EQ(thread.start().error().code, "cannot_start");
  thread.stop();
  thread.stop();
  EXPECT_EQ(thread.run_sync([] { return 1; }).error().code, "stopped");
  EXPECT_FALSE(thread.post([] {}));
}

TEST(LoopThread, RunsWhatWasPostedBeforeItStops) {
  std::vector<int> ran;
  LoopThread thread("posts");
  ASSERT_TRUE(thread.start().has_value());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(thread.post([&ran, i] { ran.push_back(i); }));
  thread.stop();
  ASSERT_EQ(ran.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(LoopThread, RefusesMoreThanItsRoom) {
  LoopThread thread("room", {.posted = 3});
  ASSERT_TRUE(thread.start().has_value());
  test::Gate busy;
  test::Gate held;
  ASSERT_TRUE(thread.post([&] {
    busy.open();
    held.wait();
  }));
  ASSERT_TRUE(busy.wait());
  EXPECT_TRUE(thread.post([] {}));
  EXPECT_TRUE(thread.post([] {}));
  EXPECT_FALSE(thread.post([] {}));
  held.open();
  EXPECT_TRUE(thread.run_sync([] {}).has_value());
  EXPECT_TRUE(thread.post([] {}));
}

TEST(LoopThread, StoppingDropsTasksAndFreesWhoWaits) {
  LoopThread thread("drops");
  ASSERT_TRUE(thread.start().has_value());
  test::Gate waiting;
  std::string code;
  std::thread other([&] {
    const auto never = thread.run_sync([&]() -> Task<int> {
      waiting.open();
      co_await sleep(1h);
      co_return 1;
    });
    code = never ? "answered" : never.error().code;
  });
  ASSERT_TRUE(waiting.wait());
  thread.stop();
  other.join();
  EXPECT_EQ(code, "stopped");
}

TEST(LoopThread, ItsScopeKeepsTasksAndTellsOfFailures) {
  test::Gate failed;
  LoopThread thread("scope", {.task_failed = [&](std::exception_ptr) { failed.open(); }});
  ASSERT_TRUE(thread.start().has_value());
  const auto fails = []() -> Task<void> {
    co_await sleep(1ms);
    throw std::runtime_error("no");
  };
  ASSERT_TRUE(thread.post([&] { EXPECT_TRUE(thread.scope().spawn(fails())); }));
  EXPECT_TRUE(failed.wait());
}

}  // namespace
}  // namespace lift
