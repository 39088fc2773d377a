// The server over real sockets: what a well-behaved client sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lift/base/callback.h"
#include "lift/base/when.h"
#include "lift/testing/allocations.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::kGet;
using test::RawClient;
using test::RawResponse;
using test::test_options;
using test::TestServer;
using test::TestService;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    service_.add("/", [](Context&) { return text("hello"); });
    service_.add("/echo", [](Context& ctx) { return text(ctx.request().body); });
  }
  TestService service_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  TestServer server(service_);
  RawClient client = server.connect();
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.ask(kGet);
    EXPECT_THAT(response.head, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_EQ(response.header("content-length"), "5");
    EXPECT_EQ(response.header("connection"), "");
    EXPECT_EQ(response.body, "hello");
  }
  EXPECT_EQ(server->stats().requests, 3U);
  EXPECT_EQ(server->stats().accepted, 1U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  TestServer server(service_);
  RawClient client = server.connect();
  std::string all;
  for (int i = 0; i < 200; ++i) all += post("/echo", "body " + std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.read().body, "body " + std::to_string(i));
}

TEST_F(ServerTest, ReadsABodyOfAnySizeInAnyPieces) {
  RouteOptions options;
  options.body_limit = 10'000'000;
  service_.add("/big", [](Context& ctx) { return text(ctx.request().body); }, options);
  TestServer server(service_);
  RawClient client = server.connect();
  for (const std::size_t size : {0UL, 1UL, 8'000UL, 8'192UL, 65'536UL, 300'000UL}) {
    std::string body;
    for (std::size_t i = 0; i < size; ++i) body += static_cast<char>('a' + i % 26);
    EXPECT_EQ(client.ask(post("/big", body)).body, body) << size;
  }
  for (const char byte : post("/big", "in single bytes")) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read().body, "in single bytes");
}

TEST_F(ServerTest, ReadsChunks) {
  TestServer server(service_);
  RawClient client = server.connect();
  const RawResponse response = client.ask(
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;note=x\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\n\r\n");
  EXPECT_EQ(response.body, "hello world");
  EXPECT_EQ(client.ask(kGet).body, "hello");
}

TEST_F(ServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n"));
  EXPECT_EQ(client.read(true).header("content-length"), "5");
  EXPECT_EQ(client.ask(kGet).body, "hello");
}

TEST_F(ServerTest, ContinuesOnlyAfterTheLayersHaveLetTheRequestIn) {
  TestServer server(service_);
  RawClient client = server.connect();
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n"
                  "Expect: 100-Continue\r\n\r\n"));
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("body").body, "body");
}

struct Refuses {
  static constexpr std::string_view kName = "refuses";
  Verdict enter(Context& ctx, NoSlot&) {
    return ctx.reject("never", text("refused").with_status(403));
  }
};

TEST_F(ServerTest, ARefusalCostsTheClientNoUpload) {
  service_.add("/refuse", [](Context&) { return text("never"); }, {},
               {AnyLayer(std::make_shared<Refuses>())});
  TestServer server(service_);
  RawClient client = server.connect();
  const RawResponse response = client.ask(
      "POST /refuse HTTP/1.1\r\nHost: test\r\nContent-Length: 4000000\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, ARefusalWithASmallBodyUnderWayKeepsTheConnection) {
  service_.add("/refuse", [](Context&) { return text("never"); }, {},
               {AnyLayer(std::make_shared<Refuses>())});
  TestServer server(service_);
  RawClient client = server.connect();
  const RawResponse response =
      client.ask("POST /refuse HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.header("connection"), "");
  EXPECT_EQ(client.ask("67890" + std::string(kGet)).body, "hello");
}

TEST_F(ServerTest, SpeaksHttp10) {
  service_.add("/stream", [](Context&) {
    return stream("text/plain",
                  [](BodySink& sink) -> Task<void> { co_await sink.write("to the end"); });
  });
  TestServer server(service_);
  RawClient once = server.connect();
  EXPECT_EQ(once.ask("GET / HTTP/1.0\r\n\r\n").header("connection"), "close");
  EXPECT_TRUE(once.ends());
  RawClient kept = server.connect();
  const std::string_view request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_EQ(kept.ask(request).header("connection"), "keep-alive");
  EXPECT_EQ(kept.ask(request).body, "hello");
  const RawResponse streamed = kept.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(streamed.header("connection"), "close");
  EXPECT_EQ(streamed.header("transfer-encoding"), "");
  EXPECT_EQ(streamed.body, "to the end");
}

TEST_F(ServerTest, DecidesAloneHowABodyIsFramed) {
  service_.add("/liar", [](Context&) {
    return text("hello")
        .with("content-length", "77")
        .with("transfer-encoding", "gzip")
        .with("connection", "upgrade")
        .with("keep-alive", "9")
        .with("date", "today")
        .with("x-kept", "yes");
  });
  service_.add("/empty", [](Context&) { return text("dropped").with_status(204); });
  service_.add("/early", [](Context&) { return text("x").with_status(103); });
  TestServer server(service_);
  RawClient client = server.connect();
  const RawResponse response = client.ask("GET /liar HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(response.body, "hello");
  EXPECT_THAT(response.head, Not(HasSubstr("gzip")));
  EXPECT_THAT(response.head, Not(HasSubstr("upgrade")));
  EXPECT_THAT(response.head, Not(HasSubstr("today")));
  EXPECT_THAT(response.head, HasSubstr("x-kept: yes\r\n"));
  const RawResponse empty = client.ask("GET /empty HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(empty.status, 204);
  EXPECT_EQ(empty.header("content-length"), "");
  EXPECT_EQ(client.ask("GET /early HTTP/1.1\r\nHost: test\r\n\r\n").status, 500);
}

TEST_F(ServerTest, ServesAUnixSocketOnEveryLoop) {
  const test::ScratchFolder folder;
  const std::string path = folder / "socket";
  ServerOptions options = test_options();
  options.loops = 2;
  options.listen = {ListenAddress{"", 0, path}, ListenAddress{}};
  {
    TestServer server(service_, options);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(server.connect(0).ask(kGet).body, "hello");
    EXPECT_EQ(server.connect(1).ask(kGet).body, "hello");
    Server second(options, service_);
    const auto started = second.start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, "address_in_use");
    EXPECT_THAT(started.error().message, HasSubstr(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, AFailedStartLeavesNothingBound) {
  TestServer server(service_);
  ServerOptions options = test_options();
  const test::ScratchFolder folder;
  const std::string path = folder / "socket";
  options.listen = {ListenAddress{"", 0, path}, server->addresses()[0]};
  Server second(options, service_);
  EXPECT_EQ(second.start().error().code, "address_in_use");
  EXPECT_TRUE(second.addresses().empty());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, ReplacesASocketFileThatNobodyListensOn) {
  const test::ScratchFolder folder;
  ServerOptions options = test_options();
  options.listen = {ListenAddress{"", 0, folder / "socket"}};
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  options.listen[0].unix_path.copy(un.sun_path, sizeof(un.sun_path) - 1);
  const int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&un), sizeof(un)), 0);
  ::close(stale);
  TestServer server(service_, options);
  EXPECT_EQ(server.connect().ask(kGet).body, "hello");
}

TEST_F(ServerTest, LeavesTheSocketOfItsSuccessorAlone) {
  const test::ScratchFolder folder;
  const std::string path = folder / "socket";
  ServerOptions options = test_options();
  options.listen = {ListenAddress{"", 0, path}};
  auto first = std::make_unique<TestServer>(service_, options);
  std::filesystem::remove(path);  // as the successor does once nobody listens there
  TestServer successor(service_, options);
  first.reset();
  EXPECT_EQ(successor.connect().ask(kGet).body, "hello");
}

TEST_F(ServerTest, NeverReplacesAFileThatIsNoSocket) {
  const test::ScratchFolder folder;
  const std::string path = folder / "precious";
  std::ofstream(path) << "data";
  ServerOptions options = test_options();
  options.listen = {ListenAddress{"", 0, path}};
  Server server(options, service_);
  EXPECT_EQ(server.start().error().code, "address_in_use");
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST_F(ServerTest, ATakenPortIsAnErrorThatNamesIt) {
  TestServer server(service_);
  ServerOptions options = test_options();
  options.listen = server->addresses();
  Server second(options, service_);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, "address_in_use");
  EXPECT_THAT(started.error().message, HasSubstr(options.listen[0].to_string()));
  EXPECT_THAT(started.error().message, HasSubstr("--port"));
}

TEST_F(ServerTest, ClosesAfterTheAllowedNumberOfRequests) {
  ServerOptions options = test_options();
  options.limits.requests_per_connection = 3;
  TestServer server(service_, options);
  RawClient client = server.connect();
  EXPECT_EQ(client.ask(kGet).header("connection"), "");
  EXPECT_EQ(client.ask(kGet).header("connection"), "");
  EXPECT_EQ(client.ask(kGet).header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, PausesAcceptingAtTheLimitAndGoesOnWhenThereIsRoom) {
  ServerOptions options = test_options();
  options.limits.connections_per_loop = 2;
  TestServer server(service_, options);
  RawClient first = server.connect();
  RawClient second = server.connect();
  EXPECT_EQ(first.ask(kGet).status, 200);
  EXPECT_EQ(second.ask(kGet).status, 200);
  RawClient third = server.connect();
  ASSERT_TRUE(third.send(kGet));
  EXPECT_EQ(first.ask(kGet).status, 200);
  EXPECT_FALSE(third.readable());
  EXPECT_EQ(server->stats().accepted, 2U);
  EXPECT_EQ(server->stats().accept_paused, 1U);
  first.close();
  EXPECT_EQ(third.read().status, 200);
}

TEST_F(ServerTest, AUsualRequestAllocatesNothingOnceWarm) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "allocations cannot be counted here";
  TestServer server(service_);
  RawClient client = server.connect();
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: test\r\nUser-Agent: a usual client/1.0\r\nAccept: */*\r\n"
      "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"amount\":1}";
  std::array<char, 512> answer;
  const auto ask = [&] {  // without a string, so that all that is counted is the server's
    ASSERT_EQ(::send(client.descriptor(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    ASSERT_GT(::recv(client.descriptor(), answer.data(), answer.size(), 0), 100);
  };
  for (int i = 0; i < 100; ++i) ask();
  const AllocationCounter counter(AllocationCounter::Of::process);
  for (int i = 0; i < 1000; ++i) ask();
  EXPECT_EQ(counter.count(), 0U);
}

}  // namespace
}  // namespace lift
