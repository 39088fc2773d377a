// Many threads ask one client over its loop; the numbers add up.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/base/sleep.h"
#include "tests/support/test_client.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(HttpClientRace, ThreadsShareAClientThroughItsLoop) {
  constexpr int kThreads = 8;
  constexpr int kRequests = 50;
  test::TestService service;
  service.add("/", [](Context&) { return text("hello"); });
  test::TestServer server(service);
  HttpClientOptions options;
  options.connections_per_host = 3;
  test::TestClient client(options);
  const std::string url = "http://" + server->addresses().front().to_string() + "/";
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kRequests; ++n) {
        if (client.get(url)->body == "hello") answered.fetch_add(1);
        EXPECT_LE(client.stats().connections, 3U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered.load(), kThreads * kRequests);
  const HttpClientStats stats = client.stats();
  EXPECT_EQ(stats.requests, static_cast<std::uint64_t>(kThreads * kRequests));
  EXPECT_EQ(stats.answered, stats.requests);
  EXPECT_EQ(stats.running, 0U);
  EXPECT_EQ(stats.connected + stats.reused, stats.requests + stats.repeated);
}

TEST(LoopThreadRace, EveryCallEndsOnceWhileTheThreadStops) {
  constexpr int kThreads = 6;
  for (int round = 0; round < 20; ++round) {
    LoopThread thread("race");
    ASSERT_TRUE(thread.start().has_value());
    std::atomic<int> ran{0};
    std::atomic<int> accepted{0};
    std::atomic<int> posted{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < kThreads; ++i) {
      callers.emplace_back([&] {
        while (true) {
          const bool room = thread.post([&] { posted.fetch_add(1); });
          if (room) accepted.fetch_add(1);
          const auto called = thread.run_sync([&]() -> Task<int> {
            ran.fetch_add(1);
            co_await sleep(0ms);
            co_return 1;
          });
          if (!called) return;
        }
      });
    }
    while (ran.load() < 20) std::this_thread::yield();
    thread.stop();
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(posted.load(), accepted.load());
  }
}

}  // namespace
}  // namespace lift
