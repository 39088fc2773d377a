// The client over real sockets: what it sends, what it reads, which connections it keeps.
#include "lift/net/http_client.h"

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
using test::Peer;
using test::ScriptedServer;
using test::TestClient;
using testing::HasSubstr;

/// Answers every request of a connection alike.
ScriptedServer::Script always(std::string_view response) {
  return [response](Peer& peer) {
    while (peer.answer(response)) {
    }
  };
}

TEST(HttpClient, SendsARequestAndReadsItsResponse) {
  std::string head;
  std::string body;
  ScriptedServer server([&](Peer& peer) {
    head = peer.head();
    body = peer.take(3);
    peer.send(
        "HTTP/1.1 201 Created\r\nX-One: 1\r\nx-two: a\r\nX-Two:  b \r\nContent-Length: 2\r\n"
        "\r\nok");
    peer.ends();
  });
  TestClient client;
  ClientRequest request = TestClient::request("POST", server.url("/a?b=c"));
  request.headers.add("X-Mine", "yes");
  request.headers.add("Host", "elsewhere");
  request.headers.add("content-length", "77");
  request.headers.add("Connection", "close");
  request.body = "abc";
  const Result<ClientResponse> answer = client.send(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->headers.value("x-one"), "1");
  EXPECT_EQ(answer->headers.count("x-two"), 2U);
  EXPECT_FALSE(answer->reused_connection);
  EXPECT_EQ(head, "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: lift\r\nX-Mine: yes\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(body, "abc");
}

TEST(HttpClient, ReadsEveryFraming) {
  struct Row {
    std::string_view method;
    std::string_view response;
    int status;
    std::string_view body;
    bool kept;
  };
  for (const Row& row : std::vector<Row>{
           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
           {"GET", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", 200, "", true},
           {"GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            200, "hello", true},
           {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", true},
           {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", true},
           {"GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
           {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", true},
           {"GET",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
            404, "none", true},
           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200,
            "hello", true},
           {"GET", "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", 302, "",
            true},
           {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", 200,
            "hi", true},
           {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false},
           {"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", 200, "hi",
            false},
           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", 200, "hi", false},
           {"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", 204, "", false},
       }) {
    ScriptedServer server(always(row.response));
    TestClient client;
    ClientRequest request = TestClient::request(row.method, server.url());
    for (const bool second : {false, true}) {
      const Result<ClientResponse> answer = client.send(request);
      ASSERT_TRUE(answer.has_value()) << row.response << answer.error().message;
      EXPECT_EQ(answer->status, row.status) << row.response;
      EXPECT_EQ(answer->body, row.body) << row.response;
      EXPECT_EQ(answer->reused_connection, second && row.kept) << row.response;
    }
    EXPECT_EQ(server.accepted(), row.kept ? 1 : 2) << row.response;
  }
}

TEST(HttpClient, ReadsABodyThatTheEndOfTheConnectionEnds) {
  const std::string body(100'000, 'x');
  ScriptedServer server([&](Peer& peer) { peer.answer("HTTP/1.1 200 OK\r\n\r\n" + body); });
  TestClient client;
  const Result<ClientResponse> answer = client.get(server.url());
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, body);
  EXPECT_EQ(client.stats().connections, 0U);
}

TEST(HttpClient, ReadsAResponseInSingleBytes) {
  ScriptedServer server([](Peer& peer) {
    peer.head();
    for (const char byte : std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "5\r\nhello\r\n0\r\n\r\n")) {
      peer.send({&byte, 1});
    }
    peer.ends();
  });
  TestClient client;
  EXPECT_EQ(client.get(server.url())->body, "hello");
}

TEST(HttpClient, ReadsALargeBody) {
  const std::string body(4 * 1024 * 1024, 'x');
  ScriptedServer server([&](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
    peer.ends();
  });
  TestClient client;
  EXPECT_EQ(client.get(server.url())->body, body);
}

TEST(HttpClient, RefusesWhatIsNoResponse) {
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"garbage\r\n\r\n", "the response's head does not begin as HTTP does"},
      {"\r\n", "the response is not well-formed HTTP/1.1"},
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "the response is not well-formed HTTP/1.1"},
      {"HTTP/2.0 200 OK\r\n\r\n", "the response's head is not HTTP/1.1 or HTTP/1.0"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "the response's head has no status"},
      {"HTTP/1.1 999 OK\r\n\r\n", "the response's head has a status that is not from 100 to 599"},
      {"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
       "the response's head has a line that is no header field"},
      {"HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", "the response's head has a bad header name"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "the response's head gives two lengths"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
       "the response's head has a bad Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "the response's head gives its length twice"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
       "the response's head has an unknown transfer coding"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "the response's head has chunks in HTTP/1.0"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       "the response's chunks are malformed"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
       "the peer changes protocol unasked"},
  };
  for (const auto& [response, message] : table) {
    ScriptedServer server([&](Peer& peer) {
      peer.answer(response);
      peer.ends();
    });
    TestClient client;
    const Result<ClientResponse> answer = client.get(server.url());
    ASSERT_FALSE(answer.has_value()) << response;
    EXPECT_EQ(answer.error().code, "bad_response") << response;
    EXPECT_EQ(answer.error().message, message) << response;
    EXPECT_EQ(client.stats().failures.bad_response, 1U);
    EXPECT_EQ(client.stats().connections, 0U) << response;
  }
}

TEST(HttpClient, EndsAPeerThatSendsInterimResponsesForEver) {
  ScriptedServer server([](Peer& peer) {
    peer.head();
    while (peer.send("HTTP/1.1 102 Processing\r\n\r\n")) {
    }
  });
  TestClient client;
  const Result<ClientResponse> answer = client.get(server.url());
  EXPECT_EQ(answer.error().code, "bad_response");
  EXPECT_EQ(answer.error().message, "the peer sends interim responses without end");
}

TEST(HttpClient, RefusesWhatIsTooLarge) {
  HttpClientOptions options;
  options.response_head = 1024;
  options.response_fields = 4;
  options.response_body = 10;
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5; ++i) many += "a: b\r\n";
  for (const std::string& response : {
           "HTTP/1.1 200 " + std::string(9000, 'x'),
           "HTTP/1.1 200 OK\r\nX: " + std::string(1100, 'x'),
           many,
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "9\r\n123456789\r\n2\r\nab\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
           std::string("HTTP/1.1 200 OK\r\n\r\n12345678901"),
       }) {
    ScriptedServer server([&](Peer& peer) {
      peer.answer(response);
      peer.ends();
    });
    TestClient client(options);
    EXPECT_EQ(client.code(server.url()), "too_large") << response.substr(0, 60);
  }
  ScriptedServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901"));
  TestClient client(options);
  ClientRequest request = TestClient::request("GET", server.url());
  request.response_limit = 11;
  EXPECT_EQ(client.code(request), "");
  request.response_limit = 0;
  EXPECT_EQ(client.code(request), "too_large");
}

TEST(HttpClient, ABodyCutOffIsALoss) {
  for (const std::string_view response : {
           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
           "HTTP/1.1 200 OK\r\nContent-Le",
           "",
       }) {
    for (const bool reset : {false, true}) {
      ScriptedServer server([&](Peer& peer) {
        peer.answer(response);
        if (reset) peer.reset();
      });
      TestClient client;
      EXPECT_EQ(client.code(server.url()), "connection_lost") << response;
      EXPECT_EQ(server.accepted(), 1);  // a fresh connection's loss is not tried again
    }
  }
}

TEST(HttpClient, RefusesARequestThatCannotBeSent) {
  TestClient client;
  const auto refused = [&](const ClientRequest& from) {
    ClientRequest request(from.method, from.url);
    return client.code(request);
  };
  const Url url = Url::parse("http://127.0.0.1:1/").value();
  EXPECT_EQ(refused(ClientRequest("", url)), "bad_request");
  EXPECT_EQ(refused(ClientRequest("GET /\r\n", url)), "bad_request");
  EXPECT_EQ(refused(ClientRequest("CONNECT", url)), "bad_request");
  Url split = url;
  split.target = "/ HTTP/1.1\r\nX: y";
  EXPECT_EQ(refused(ClientRequest("GET", split)), "bad_request");
  ClientRequest late("GET", url);
  late.deadline = Instant::min();
  EXPECT_EQ(client.code(late), "timeout");
  EXPECT_EQ(client.stats().connected, 0U);
}

TEST(HttpClient, SpeaksWithALiftServer) {
  test::TestService service;
  RouteOptions options;
  options.body_limit = 10'000'000;
  service.add("/echo", [](Context& ctx) { return text(ctx.request().body); }, options);
  service.add("/stream", [](Context&) {
    return stream("text/plain", [](BodySink& out) -> Task<void> {
      for (int i = 0; i < 100; ++i) co_await out.write("piece");
    });
  });
  test::TestServer server(service);
  TestClient client;
  const std::string base = "http://" + server->addresses().front().to_string();
  ClientRequest request = TestClient::request("POST", base + "/echo");
  for (const std::size_t size : {0UL, 1UL, 5'000UL, 1'000'000UL}) {
    request.body.assign(size, 'e');
    EXPECT_EQ(client.send(request)->body, request.body);
  }
  EXPECT_EQ(client.get(base + "/stream")->body.size(), 500U);
  EXPECT_EQ(client.get(base + "/none")->status, 404);
  EXPECT_EQ(server->stats().accepted, 1U);
  EXPECT_EQ(client.stats().reused, 5U);
  EXPECT_EQ(client.stats().idle, 1U);
}

// --- streamed request bodies

Task<void> write_pieces(BodySink& out, int count) {
  for (int i = 0; i < count; ++i) co_await out.write("piece");
}

TEST(HttpClient, StreamsABodyInChunksOrOfKnownLength) {
  test::TestService service;
  service.add("/echo", [](Context& ctx) { return text(ctx.request().body); });
  test::TestServer server(service);
  TestClient client;
  const std::string url = "http://" + server->addresses().front().to_string() + "/echo";
  for (const bool known : {false, true}) {
    ClientRequest request = TestClient::request("POST", url);
    request.producer = [](BodySink& out) { return write_pieces(out, 1000); };
    if (known) request.producer_length = 5000;
    const Result<ClientResponse> answer = client.send(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body.size(), 5000U);
  }
  EXPECT_EQ(server->stats().accepted, 1U);
}

TEST(HttpClient, AProducerOfTheWrongLengthIsAnError) {
  for (const int count : {1, 3}) {
    ScriptedServer server([](Peer& peer) { peer.ends(); });
    TestClient client;
    ClientRequest request = TestClient::request("PUT", server.url());
    request.producer = [count](BodySink& out) { return write_pieces(out, count); };
    request.producer_length = 10;
    const Result<ClientResponse> answer = client.send(request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, "bad_request");
    EXPECT_THAT(answer.error().message, HasSubstr("producer"));
    EXPECT_EQ(client.stats().connections, 0U);
  }
}

TEST(HttpClient, WhatAProducerThrowsIsThrownOn) {
  ScriptedServer server([](Peer& peer) { EXPECT_TRUE(peer.ends()); });
  TestClient client;
  ClientRequest request = TestClient::request("PUT", server.url());
  request.producer = [](BodySink& out) -> Task<void> {
    co_await out.write("some");
    co_await sleep(1ms);
    throw std::runtime_error("the source is dry");
  };
  EXPECT_THROW((void)client.send(request), std::runtime_error);
  EXPECT_EQ(client.stats().connections, 0U);
  EXPECT_EQ(client.stats().cancelled, 1U);
}

TEST(HttpClient, ReadsAnAnswerThatComesBeforeAllIsSent) {
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    peer.ends();
  });
  TestClient client;
  ClientRequest request = TestClient::request("POST", server.url());
  request.producer = [](BodySink& out) -> Task<void> {
    const std::string piece(64 * 1024, 'x');
    while (true) co_await out.write(piece);
  };
  const Result<ClientResponse> streamed = client.send(request);
  ASSERT_TRUE(streamed.has_value()) << streamed.error().message;
  EXPECT_EQ(streamed->status, 413);
  EXPECT_EQ(streamed->body, "big");
  EXPECT_EQ(client.stats().connections, 0U);
}

TEST(HttpClient, ReadsAnAnswerOfAPeerThatGoesWithoutReadingTheRest) {
  ScriptedServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    peer.close();
  });
  TestClient client;
  ClientRequest request = TestClient::request("POST", server.url());
  request.body.assign(64 * 1024 * 1024, 'x');
  for (int i = 0; i < 20; ++i) {
    const Result<ClientResponse> answer = client.send(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 413);
  }
}

}  // namespace
}  // namespace lift
