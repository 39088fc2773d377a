// A proxy between real sockets: bodies both ways, and every way in which the service behind fails.
#include "lift/client/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/support/scripted_server.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

/// A server whose `/` and `/up` (streamed) go on to some endpoints. Ends before they do, so that
/// nobody waits for connections it keeps.
class Front {
 public:
  explicit Front(std::vector<std::string> endpoints, const ProxyOptions& options = {},
                 Duration patience = 5s) {
    ClientOptions wanted;
    wanted.name = "behind";
    wanted.upstream.endpoints = std::move(endpoints);
    wanted.attempt_timeout = patience;
    client_ = Client::make(wanted, telemetry_).value();
    const Handler handler = proxy(client_, options).value();
    service_.add("/", handler);
    service_.add("/up", handler, {.stream_request = true});
    server_ = std::make_unique<test::TestServer>(service_);
  }

  [[nodiscard]] test::RawClient connect() const { return server_->connect(); }
  [[nodiscard]] test::RawResponse ask(std::string_view request) const {
    test::RawClient client = connect();
    return client.ask(request);
  }
  [[nodiscard]] const Client& client() const { return *client_; }

 private:
  SystemClock clock_;
  Telemetry telemetry_{{}, clock_};
  std::shared_ptr<Client> client_;
  test::TestService service_;
  std::unique_ptr<test::TestServer> server_;
};

/// Answers each connection's requests one after another with `response`.
ScriptedServer::Script answering(std::string_view response) {
  return [response](Peer& peer) {
    while (peer.answer(response)) {
    }
  };
}

TEST(Proxy, HandsARequestOnAndItsAnswerBack) {
  std::string head;
  std::string body;
  ScriptedServer behind([&](Peer& peer) {
    head = peer.head();
    body = peer.take(5);
    peer.send("HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-Kind: new\r\n\r\nmade");
  });
  const Front front({behind.url("/v1")});
  const auto answer =
      front.ask("POST /?q=1 HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "made");
  EXPECT_EQ(answer.header("x-kind"), "new");
  EXPECT_EQ(answer.header("content-length"), "4");
  EXPECT_EQ(answer.header("via"), "1.1 lift");
  EXPECT_EQ(body, "hello");
  EXPECT_THAT(head, HasSubstr("POST /v1/?q=1 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("x-forwarded-for: 127.0.0.1\r\n"));
  EXPECT_THAT(head, HasSubstr("x-forwarded-host: shop\r\n"));
  EXPECT_THAT(head, HasSubstr("x-timeout-ms: "));
  EXPECT_THAT(head, HasSubstr("Content-Length: 5\r\n"));
}

TEST(Proxy, KeepsItsConnections) {
  ScriptedServer behind(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const Front front({behind.url()});
  test::RawClient client = front.connect();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ask(test::kGet).body, "ok");
  EXPECT_EQ(behind.accepted(), 1);
}

TEST(Proxy, StreamsALargeAnswerAsItComes) {
  std::atomic<int> seen{0};
  ScriptedServer behind([&](Peer& peer) {
    peer.head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    seen.wait(0);
    peer.send("3\r\ntwo\r\n0\r\n\r\n");
  });
  const Front front({behind.url()});
  test::RawClient client = front.connect();
  client.send(test::kGet);
  EXPECT_THAT(client.read_until("one\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  seen = 1;
  seen.notify_one();
  EXPECT_THAT(client.read_until("0\r\n\r\n"), HasSubstr("two"));
}

TEST(Proxy, TellsTheLengthOfALargeAnswer) {
  const std::string large(300'000, 'x');
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + large;
  ScriptedServer behind(answering(response));
  const Front front({behind.url()});
  const auto answer = front.ask(test::kGet);
  EXPECT_EQ(answer.header("content-length"), "300000");
  EXPECT_EQ(answer.body, large);
}

TEST(Proxy, StreamsARequestAsItArrives) {
  std::string got;
  ScriptedServer behind([&](Peer& peer) {
    peer.head();
    got = peer.take(6);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const Front front({behind.url()});
  test::RawClient client = front.connect();
  client.send("PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
  client.send("def");
  EXPECT_EQ(client.read().body, "ok");
  EXPECT_EQ(got, "abcdef");
}

TEST(Proxy, StreamsChunksOnAsChunks) {
  std::string got;
  ScriptedServer behind([&](Peer& peer) {
    got = peer.head();
    got += peer.take_until("0\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const Front front({behind.url()});
  EXPECT_EQ(front
                .ask("PUT /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n0\r\n\r\n")
                .body,
            "ok");
  EXPECT_THAT(got, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(got, HasSubstr("3\r\nabc\r\n0\r\n\r\n"));
}

TEST(Proxy, ARequestWithoutABodyIsNotGivenOne) {
  std::string head;
  ScriptedServer behind([&](Peer& peer) {
    head = peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const Front front({behind.url()});
  EXPECT_EQ(front.ask("GET /up HTTP/1.1\r\nHost: a\r\n\r\n").body, "ok");
  EXPECT_THAT(head, Not(HasSubstr("Transfer-Encoding")));
}

TEST(Proxy, HeadTellsTheLengthAndHasNoBody) {
  ScriptedServer behind(answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"));
  const Front front({behind.url()});
  test::RawClient client = front.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = client.read(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-length"), "1234");
  }
  EXPECT_EQ(behind.accepted(), 1);
}

TEST(Proxy, AnswersWithoutBodiesGoBackAsTheyAre) {
  for (const int status : {204, 304}) {
    const std::string response = "HTTP/1.1 " + std::to_string(status) + " X\r\nETag: \"1\"\r\n\r\n";
    ScriptedServer behind(answering(response));
    const Front front({behind.url()});
    const auto answer = front.ask(test::kGet);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("etag"), "\"1\"");
  }
}

TEST(Proxy, AnUpgradeIsRefused) {
  const Front front({"http://127.0.0.1:9"});
  const auto answer =
      front.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(answer.status, 501);
  EXPECT_THAT(answer.body, HasSubstr("UPGRADE_REFUSED"));
}

TEST(Proxy, SaysHowTheServiceBehindFailed) {
  const struct {
    std::string_view response;
    int status;
    std::string_view code;
  } cases[] = {
      {"", 502, "BAD_GATEWAY"},  // closes
      {"garbage\r\n\r\n", 502, "BAD_GATEWAY"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 502, "BAD_GATEWAY"},  // lies
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort", 502,
       "BAD_GATEWAY"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 502, "BAD_GATEWAY"},
  };
  for (const auto& c : cases) {
    ScriptedServer behind([&](Peer& peer) { peer.answer(c.response); });
    const Front front({behind.url()});
    const auto answer = front.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_EQ(answer.status, c.status) << c.response;
    EXPECT_THAT(answer.body, HasSubstr(std::string(c.code)));
    EXPECT_THAT(answer.body, Not(HasSubstr("127.0.0.1"))) << "nothing of the inside";
  }
}

TEST(Proxy, RefusedIsBadGatewayAndASilentOneTimesOut) {
  const Front refused({"http://127.0.0.1:1"});
  EXPECT_EQ(refused.ask(test::kGet).status, 502);
  ScriptedServer silent([](Peer& peer) { EXPECT_TRUE(peer.ends()); });
  const Front front({silent.url()}, {}, 50ms);
  const auto answer = front.ask(test::kGet);
  EXPECT_EQ(answer.status, 504);
  EXPECT_THAT(answer.body, HasSubstr("GATEWAY_TIMEOUT"));
}

TEST(Proxy, AServiceThatIsLeftAloneIsUnavailable) {
  const Front front({"http://127.0.0.1:1"});
  for (int i = 0; i < 10; ++i) static_cast<void>(front.ask(test::kGet));
  const auto answer = front.ask(test::kGet);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("CIRCUIT_BREAKER_OPEN"));
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST(Proxy, GoesToTheEndpointThatIsThere) {
  ScriptedServer behind(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const Front front({"http://127.0.0.1:1", behind.url()});
  test::RawClient client = front.connect();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").status, 200);
  }
}

TEST(Proxy, AnAnswerThatBreaksOffEndsTheConnection) {
  ScriptedServer behind([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  });
  const Front front({behind.url()});
  test::RawClient client = front.connect();
  client.send(test::kGet);
  EXPECT_THAT(client.read_until("one\r\n"), HasSubstr("200 OK"));
  EXPECT_EQ(client.read_until("0\r\n\r\n").find("0\r\n\r\n"), std::string::npos);
}

TEST(Proxy, AClientThatLeavesEndsTheCall) {
  std::atomic<int> ended{0};
  ScriptedServer behind([&](Peer& peer) {
    peer.head();
    ended = peer.ends() ? 1 : 2;
    ended.notify_one();
  });
  const Front front({behind.url()});
  {
    test::RawClient client = front.connect();
    client.send(test::kGet);
    while (front.client().upstream().under_way(0) == 0) ::poll(nullptr, 0, 1);
    client.reset();
  }
  ended.wait(0);
  EXPECT_EQ(ended, 1);
}

TEST(Proxy, AnAnswerThatIsTooLargeIsABadGateway) {
  ScriptedServer behind(answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"));
  const Front front({behind.url()}, {.response_limit = 9});
  EXPECT_EQ(front.ask(test::kGet).status, 502);
}

TEST(ProxyOptions, BadOnesAreNamed) {
  const struct {
    ProxyOptions options;
    std::string_view problem;
  } cases[] = {
      {{.strip_prefix = "ledger"}, R"(strip_prefix: value "ledger" must be empty or a path)"},
      {{.strip_prefix = "/ledger/"}, R"(strip_prefix: value "/ledger/" must)"},
      {{.via = ""}, R"(via: value "" must be 1 to 64)"},
      {{.via = "a b"}, R"(via: value "a b" must be)"},
      {{.response_limit = 0}, R"(response_limit: value "0" must be 1 byte to 1 TiB)"},
      {{}, R"(client: value "" must be a client)"},
  };
  for (const auto& c : cases) {
    const auto made = proxy(nullptr, c.options);
    ASSERT_FALSE(made.has_value());
    EXPECT_THAT(made.error().message, HasSubstr(std::string(c.problem)));
  }
}

}  // namespace
}  // namespace lift
