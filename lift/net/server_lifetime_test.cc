// What belongs to whom when a client, a handler and a deadline end in an unusual order.
#include <gtest/gtest.h>

#include <coroutine>
#include <optional>
#include <thread>
#include <utility>

#include "lift/base/callback.h"
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

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

std::string post(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}

RouteOptions streaming() {
  RouteOptions options;
  options.stream_request = true;
  return options;
}

struct Limit {
  static constexpr std::string_view kName = "limit";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.limit_deadline(ctx.start() + 20ms);
    return Verdict::proceed;
  }
};

/// Goes on in the very call that opens it, unlike what the library offers.
struct Latch {
  /// Apart from the latch, because GCC 12 awaits a copy of an awaitable that a lambda captured.
  struct Awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { latch.waiting = handle; }
    void await_resume() const noexcept {}
    Latch& latch;
  };
  Awaiter operator co_await() noexcept { return Awaiter{*this}; }
  void open() noexcept {
    if (waiting) std::exchange(waiting, {}).resume();
  }
  std::coroutine_handle<> waiting;
};

class ServerLifetimeTest : public testing::Test {
 protected:
  TestService service_;
};

TEST_F(ServerLifetimeTest, ContinueIsNeverSaidInsideAResponse) {
  service_.add(
      "/",
      [](Context& ctx) {
        return stream("text/plain", [&ctx](BodySink& sink) -> Task<void> {
          co_await sink.write("one ");
          while (co_await ctx.body().next()) {
          }
          co_await sink.write("two");
        });
      },
      streaming());
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(post("Content-Length: 3\r\nExpect: 100-continue\r\n")));
  while (!client.readable()) {
  }
  ASSERT_TRUE(client.send("end"));
  const RawResponse response = client.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "one two");
}

TEST_F(ServerLifetimeTest, APieceThatItsWriterGivesUpIsSentNoFurther) {
  Gate given_up;
  service_.add("/",
               [&given_up](Context&) {
                 return stream("text/plain", [&given_up](BodySink& sink) -> Task<void> {
                   try {
                     const std::string piece(20'000'000, 'x');
                     co_await sink.write(piece);
                   } catch (const Cancelled&) {
                     given_up.open();
                   }
                   co_await sleep(1h);
                 });
               },
               {}, {AnyLayer(std::make_shared<Limit>())});
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(kGet));
  ASSERT_TRUE(given_up.wait());
  client.read();
  EXPECT_FALSE(client.complete());
}

TEST_F(ServerLifetimeTest, APieceOfTheRequestOutlivesItsConnection) {
  Gate waiting;
  Gate seen;
  std::string kept;
  std::optional<Callback<int>> callback;
  service_.add(
      "/",
      [&](Context& ctx) -> Task<Response> {
        const auto piece = co_await ctx.body().next();
        const auto start = [&](Callback<int> done) { callback.emplace(std::move(done)); };
        auto answer = from_callback<int>(start);
        waiting.open();
        co_await answer;
        kept = *piece;
        seen.open();
        co_return text("late");
      },
      streaming());
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(post("Content-Length: 9\r\n") + "piece"));
  ASSERT_TRUE(waiting.wait());
  client.reset();
  while (server->stats().connections != 0) std::this_thread::yield();
  EXPECT_EQ(server.connect().ask(get("/none")).status, 404);
  (*callback)(0);
  ASSERT_TRUE(seen.wait());
  EXPECT_EQ(kept, "piece");
}

TEST_F(ServerLifetimeTest, TheWriteTimeHoldsThoughRequestsEndMeanwhile) {
  service_.add("/fill", [](Context&) { return binary("text/plain", std::string(4000, 'x')); });
  service_.add("/wait", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(2ms);
    co_return text("waited");
  });
  ServerOptions options = test_options();
  options.limits.write_time = 50ms;
  TestServer server(service_, options);
  RawClient client = server.connect();
  std::string group;
  for (int i = 0; i < 14; ++i) group += get("/fill");
  group += get("/wait");
  std::string all;
  for (int i = 0; i < 110; ++i) all += group;  // more answers than the kernel holds
  ASSERT_TRUE(client.send(all));
  while (server->stats().requests == 0) std::this_thread::yield();
  const auto patience = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (server->stats().connections != 0 && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server->stats().connections, 0U);
}

TEST_F(ServerLifetimeTest, AConnectionThatIsKeptAfterTheDoorClosedEndsSoon) {
  std::optional<Callback<int>> callback;
  service_.add("/", [&callback](Context&) {
    return stream("text/plain", [&callback](BodySink& sink) -> Task<void> {
      const auto start = [&callback](Callback<int> done) { callback.emplace(std::move(done)); };
      co_await sink.write("one ");
      auto answer = from_callback<int>(start);
      co_await answer;
      co_await sink.write("two");
    });
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(kGet));
  while (!client.readable()) {
  }
  RawClient idle = server.connect();
  EXPECT_EQ(idle.ask(get("/none")).status, 404);
  Gate drained;
  server->drain([&drained] { drained.open(); });
  EXPECT_TRUE(idle.ends());  // so the door has closed
  const auto begun = std::chrono::steady_clock::now();
  (*callback)(0);
  EXPECT_EQ(client.read().body, "one two");
  EXPECT_TRUE(client.ends());
  ASSERT_TRUE(drained.wait());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

/// Opens a latch when its request has ended.
struct OpenAtEnd {
  static constexpr std::string_view kName = "open_at_end";
  explicit OpenAtEnd(Latch& latch) : latch_(latch) {}
  Verdict enter(Context&, NoSlot&) { return Verdict::proceed; }
  void end(Context&, NoSlot&, const Outcome&) noexcept { latch_.open(); }
  Latch& latch_;
};

TEST_F(ServerLifetimeTest, ARequestThatTheEndOfTheOneBeforeItLetsGoOnIsSentWhole) {
  static constexpr std::size_t kBytes = 20'000'000;
  Latch latch;
  service_.add("/first", [](Context&) { return text("first"); }, {},
               {AnyLayer(std::make_shared<OpenAtEnd>(latch))});
  service_.add("/second", [&latch](Context&) -> Task<Response> {
    co_await latch;
    co_return binary("text/plain", std::string(kBytes, 'x'));
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/first") + get("/second")));
  EXPECT_EQ(client.read().body, "first");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(server.connect().ask(get("/none")).status, 404);
  EXPECT_GE(server->stats().running, 1U);  // it has not all been sent
  const RawResponse second = client.read();
  EXPECT_EQ(second.body.size(), kBytes);
  EXPECT_EQ(second.body.find_first_not_of('x'), std::string::npos);
}

TEST_F(ServerLifetimeTest, WhatIsDroppedAtTheEndMayLetAnotherBeginItsNextRequest) {
  struct OpenWhenDropped {
    explicit OpenWhenDropped(Latch& latch) : latch_(latch) {}
    ~OpenWhenDropped() { latch_.open(); }
    Latch& latch_;
  };
  Latch latch;
  Gate waiting[2];
  service_.add("/first", [&](Context& ctx) -> Task<Response> {
    const OpenWhenDropped open(latch);
    waiting[0].open();
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  service_.add("/second", [&](Context&) -> Task<Response> {
    waiting[1].open();
    co_await latch;
    co_return text("second");
  });
  TestServer server(service_);
  RawClient first = server.connect();
  RawClient second = server.connect();
  ASSERT_TRUE(first.send(get("/first")));
  ASSERT_TRUE(waiting[0].wait());
  ASSERT_TRUE(second.send(get("/second") + get("/first")));
  ASSERT_TRUE(waiting[1].wait());
  server->stop();
  EXPECT_EQ(server->stats().running, 0U);
  EXPECT_EQ(server->stats().connections, 0U);
}

}  // namespace
}  // namespace lift
