// Threads against one loop and one server: nothing posted, asked or told gets lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "lift/net/detail/net_loop.h"
#include "tests/support/test_service.h"

namespace lift::detail {
namespace {

using test::Gate;
using test::kGet;
using test::RawClient;
using test::test_options;
using test::TestServer;
using test::TestService;

TEST(NetLoop, RunsWhatOtherThreadsPostInTheirOrder) {
  WorkerPool workers({});
  NetLoop loop(workers);
  static constexpr int kThreads = 4;
  static constexpr int kEach = 1000;
  struct Note final : Posted {
    Note() : Posted([](Posted& posted) noexcept { static_cast<Note&>(posted).arrive(); }) {}
    void arrive() noexcept {
      seen->push_back(number);
      if (++*total == kThreads * kEach) loop->stop();
    }
    NetLoop* loop = nullptr;
    std::vector<int>* seen = nullptr;
    int* total = nullptr;
    int number = 0;
  };
  std::vector<std::vector<Note>> notes;
  std::vector<std::vector<int>> seen(kThreads);
  int total = 0;
  for (int t = 0; t < kThreads; ++t) {
    notes.emplace_back(kEach);
    for (int i = 0; i < kEach; ++i) {
      Note& note = notes.back()[static_cast<std::size_t>(i)];
      note.loop = &loop;
      note.seen = &seen[static_cast<std::size_t>(t)];
      note.total = &total;
      note.number = i;
    }
  }
  std::vector<std::thread> threads;
  for (auto& mine : notes) {
    threads.emplace_back([&loop, &mine] {
      for (Note& note : mine) loop.post(note);
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& order : seen) {
    ASSERT_EQ(order.size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::ranges::is_sorted(order));
  }
}

TEST(Server, CountsExactlyWhatItAnsweredToManyAtOnce) {
  static constexpr int kThreads = 4;
  static constexpr int kEach = 250;
  TestService service;
  service.add("/", [](Context&) { return text("hello"); });
  service.add("/away", [](Context& ctx) -> Task<Response> {
    const auto work = [] { return std::string("from a worker"); };
    co_return text(co_await ctx.offload(work));
  });
  ServerOptions options = test_options();
  options.loops = 4;
  TestServer server(service, options);
  std::atomic<int> answered{0};
  const auto ask = [&] {
    for (int i = 0; i < kEach; ++i) {
      RawClient client = server.connect();
      if (client.ask(kGet).body == "hello") answered.fetch_add(1);
      const std::string_view away = "GET /away HTTP/1.1\r\nHost: test\r\n\r\n";
      if (client.ask(away).body == "from a worker") answered.fetch_add(1);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(ask);
  while (answered < kThreads * kEach) EXPECT_LE(server->stats().running, 2U * kThreads);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 2 * kThreads * kEach);
  EXPECT_EQ(server->stats().requests, 2U * kThreads * kEach);
  EXPECT_EQ(server->stats().accepted, 1U * kThreads * kEach);
}

TEST(Server, ManyMayEndItAtOnce) {
  TestService service;
  service.add("/", [](Context&) { return text("hello"); });
  ServerOptions options = test_options();
  options.loops = 2;
  for (int round = 0; round < 10; ++round) {
    TestServer server(service, options);
    RawClient client = server.connect();
    EXPECT_EQ(client.ask(kGet).status, 200);
    client.close();
    std::vector<Gate> drained(4);
    std::vector<std::thread> threads;
    for (Gate& gate : drained) {
      threads.emplace_back([&] {
        server->drain([&gate] { gate.open(); });
        EXPECT_TRUE(gate.wait());
        server->stop();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(server->stats().connections, 0U);
  }
  EXPECT_EQ(service.drains, 10);
}

}  // namespace
}  // namespace lift::detail
