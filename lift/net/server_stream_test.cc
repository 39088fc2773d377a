// Bodies that stream, clients that go away or dawdle, time that runs out: over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

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

/// What `end` was told of the last request.
struct Watch {
  static constexpr std::string_view kName = "watch";
  Verdict enter(Context&, NoSlot&) { return Verdict::proceed; }
  void end(Context&, NoSlot&, const Outcome& outcome) noexcept {
    kind = outcome.kind;
    ended.open();
  }
  std::atomic<OutcomeKind> kind{};
  Gate ended;
};

/// A deadline for whatever is inside.
struct Limit {
  static constexpr std::string_view kName = "limit";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.limit_deadline(ctx.start() + time);
    return Verdict::proceed;
  }
  Duration time = 20ms;
};

class ServerStreamTest : public testing::Test {
 protected:
  void watched(const std::string& path, Handler handler, RouteOptions options = {}) {
    service_.add(path, std::move(handler), options, {AnyLayer(watch_)});
  }
  static RouteOptions streaming() {
    RouteOptions options;
    options.stream_request = true;
    return options;
  }
  std::shared_ptr<Watch> watch_ = std::make_shared<Watch>();
  TestService service_;
};

TEST_F(ServerStreamTest, AResponseOfUnknownLengthIsChunked) {
  watched("/", [](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      co_await sink.write("one ");
      co_await sink.write("");
      co_await sleep(1ms);
      co_await sink.write("two");
    });
  });
  TestServer server(service_);
  RawClient client = server.connect();
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.ask(kGet);
    EXPECT_EQ(response.header("transfer-encoding"), "chunked");
    EXPECT_EQ(response.body, "one two");
  }
  EXPECT_EQ(watch_->kind, OutcomeKind::success);
}

TEST_F(ServerStreamTest, AnAnnouncedLengthIsKeptToTheByte) {
  for (const std::string_view path : {"/exact", "/short", "/long"}) {
    const std::uint64_t length = path == "/exact" ? 6 : path == "/short" ? 7 : 5;
    service_.add(std::string(path), [length](Context&) {
      Response response;
      response.body.stream(
          [](BodySink& sink) -> Task<void> {
            co_await sink.write("123");
            co_await sink.write("456");
          },
          length);
      return response;
    });
  }
  TestServer server(service_);
  RawClient exact = server.connect();
  EXPECT_EQ(exact.ask(get("/exact")).header("content-length"), "6");
  EXPECT_EQ(exact.ask(get("/exact")).body, "123456");
  for (const std::string_view path : {"/short", "/long"}) {
    RawClient client = server.connect();
    client.ask(get(path));
    EXPECT_FALSE(client.complete()) << path;
    EXPECT_TRUE(client.was_reset()) << path;
  }
}

TEST_F(ServerStreamTest, AProducerThatThrowsCutsTheConnection) {
  watched("/", [](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      co_await sink.write("half");
      throw std::runtime_error("no more");
    });
  });
  TestServer server(service_);
  RawClient client = server.connect();
  client.ask(kGet);
  EXPECT_FALSE(client.complete());
  ASSERT_TRUE(watch_->ended.wait());
  EXPECT_EQ(watch_->kind, OutcomeKind::failure);
}

TEST_F(ServerStreamTest, AWriterWaitsForASlowReader) {
  static constexpr std::size_t kPiece = 100'000;
  static constexpr int kPieces = 100;
  std::atomic<int> written{0};
  watched("/", [&written](Context&) {
    return stream("text/plain", [&written](BodySink& sink) -> Task<void> {
      const std::string piece(kPiece, 'x');
      for (int i = 0; i < kPieces; ++i) {
        co_await sink.write(piece);
        written.fetch_add(1);
      }
    });
  });
  TestServer server(service_);
  RawClient slow = server.connect();
  ASSERT_TRUE(slow.send(kGet));
  EXPECT_EQ(server.connect().ask(get("/none")).status, 404);  // others are served meanwhile
  EXPECT_LT(written.load(), kPieces);
  EXPECT_EQ(slow.read().body.size(), kPiece * kPieces);
  EXPECT_EQ(written.load(), kPieces);
}

TEST_F(ServerStreamTest, AReaderThatGoesAwayStopsTheWriter) {
  Gate dropped;
  struct Tell {
    explicit Tell(Gate& gate) : gate_(gate) {}
    ~Tell() { gate_.open(); }
    Gate& gate_;
  };
  watched("/", [&dropped](Context&) {
    return stream("text/event-stream", [&dropped](BodySink& sink) -> Task<void> {
      const Tell tell(dropped);
      co_await sink.write("event\n");
      co_await sleep(1h);
    });
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(kGet));
  while (!client.readable()) {
  }
  client.close();
  EXPECT_TRUE(dropped.wait());
  ASSERT_TRUE(watch_->ended.wait());
  EXPECT_EQ(watch_->kind, OutcomeKind::cancelled_by_caller);
}

TEST_F(ServerStreamTest, ARequestIsReadAsItArrivesAndNoFaster) {
  service_.add(
      "/",
      [](Context& ctx) -> Task<Response> {
        std::size_t bytes = 0;
        while (const auto piece = co_await ctx.body().next()) bytes += piece->size();
        co_return text(std::to_string(bytes));
      },
      streaming());
  TestServer server(service_);
  RawClient client = server.connect();
  const std::string body(500'000, 'b');
  const std::string head = "POST / HTTP/1.1\r\nHost: test\r\n";
  EXPECT_EQ(client.ask(head + "Content-Length: 500000\r\n\r\n" + body).body, "500000");
  EXPECT_EQ(client
                .ask(head + "Transfer-Encoding: chunked\r\n\r\n7a120\r\n" + body +
                     "\r\n3\r\nend\r\n0\r\n\r\n")
                .body,
            "500003");
  EXPECT_EQ(client.ask(head + "\r\n").body, "0");
  ASSERT_TRUE(client.send(head + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("end").body, "3");
}

TEST_F(ServerStreamTest, AStreamedRequestThatIsBrokenFailsItsReader) {
  service_.add(
      "/",
      [](Context& ctx) -> Task<Response> {
        while (co_await ctx.body().next()) {
        }
        co_return text("whole");
      },
      streaming());
  ServerOptions options = test_options();
  options.limits.body = 10;
  options.limits.body_time = 20ms;
  TestServer server(service_, options);
  const std::string head = "POST / HTTP/1.1\r\nHost: test\r\n";
  const std::pair<std::string, int> cases[] = {
      {"Content-Length: 11\r\n\r\n", 413},
      {"Transfer-Encoding: chunked\r\n\r\nb\r\n", 413},
      {"Transfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {"Transfer-Encoding: chunked\r\n\r\n5\r\nab", 408},
      {"Content-Length: 5\r\n\r\n", 408},
  };
  for (const auto& [rest, status] : cases) {
    RawClient client = server.connect();
    EXPECT_EQ(client.ask(head + rest).status, status) << rest;
    EXPECT_TRUE(client.ends()) << rest;
  }
}

TEST_F(ServerStreamTest, AStreamedRequestMayBeAnsweredWhileItIsRead) {
  service_.add(
      "/",
      [](Context& ctx) {
        return stream("text/plain", [&ctx](BodySink& sink) -> Task<void> {
          while (const auto piece = co_await ctx.body().next()) {
            const std::string copy(*piece);
            co_await sink.write(copy);
          }
        });
      },
      streaming());
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"));
  while (!client.readable()) {  // the head comes before any of the body is there
  }
  ASSERT_TRUE(client.send("5\r\nhello\r\n"));
  ASSERT_TRUE(client.send("6\r\n world\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read().body, "hello world");
  EXPECT_TRUE(client.ends());
}

TEST_F(ServerStreamTest, AClientThatGoesAwayCancelsItsHandler) {
  Gate waiting;
  for (const bool reset : {false, true}) {
    watch_ = std::make_shared<Watch>();
    const std::string path = reset ? "/reset" : "/";
    watched(path, [&waiting](Context& ctx) -> Task<Response> {
      waiting.open();
      co_await ctx.sleep(1h);
      co_return text("never");
    });
    TestServer server(service_);
    RawClient client = server.connect();
    ASSERT_TRUE(client.send(get(path)));
    ASSERT_TRUE(waiting.wait());
    reset ? client.reset() : client.close();
    ASSERT_TRUE(watch_->ended.wait());
    EXPECT_EQ(watch_->kind, OutcomeKind::cancelled_by_caller);
  }
}

TEST_F(ServerStreamTest, AHandlerMayOutliveItsConnection) {
  Gate waiting;
  std::optional<Callback<int>> callback;
  watched("/", [&](Context&) -> Task<Response> {
    const auto start = [&](Callback<int> done) { callback.emplace(std::move(done)); };
    auto answer = from_callback<int>(start);
    waiting.open();
    const int value = co_await answer;
    co_return text(std::to_string(value));
  });
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(kGet));
  ASSERT_TRUE(waiting.wait());
  client.close();
  EXPECT_EQ(server.connect().ask(get("/none")).status, 404);
  while (server->stats().running != 1) std::this_thread::yield();  // not 0: it goes on
  (*callback)(7);
  ASSERT_TRUE(watch_->ended.wait());
  EXPECT_EQ(watch_->kind, OutcomeKind::cancelled_by_caller);
}

TEST_F(ServerStreamTest, ATimeoutIsAnsweredAndTheConnectionGoesOn) {
  ChainCounters counters;
  service_.add(
      "/slow",
      [](Context& ctx) -> Task<Response> {
        co_await ctx.sleep(1h);
        co_return text("never");
      },
      {}, {AnyLayer(std::make_shared<Limit>())}, ChainSettings{.counters = &counters});
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/slow") + get("/slow") + get("/none")));
  EXPECT_EQ(client.read().status, 504);
  EXPECT_EQ(client.read().status, 504);
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(counters.timeouts, 2U);
}

TEST_F(ServerStreamTest, SlowHeadsAndBodiesAreRefusedAndIdleConnectionsClosed) {
  service_.add("/echo", [](Context& ctx) { return text(ctx.request().body); });
  ServerOptions options = test_options();
  options.limits.header_time = options.limits.body_time = options.limits.idle_time = 30ms;
  TestServer server(service_, options);
  RawClient head = server.connect();
  RawClient body = server.connect();
  RawClient silent = server.connect();
  RawClient idle = server.connect();
  ASSERT_TRUE(head.send("GET / HT"));
  ASSERT_TRUE(body.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nabc"));
  EXPECT_EQ(idle.ask(get("/none")).status, 404);
  EXPECT_EQ(head.read().status, 408);
  EXPECT_TRUE(head.ends());
  EXPECT_EQ(body.read().status, 408);
  EXPECT_TRUE(body.ends());
  EXPECT_TRUE(silent.ends());
  EXPECT_TRUE(idle.ends());
  EXPECT_EQ(server->stats().timed_out, 2U);
}

TEST_F(ServerStreamTest, ABodyMustComeFastEnoughOnTheWhole) {
  service_.add("/echo", [](Context& ctx) { return text(ctx.request().body); });
  ServerOptions options = test_options();
  options.limits.body_time = 50ms;
  options.limits.body_rate = 1'000'000;
  TestServer server(service_, options);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n"));
  while (!client.readable()) ASSERT_TRUE(client.send("x"));
  EXPECT_EQ(client.read().status, 408);
}

TEST_F(ServerStreamTest, AClientThatTakesNothingIsCut) {
  watched("/", [](Context&) { return binary("text/plain", std::string(20'000'000, 'x')); });
  ServerOptions options = test_options();
  options.limits.write_time = 30ms;
  TestServer server(service_, options);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(kGet));
  ASSERT_TRUE(watch_->ended.wait());
  EXPECT_EQ(watch_->kind, OutcomeKind::cancelled_by_caller);
  client.read();
  EXPECT_FALSE(client.complete());
}

}  // namespace
}  // namespace lift
