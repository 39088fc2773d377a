// The client's connections: shared, waited for, used again, given up.
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

/// Reads heads and never answers.
void stall(Peer& peer) { peer.ends(); }

TEST(HttpClientPool, RequestsBeyondTheConnectionsStandInLine) {
  HttpClientOptions options;
  options.connections_per_host = 2;
  options.queue_per_host = 3;
  test::TestService service;
  service.add("/slow", [](Context&) -> Task<Response> {
    co_await sleep(20ms);
    co_return text("slow");
  });
  test::TestServer server(service);
  TestClient client(options);
  const std::string url = "http://" + server->addresses().front().to_string() + "/slow";
  std::vector<std::string> codes;
  const auto all = client.thread().run_sync([&]() -> Task<void> {
    std::vector<ClientRequest> requests;
    for (int i = 0; i < 6; ++i) requests.push_back(TestClient::request("GET", url));
    std::vector<Task<Result<ClientResponse>>> tasks;
    for (ClientRequest& request : requests) tasks.push_back((*client).send(request));
    EXPECT_EQ(client.stats().waiting, 3U);
    EXPECT_EQ(client.stats().running, 5U);  // the sixth was refused at once
    for (Task<Result<ClientResponse>>& task : tasks) {
      const Result<ClientResponse> answer = co_await task;
      codes.push_back(answer ? answer->body : answer.error().code);
    }
  });
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(codes, (std::vector<std::string>{"slow", "slow", "slow", "slow", "slow", "busy"}));
  EXPECT_EQ(server->stats().accepted, 2U);
  const HttpClientStats stats = client.stats();
  EXPECT_EQ(stats.connected, 2U);
  EXPECT_EQ(stats.queued, 3U);
  EXPECT_EQ(stats.waiting, 0U);
  EXPECT_EQ(stats.running, 0U);
  EXPECT_EQ(stats.idle, 2U);
}

TEST(HttpClientPool, WaitingInLineHasItsTime) {
  HttpClientOptions options;
  options.connections_per_host = 1;
  options.queue_timeout = 20ms;
  ScriptedServer server(&stall);
  TestClient client(options);
  const auto code = client.thread().run_sync([&]() -> Task<std::string> {
    ClientRequest first = TestClient::request("GET", server.url());
    ClientRequest second = TestClient::request("GET", server.url());
    const Task<Result<ClientResponse>> stalled = (*client).send(first);
    Task<Result<ClientResponse>> waiting = (*client).send(second);
    const Result<ClientResponse> answer = co_await waiting;
    co_return answer.error().code;
  });
  EXPECT_EQ(*code, "busy");
  EXPECT_EQ(client.stats().waiting, 0U);
}

TEST(HttpClientPool, ADroppedWaiterLeavesTheLineAndTheNextIsServed) {
  HttpClientOptions options;
  options.connections_per_host = 1;
  ScriptedServer server([](Peer& peer) {
    while (peer.answer(kHello)) {
    }
  });
  TestClient client(options);
  const auto done = client.thread().run_sync([&]() -> Task<void> {
    ClientRequest request = TestClient::request("GET", server.url());
    Task<Result<ClientResponse>> first = (*client).send(request);
    Task<Result<ClientResponse>> dropped = (*client).send(request);
    Task<Result<ClientResponse>> granted = (*client).send(request);
    Task<Result<ClientResponse>> last = (*client).send(request);
    dropped.drop();
    const Result<ClientResponse> one = co_await first;
    EXPECT_TRUE(one.has_value());
    granted.drop();  // it was just given the connection, and has not seen it yet
    const Result<ClientResponse> two = co_await last;
    EXPECT_TRUE(two.has_value());
  });
  ASSERT_TRUE(done.has_value());
  const HttpClientStats stats = client.stats();
  EXPECT_EQ(stats.cancelled, 2U);
  EXPECT_EQ(stats.connected, 1U);
  EXPECT_EQ(stats.idle, 1U);
}

TEST(HttpClientPool, IdleConnectionsEndInTheirTime) {
  HttpClientOptions options;
  options.idle_time = 20ms;
  Gate ended;
  ScriptedServer server([&](Peer& peer) {
    peer.answer(kHello);
    if (peer.ends()) ended.open();
  });
  TestClient client(options);
  EXPECT_EQ(client.code(server.url()), "");
  EXPECT_TRUE(ended.wait());
  const auto idle = client.thread().run_sync([&] { return client.stats().idle; });
  EXPECT_EQ(*idle, 0U);
}

TEST(HttpClientPool, AnIdleConnectionThatThePeerEndsIsForgotten) {
  Gate go_on;
  ScriptedServer server([&](Peer& peer) {
    peer.answer(kHello);
    if (peer.head().empty()) return;  // the second request came on this connection: it is ended
  });
  TestClient client;
  for (int i = 0; i < 3; ++i) {
    // Each connection is closed by the peer as it reads the second request.
    EXPECT_EQ(client.code(server.url()), "");
  }
  EXPECT_EQ(client.stats().repeated, 2U);
  EXPECT_EQ(server.accepted(), 3);
}

TEST(HttpClientPool, ARequestThatAUsedConnectionLosesIsRepeatedOnlyIfThatIsSafe) {
  struct Row {
    std::string_view method;
    bool repeated;
  };
  for (const auto& [method, repeated] : std::vector<Row>{{"GET", true},
                                                         {"PUT", true},
                                                         {"DELETE", true},
                                                         {"OPTIONS", true},
                                                         {"POST", false},
                                                         {"PATCH", false},
                                                         {"get", false}}) {
    ScriptedServer server([&](Peer& peer) {
      peer.answer(kHello);
      peer.head();
    });
    TestClient client;
    EXPECT_EQ(client.code(server.url()), "");
    ClientRequest request = TestClient::request(method, server.url());
    EXPECT_EQ(client.code(request), repeated ? "" : "connection_lost") << method;
    EXPECT_EQ(client.stats().repeated, repeated ? 1U : 0U) << method;
  }
}

TEST(HttpClientPool, AResponseBegunIsNeverRepeated) {
  ScriptedServer server([&](Peer& peer) {
    peer.answer(kHello);
    peer.answer("HTTP/1.1 200");
  });
  TestClient client;
  EXPECT_EQ(client.code(server.url()), "");
  EXPECT_EQ(client.code(server.url()), "connection_lost");
  EXPECT_EQ(client.stats().repeated, 0U);
}

TEST(HttpClientPool, HostsAreLimitedAndIdleOnesMakeRoom) {
  HttpClientOptions options;
  options.hosts = 2;
  const auto hello = [](Peer& peer) {
    while (peer.answer(kHello)) {
    }
  };
  ScriptedServer one(hello);
  ScriptedServer two(hello);
  ScriptedServer three(hello);
  ScriptedServer stalls(&stall);
  ScriptedServer stalls_too(&stall);
  TestClient client(options);
  for (const ScriptedServer* server : {&one, &two, &three, &one}) {
    EXPECT_EQ(client.code(server->url()), "");
    EXPECT_LE(client.stats().idle, 2U);
  }
  EXPECT_EQ(client.stats().connected, 4U);
  const auto code = client.thread().run_sync([&]() -> Task<std::string> {
    ClientRequest first = TestClient::request("GET", stalls.url());
    ClientRequest second = TestClient::request("GET", stalls_too.url());
    ClientRequest third = TestClient::request("GET", one.url());
    const Task<Result<ClientResponse>> busy = (*client).send(first);
    const Task<Result<ClientResponse>> busy_too = (*client).send(second);
    Task<Result<ClientResponse>> refused = (*client).send(third);
    const Result<ClientResponse> answer = co_await refused;
    co_return answer.error().code;
  });
  EXPECT_EQ(*code, "busy");
}

// --- giving up

TEST(HttpClientCancel, ADroppedTaskEndsItsConnectionAtEveryStage) {
  const FullServer full;
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_TRUE(peer.ends());
  });
  TestClient client;
  ClientRequest upload = TestClient::request("PUT", server.url());
  upload.producer = [](BodySink& out) -> Task<void> {
    while (true) {
      co_await out.write("some");
      co_await sleep(1ms);
    }
  };
  ClientRequest connecting = TestClient::request("GET", full.url());
  ClientRequest looking_up = TestClient::request("GET", "http://localhost:1/");
  ClientRequest reading = TestClient::request("GET", server.url());
  for (ClientRequest* request : {&connecting, &looking_up, &reading, &upload}) {
    for (const auto after : {0ms, 1ms, 20ms}) {
      const auto done = client.thread().run_sync([&]() -> Task<void> {
        Task<Result<ClientResponse>> sending = (*client).send(*request);
        if (after > 0ms) co_await sleep(after);
        sending.drop();
        EXPECT_EQ(client.stats().connections, 0U);
        EXPECT_EQ(client.stats().running, 0U);
      });
      ASSERT_TRUE(done.has_value());
    }
  }
}

TEST(HttpClientCancel, AClientMayGoBeforeItsRequests) {
  Gate asked;
  ScriptedServer server([&](Peer& peer) {
    peer.head();
    asked.open();
    peer.send(kHello);
    EXPECT_TRUE(peer.ends());
  });
  LoopThread thread("client");
  ASSERT_TRUE(thread.start().has_value());
  const auto body = thread.run_sync([&]() -> Task<std::string> {
    auto client = std::make_unique<HttpClient>(thread.loop());
    ClientRequest request = TestClient::request("GET", server.url());
    Task<Result<ClientResponse>> sending = client->send(request);
    client.reset();
    const Result<ClientResponse> answer = co_await sending;
    co_return answer->body;
  });
  EXPECT_EQ(*body, "hello");
}

TEST(HttpClientCancel, ALoopMayStopWhileRequestsRun) {
  Gate asked;
  ScriptedServer server([&](Peer& peer) {
    peer.head();
    asked.open();
    EXPECT_TRUE(peer.ends());
  });
  LoopThread thread("client");
  ASSERT_TRUE(thread.start().has_value());
  HttpClient client(thread.loop());
  ClientRequest request = TestClient::request("GET", server.url());
  const auto run = [&]() -> Task<void> {
    const Result<ClientResponse> answer = co_await client.send(request);
    ADD_FAILURE() << "it was dropped";
  };
  ASSERT_TRUE(thread.post([&] { EXPECT_TRUE(thread.scope().spawn(run())); }));
  EXPECT_TRUE(asked.wait());
  thread.stop();
  EXPECT_EQ(client.stats().cancelled, 1U);
  EXPECT_EQ(client.stats().connections, 0U);
}

}  // namespace
}  // namespace lift
