// The client where something takes too long, or a name or an address leads nowhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/base/sleep.h"
#include "lift/base/when.h"
#include "tests/support/scripted_server.h"
#include "tests/support/test_client.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::FullServer;
using test::Gate;
using test::kHello;
using test::Peer;
using test::ScriptedServer;
using test::TestClient;
using testing::HasSubstr;

/// Reads heads and never answers.
void stall(Peer& peer) { peer.ends(); }

// --- time

TEST(HttpClientTimes, APeerThatSendsNothingTimesOut) {
  HttpClientOptions options;
  options.read_timeout = 30ms;
  for (const std::string_view begun :
       {"", "HTTP/1.1 200 OK\r\nX", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        "HTTP/1.1 200 OK\r\n\r\nhe"}) {
    ScriptedServer server([&](Peer& peer) {
      peer.answer(begun);
      peer.ends();
    });
    TestClient client(options);
    const Result<ClientResponse> answer = client.get(server.url());
    ASSERT_FALSE(answer.has_value()) << begun;
    EXPECT_EQ(answer.error().code, "timeout") << begun;
    EXPECT_EQ(answer.error().message, "the peer sent nothing for too long");
    EXPECT_EQ(client.stats().connections, 0U);
  }
}

TEST(HttpClientTimes, EveryByteGivesAPeerNewTime) {
  HttpClientOptions options;
  options.read_timeout = 500ms;
  ScriptedServer server([](Peer& peer) {
    peer.head();
    for (const char byte : test::kHello) {
      peer.send({&byte, 1});
      ::poll(nullptr, 0, 20);
    }
    peer.ends();
  });
  TestClient client(options);
  EXPECT_EQ(client.code(server.url()), "");
}

TEST(HttpClientTimes, TheDeadlineEndsARequestThatTrickles) {
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer.send("x")) ::poll(nullptr, 0, 1);
  });
  TestClient client;
  ClientRequest request = TestClient::request("GET", server.url());
  request.deadline = client.thread().loop().clock().now() + 50ms;
  const Result<ClientResponse> answer = client.send(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, "timeout");
  EXPECT_EQ(answer.error().message, "the request's deadline has passed");
}

TEST(HttpClientTimes, APeerThatTakesNothingTimesOut) {
  HttpClientOptions options;
  options.write_timeout = 50ms;
  Gate done;
  ScriptedServer server([&](Peer&) { done.wait(); });
  TestClient client(options);
  ClientRequest request = TestClient::request("PUT", server.url());
  request.body.assign(64 * 1024 * 1024, 'x');
  EXPECT_EQ(client.code(request), "timeout");
  done.open();
}

TEST(HttpClientTimes, ASlowProducerIsNotASlowPeer) {
  HttpClientOptions options;
  options.read_timeout = 20ms;
  test::TestService service;
  service.add("/echo", [](Context& ctx) { return text(ctx.request().body); });
  test::TestServer server(service);
  TestClient client(options);
  ClientRequest request =
      TestClient::request("POST", "http://" + server->addresses().front().to_string() + "/echo");
  request.producer = [](BodySink& out) -> Task<void> {
    co_await sleep(60ms);
    co_await out.write("late");
  };
  EXPECT_EQ(client.send(request)->body, "late");
}

TEST(HttpClientTimes, APeerThatDoesNotTakeTheConnectionTimesOut) {
  HttpClientOptions options;
  options.connect_timeout = 50ms;
  const FullServer server;
  TestClient client(options);
  EXPECT_EQ(client.code(server.url()), "connect_timeout");
  ClientRequest request = TestClient::request("GET", server.url());
  request.deadline = client.thread().loop().clock().now() + 10ms;
  EXPECT_EQ(client.code(request), "timeout");
  EXPECT_EQ(client.stats().connections, 0U);
}

// --- names and addresses

TEST(HttpClientNames, APeerThatRefusesIsNamed) {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone(&stall);
    port = gone.port();
  }
  TestClient client;
  const Result<ClientResponse> answer = client.get("http://127.0.0.1:" + std::to_string(port));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, "connect_failed");
  EXPECT_EQ(answer.error().message, "127.0.0.1:" + std::to_string(port) + ": Connection refused");
  EXPECT_EQ(client.stats().failures.connect_failed, 1U);
}

TEST(HttpClientNames, AllAddressesOfANameAreTried) {
  // localhost is often ::1 first, where nobody listens.
  ScriptedServer server([](Peer& peer) {
    while (peer.answer(kHello)) {
    }
  });
  TestClient client;
  const std::string url = "http://localhost:" + std::to_string(server.port());
  EXPECT_EQ(client.get(url)->body, "hello");
  EXPECT_EQ(client.stats().lookups, 1U);
}

TEST(HttpClientNames, ANameIsAskedOnceInItsTime) {
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  TestClient client;
  const std::string url = "http://localhost:" + std::to_string(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.code(url), "");
  EXPECT_EQ(client.stats().lookups, 1U);
  EXPECT_EQ(client.stats().connected, 3U);
}

TEST(HttpClientNames, SeveralWhoAskForANameAtATimeAskOnce) {
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  TestClient client;
  const std::string url = "http://localhost:" + std::to_string(server.port());
  const auto both = client.thread().run_sync([&]() -> Task<int> {
    ClientRequest one = TestClient::request("GET", url);
    ClientRequest two = TestClient::request("GET", url);
    auto all = when_all((*client).send(one), (*client).send(two));
    const auto answers = co_await all;
    co_return std::get<0>(answers)->status + std::get<1>(answers)->status;
  });
  EXPECT_EQ(*both, 400);
  EXPECT_EQ(client.stats().lookups, 1U);
}

TEST(HttpClientNames, ANameThatIsNoneIsAnError) {
  TestClient client;
  const Result<ClientResponse> answer = client.get("http://nobody.invalid/");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, "resolve_failed");
  EXPECT_THAT(answer.error().message, HasSubstr("nobody.invalid: "));
  EXPECT_EQ(client.stats().connections, 0U);
}

}  // namespace
}  // namespace lift
