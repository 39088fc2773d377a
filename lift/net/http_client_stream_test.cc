// Responses whose body is read as it comes: pieces, the connection afterwards, ends half way.
#include <gtest/gtest.h>

#include <atomic>

#include "lift/net/http_client.h"
#include "tests/support/scripted_server.h"
#include "tests/support/test_client.h"

namespace lift {
namespace {

using test::kHello;
using test::Peer;
using test::ScriptedServer;
using test::TestClient;

/// An open response that a blocking test reads.
class Reading {
 public:
  Reading(TestClient& client, ClientRequest& request) : client_(client) {
    Result<std::unique_ptr<OpenResponse>> opened =
        *client_.thread().run_sync([&] { return (*client_).open(request); });
    if (opened) {
      response_ = std::move(*opened);
    } else {
      code_ = opened.error().code;
    }
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    static_cast<void>(client_.thread().run_sync([&] { response_.reset(); }));
  }

  [[nodiscard]] const OpenResponse& operator*() const { return *response_; }
  /// The next piece; "" at the end, "!<code>" for an error.
  std::string next() {
    const auto piece = *client_.thread().run_sync([&] { return response_->next(); });
    if (!piece) return "!" + piece.error().code;
    return std::string(piece->value_or(""));
  }
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  TestClient& client_;
  std::unique_ptr<OpenResponse> response_;
  std::string code_;
};

TEST(HttpClientStream, GivesPiecesAsTheyComeAndKeepsTheConnection) {
  std::atomic<int> may_send{0};
  ScriptedServer server([&](Peer& peer) {
    while (!peer.head().empty()) {
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
      may_send.wait(0);
      peer.send("3\r\ntwo\r\n0\r\n\r\n");
    }
  });
  TestClient client;
  ClientRequest request = TestClient::request("GET", server.url());
  for (const bool second : {false, true}) {
    may_send = 0;
    Reading reading(client, request);
    EXPECT_EQ((*reading).head.status, 200);
    EXPECT_EQ((*reading).head.reused_connection, second);
    EXPECT_FALSE((*reading).length.has_value());
    EXPECT_EQ(reading.next(), "one");
    EXPECT_EQ(client.stats().running, 1U);
    may_send = 1;
    may_send.notify_one();
    EXPECT_EQ(reading.next(), "two");
    EXPECT_EQ(reading.next(), "");
    EXPECT_EQ(reading.next(), "");
    EXPECT_EQ(client.stats().idle, 1U);
    EXPECT_EQ(client.stats().running, 1U) << "until the response is gone";
  }
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(client.stats().answered, 2U);
}

TEST(HttpClientStream, ABodyWithoutBytesHasEndedWithItsHead) {
  for (const std::string_view response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"}) {
    ScriptedServer server([&](Peer& peer) {
      while (peer.answer(response)) {
      }
    });
    TestClient client;
    ClientRequest request = TestClient::request("GET", server.url());
    const Reading reading(client, request);
    EXPECT_EQ((*reading).length, 0U);
    EXPECT_EQ(client.stats().idle, 1U) << "though nobody asked for the body";
  }
}

TEST(HttpClientStream, TellsTheLengthAndEndsWithTheConnectionWhereThereIsNone) {
  ScriptedServer known([](Peer& peer) { peer.answer(kHello); });
  ScriptedServer unknown([](Peer& peer) { peer.answer("HTTP/1.1 200 OK\r\n\r\nhello"); });
  TestClient client;
  ClientRequest first = TestClient::request("GET", known.url());
  Reading with_length(client, first);
  EXPECT_EQ((*with_length).length, 5U);
  EXPECT_EQ(with_length.next(), "hello");
  ClientRequest second = TestClient::request("GET", unknown.url());
  Reading without(client, second);
  EXPECT_FALSE((*without).length.has_value());
  EXPECT_EQ(without.next(), "hello");
  EXPECT_EQ(without.next(), "");
}

TEST(HttpClientStream, DroppedBeforeItsEndItEndsTheConnection) {
  std::atomic<bool> ended{false};
  ScriptedServer server([&](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    ended = peer.ends();
    ended.notify_one();
  });
  TestClient client;
  ClientRequest request = TestClient::request("GET", server.url());
  {
    Reading reading(client, request);
    EXPECT_EQ(reading.next(), "hello");
  }
  ended.wait(false);
  EXPECT_EQ(client.stats().connections, 0U);
  EXPECT_EQ(client.stats().cancelled, 1U);
}

TEST(HttpClientStream, TellsOfABodyThatIsCutBrokenOrTooLarge) {
  struct Row {
    std::string_view response;
    std::string_view error;
  };
  for (const Row& row : std::vector<Row>{
           {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "!connection_lost"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\nzz\r\n",
            "!bad_response"},
           {"HTTP/1.1 200 OK\r\n\r\n12345678901", "!too_large"},
       }) {
    ScriptedServer server([&](Peer& peer) { peer.answer(row.response); });
    TestClient client;
    ClientRequest request = TestClient::request("GET", server.url());
    request.response_limit = 10;
    Reading reading(client, request);
    std::string last = reading.next();
    if (last == "12345") last = reading.next();
    EXPECT_EQ(last, row.error) << row.response;
    EXPECT_EQ(client.stats().connections, 0U);
  }
}

TEST(HttpClientStream, AnAnnouncedBodyThatIsTooLargeIsKnownBeforeItIsRead) {
  ScriptedServer server([](Peer& peer) { peer.answer(kHello); });
  TestClient client;
  ClientRequest request = TestClient::request("GET", server.url());
  request.response_limit = 4;
  Reading reading(client, request);
  EXPECT_EQ((*reading).length, 5U);
  EXPECT_EQ(reading.next(), "!too_large");
}

TEST(HttpClientStream, StreamsBothWaysAtOnce) {
  ScriptedServer server([](Peer& peer) {
    peer.head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngo\r\n");
    peer.take_until("0\r\n\r\n");
    peer.send("4\r\ndone\r\n0\r\n\r\n");
  });
  TestClient client;
  ClientRequest request = TestClient::request("POST", server.url());
  request.producer = [](BodySink& out) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      Task<void> writing = out.write("piece");
      co_await writing;
    }
  };
  Reading reading(client, request);
  EXPECT_EQ(reading.next(), "go");
  EXPECT_EQ(reading.next(), "done");
  EXPECT_EQ(reading.next(), "");
}

TEST(HttpClientStream, RefusesAsSendDoes) {
  TestClient client;
  ClientRequest request = TestClient::request("CONNECT", "http://127.0.0.1:1/");
  EXPECT_EQ(Reading(client, request).code(), "bad_request");
  EXPECT_EQ(client.stats().failures.bad_request, 1U);
}

}  // namespace
}  // namespace lift
