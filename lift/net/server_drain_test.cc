// The orderly end: nothing that was accepted is lost.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "lift/base/callback.h"
#include "lift/base/sleep.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Gate;
using test::kGet;
using test::RawClient;
using test::RawResponse;
using test::test_options;
using test::TestServer;
using test::TestService;

class ServerDrainTest : public testing::Test {
 protected:
  ServerDrainTest() {
    service_.add("/", [](Context&) { return text("hello"); });
  }
  bool drain(TestServer& server) {
    Gate drained;
    server->drain([&drained] { drained.open(); });
    return drained.wait();
  }
  TestService service_;
};

struct Account {
  int answered = 0;
  int refused = 0;  // could not connect: never accepted
  int lost = 0;     // accepted, asked, and not answered
};

/// Asks until nobody listens any more, each time on a new connection unless the server keeps the
/// old one.
Account load(const ListenAddress& address, bool keep) {
  Account account;
  while (true) {
    RawClient client(address);
    if (!client.connected()) return ++account.refused, account;
    bool again = true;
    while (again) {
      const RawResponse response = client.ask(kGet);
      (response.status == 200 && response.body == "hello" ? account.answered : account.lost) += 1;
      again = keep && response.status == 200 && response.header("connection") != "close";
    }
  }
}

TEST_F(ServerDrainTest, EveryRequestUnderLoadIsAnswered) {
  ServerOptions options = test_options();
  options.loops = 2;
  options.lame_duck = 50ms;
  TestServer server(service_, options);
  const ListenAddress address = server->addresses()[0];
  std::vector<Account> accounts(6);
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    clients.emplace_back([&, i] { accounts[i] = load(address, i % 2 == 0); });
  }
  while (server->stats().requests < 200) std::this_thread::yield();
  EXPECT_TRUE(drain(server));
  for (std::thread& client : clients) client.join();
  std::uint64_t answered = 0;
  for (const Account& account : accounts) {
    EXPECT_EQ(account.lost, 0);
    EXPECT_EQ(account.refused, 1);
    answered += static_cast<std::uint64_t>(account.answered);
  }
  EXPECT_EQ(server->stats().requests, answered);
  EXPECT_EQ(server->stats().dropped_in_drain, 0U);
  EXPECT_EQ(server->stats().connections, 0U);
  EXPECT_EQ(service_.drains, 1);
}

TEST_F(ServerDrainTest, AnswersSayCloseInTheLameDuckTimeAndWhatIsIdleIsClosed) {
  ServerOptions options = test_options();
  options.lame_duck = 200ms;
  TestServer server(service_, options);
  RawClient idle = server.connect();
  RawClient active = server.connect();
  EXPECT_EQ(idle.ask(kGet).header("connection"), "");
  EXPECT_EQ(active.ask(kGet).header("connection"), "");
  Gate drained;
  server->drain([&drained] { drained.open(); });
  EXPECT_EQ(active.ask(kGet).header("connection"), "close");
  EXPECT_EQ(server.connect().ask(kGet).header("connection"), "close");
  EXPECT_TRUE(active.ends());
  EXPECT_TRUE(idle.ends());
  active.close();
  idle.close();
  EXPECT_TRUE(drained.wait());
  EXPECT_FALSE(server.connect().connected());
}

TEST_F(ServerDrainTest, WhatRunsMayFinish) {
  Gate waiting;
  std::optional<Callback<int>> callback;
  service_.add("/slow", [&](Context&) -> Task<Response> {
    const auto start = [&](Callback<int> done) { callback.emplace(std::move(done)); };
    auto answer = from_callback<int>(start);
    waiting.open();
    const int value = co_await answer;
    co_return text(std::to_string(value));
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n"));
  ASSERT_TRUE(waiting.wait());
  Gate drained;
  server->drain([&drained] { drained.open(); });
  while (server.connect().connected()) {
  }
  (*callback)(7);
  EXPECT_EQ(client.read().body, "7");
  EXPECT_TRUE(client.ends());
  client.close();
  EXPECT_TRUE(drained.wait());
}

TEST_F(ServerDrainTest, WhatDoesNotFinishInTimeIsDroppedAndCounted) {
  Gate waiting;
  service_.add("/slow", [&](Context&) -> Task<Response> {
    waiting.open();
    co_await sleep(1h);
    co_return text("never");
  });
  ServerOptions options = test_options();
  options.finish_within = 20ms;
  TestServer server(service_, options);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n"));
  ASSERT_TRUE(waiting.wait());
  EXPECT_TRUE(drain(server));
  EXPECT_EQ(client.read().status, 0);
  EXPECT_EQ(server->stats().dropped_in_drain, 1U);
}

TEST_F(ServerDrainTest, EveryoneWhoAsksForADrainIsToldOfItsEnd) {
  Server never(test_options(), service_);
  bool told = false;
  never.drain([&told] { told = true; });
  EXPECT_TRUE(told);
  TestServer server(service_);
  Gate first;
  Gate second;
  server->drain([&first] { first.open(); });
  server->drain([&second] { second.open(); });
  EXPECT_TRUE(first.wait());
  EXPECT_TRUE(second.wait());
  EXPECT_TRUE(drain(server));
}

TEST_F(ServerDrainTest, StopEndsAtOnceAndDropsWhatRuns) {
  Gate waiting;
  struct Tell {
    explicit Tell(std::atomic<bool>& told) : told_(told) {}
    ~Tell() { told_ = true; }
    std::atomic<bool>& told_;
  };
  std::atomic<bool> dropped{false};
  service_.add("/slow", [&](Context& ctx) -> Task<Response> {
    const Tell tell(dropped);
    const auto work = [&waiting] { waiting.open(); };
    co_await ctx.offload(work);
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n"));
  ASSERT_TRUE(waiting.wait());
  server->stop();
  EXPECT_TRUE(dropped);
  EXPECT_EQ(client.read().status, 0);
  server->stop();
}

/// Spawns one task a loop that ends when asked.
class BackgroundService : public TestService {
 public:
  void started(Loop&, TaskScope& scope) noexcept override {
    EXPECT_TRUE(scope.spawn(work(scope.token())));
  }
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};

 private:
  Task<void> work(StopToken stop) {
    begun.fetch_add(1);
    try {
      co_await sleep(1h, stop);
    } catch (const Cancelled&) {
      ended.fetch_add(1);
      throw;
    }
  }
};

TEST_F(ServerDrainTest, BackgroundTasksEndWithTheDrain) {
  BackgroundService service;
  ServerOptions options = test_options();
  options.loops = 2;
  TestServer server(service, options);
  EXPECT_TRUE(drain(server));
  EXPECT_EQ(service.begun, 2);
  EXPECT_EQ(service.ended, 2);
}

}  // namespace
}  // namespace lift
