// The client over TLS: whom it believes, and what it says of whom it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lift/base/sleep.h"
#include "lift/net/tls_fixture_test.h"
#include "tests/support/test_client.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Identity;
using test::kHello;
using test::Peer;
using test::ScriptedServer;
using test::TestClient;
using test::TlsPeer;
using test::TlsServerSide;
using testing::HasSubstr;

class HttpClientTls : public testing::Test {
 protected:
  HttpClientTls() {
    options_.tls.ca_file = authority_.write_certificate((folder_ / "ca.pem").string());
    // A blocking peer of a test writes with the system's own calls.
    ::signal(SIGPIPE, SIG_IGN);
  }

  /// Answers with a greeting whoever completes the handshake.
  [[nodiscard]] static ScriptedServer::Script hello(const TlsServerSide& side) {
    return [side](Peer& peer) {
      TlsPeer tls(peer, side);
      while (tls.accepted() && tls.answer(kHello)) {
      }
    };
  }
  [[nodiscard]] static std::string url(const ScriptedServer& server,
                                       const std::string& host = "127.0.0.1") {
    return "https://" + host + ":" + std::to_string(server.port()) + "/";
  }
  /// Why a peer of that identity is not believed; "" if it is.
  std::string verdict(const Identity& identity, const std::string& host = "127.0.0.1") {
    ScriptedServer server(hello({.identity = &identity}));
    TestClient client(options_);
    const Result<ClientResponse> answer = client.get(url(server, host));
    if (answer) return answer->body == "hello" ? "" : "another body";
    EXPECT_EQ(answer.error().code, "tls_failed");
    EXPECT_EQ(client.stats().connections, 0U);
    EXPECT_EQ(client.stats().connected, 0U);
    return answer.error().message;
  }

  test::ScratchFolder folder_;
  Identity authority_;
  Identity good_{{}, &authority_};
  HttpClientOptions options_;
};

constexpr std::string_view kRefusal = "the peer's certificate is not accepted: ";

TEST_F(HttpClientTls, AGoodPeerIsBelievedByNameAndByAddress) {
  EXPECT_EQ(verdict(good_), "");
  EXPECT_EQ(verdict(good_, "localhost"), "");
}

TEST_F(HttpClientTls, WhomItDoesNotBelieveIsToldWhy) {
  const Identity other_name({.names = "DNS:example.com"}, &authority_);
  const Identity other_address({.names = "IP:127.0.0.2"}, &authority_);
  const Identity expired({.from = -7200, .until = -3600}, &authority_);
  const Identity early({.from = 3600, .until = 7200}, &authority_);
  const Identity stranger;
  const Identity unknown({}, &stranger);
  const std::string refusal = std::string(kRefusal);
  EXPECT_EQ(verdict(other_name, "localhost"), "localhost: " + refusal + "hostname mismatch");
  EXPECT_EQ(verdict(other_name), "127.0.0.1: " + refusal + "IP address mismatch");
  EXPECT_EQ(verdict(other_address), "127.0.0.1: " + refusal + "IP address mismatch");
  EXPECT_EQ(verdict(expired), "127.0.0.1: " + refusal + "certificate has expired");
  EXPECT_EQ(verdict(early), "127.0.0.1: " + refusal + "certificate is not yet valid");
  EXPECT_THAT(verdict(unknown), HasSubstr(refusal));
  EXPECT_THAT(verdict(stranger), HasSubstr(refusal + "self-signed certificate"));
}

TEST_F(HttpClientTls, TheSystemsTrustStoreDoesNotKnowTheTestsAuthority) {
  options_.tls.ca_file.clear();
  EXPECT_EQ(verdict(good_),
            "127.0.0.1: " + std::string(kRefusal) + "unable to get local issuer certificate");
}

TEST_F(HttpClientTls, WithoutVerificationAnybodyIsBelieved) {
  options_.tls.verify = false;
  const Identity stranger;
  EXPECT_EQ(verdict(stranger), "");
}

TEST_F(HttpClientTls, FilesThatCannotBeReadAreNamed) {
  const Identity mine({}, &authority_);
  const std::string missing = (folder_ / "missing.pem").string();
  const std::string certificate = mine.write_certificate((folder_ / "mine.pem").string());
  const std::string key = good_.write_key((folder_ / "another.key").string());
  options_.tls.ca_file = missing;
  EXPECT_THAT(verdict(good_), HasSubstr("cannot use ca_file " + missing + ": "));
  options_.tls.ca_file = authority_.write_certificate((folder_ / "ca.pem").string());
  options_.tls.certificate_file = missing;
  options_.tls.key_file = key;
  EXPECT_THAT(verdict(good_), HasSubstr("cannot use certificate_file " + missing + ": "));
  options_.tls.certificate_file = certificate;
  EXPECT_THAT(verdict(good_), HasSubstr("cannot use key_file " + key + ": key values mismatch"));
}

TEST_F(HttpClientTls, OldVersionsAreRefused) {
  for (const auto& [version, min, spoken] : std::vector<std::tuple<int, TlsVersion, bool>>{
           {TLS1_1_VERSION, TlsVersion::tls_1_2, false},
           {TLS1_2_VERSION, TlsVersion::tls_1_2, true},
           {TLS1_2_VERSION, TlsVersion::tls_1_3, false},
           {TLS1_3_VERSION, TlsVersion::tls_1_3, true}}) {
    options_.tls.min_version = min;
    ScriptedServer server(hello({.identity = &good_, .version = version}));
    TestClient client(options_);
    EXPECT_EQ(client.code(url(server)), spoken ? "" : "tls_failed") << version;
  }
}

TEST_F(HttpClientTls, APeerThatSpeaksNoTlsIsAnError) {
  ScriptedServer plain([](Peer& peer) {
    peer.take(5);
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  TestClient client(options_);
  const Result<ClientResponse> spoken = client.get(url(plain));
  ASSERT_FALSE(spoken.has_value());
  EXPECT_EQ(spoken.error().code, "tls_failed");
  EXPECT_EQ(spoken.error().message, "127.0.0.1: wrong version number");
  ScriptedServer gone([](Peer& peer) { peer.take(5); });
  const Result<ClientResponse> ended = client.get(url(gone));
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, "tls_failed");
  EXPECT_EQ(ended.error().message, "127.0.0.1: the peer ended the connection without a word");
}

TEST_F(HttpClientTls, AHandshakeThatStallsTimesOut) {
  options_.connect_timeout = 100ms;
  ScriptedServer silent([](Peer& peer) { peer.ends(); });
  TestClient client(options_);
  EXPECT_EQ(client.code(url(silent)), "connect_timeout");
  EXPECT_EQ(client.stats().connections, 0U);
}

TEST_F(HttpClientTls, NamesArePassedOnAndAddressesAreNot) {
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    std::string sni;
    std::string offered;
    ScriptedServer server([&](Peer& peer) {
      TlsPeer tls(peer, {.identity = &good_});
      sni = tls.sni();
      offered = tls.offered();
      tls.answer(kHello);
      tls.head();
    });
    TestClient client(options_);
    EXPECT_EQ(client.code(url(server, host)), "");
    EXPECT_EQ(sni, host == "localhost" ? host : "");
    EXPECT_EQ(offered, "\x08http/1.1");
  }
}

TEST_F(HttpClientTls, AConnectionIsUsedAgainAndEndedInOrder) {
  test::TlsServerSide side{.identity = &good_};
  std::atomic<bool> in_order{false};
  ScriptedServer server([&](Peer& peer) {
    TlsPeer tls(peer, side);
    while (tls.answer(kHello)) {
    }
    in_order = tls.ended_in_order();
    peer.close();
  });
  {
    TestClient client(options_);
    for (const bool reused : {false, true, true}) {
      const Result<ClientResponse> answer = client.get(url(server));
      ASSERT_TRUE(answer.has_value()) << answer.error().message;
      EXPECT_EQ(answer->reused_connection, reused);
      ASSERT_TRUE(answer->certificate_ends);
      const auto left = *answer->certificate_ends - std::chrono::system_clock::now();
      EXPECT_LE(left, 1h);
      EXPECT_GE(left, 50min);
    }
  }
  while (!in_order) ::poll(nullptr, 0, 1);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(HttpClientTls, LargeBodiesPassBothWays) {
  std::string received;
  const std::string large(3'000'000, 'y');
  ScriptedServer server([&](Peer& peer) {
    TlsPeer tls(peer, {.identity = &good_});
    tls.head();
    received = tls.take(large.size());
    tls.send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + large);
    tls.head();
  });
  TestClient client(options_);
  ClientRequest request = TestClient::request("POST", url(server));
  request.body = large;
  const Result<ClientResponse> answer = client.send(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, large);
  EXPECT_EQ(received, large);
}

TEST_F(HttpClientTls, ABodyThatTheEndDelimitsNeedsAnEndInOrder) {
  for (const bool in_order : {true, false}) {
    ScriptedServer server([&](Peer& peer) {
      TlsPeer tls(peer, {.identity = &good_});
      tls.answer("HTTP/1.1 200 OK\r\n\r\nall of it");
      if (in_order) tls.finish();
    });
    TestClient client(options_);
    const Result<ClientResponse> answer = client.get(url(server));
    EXPECT_EQ(answer ? answer->body : answer.error().code,
              in_order ? "all of it" : "connection_lost");
  }
}

TEST_F(HttpClientTls, TheClientMayComeWithACertificate) {
  const Identity mine({}, &authority_);
  const TlsServerSide side{.identity = &good_, .clients_of = &authority_};
  ScriptedServer server(hello(side));
  {
    TestClient nobody(options_);
    const Result<ClientResponse> refused = nobody.get(url(server));
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("certificate required"));
  }
  options_.tls.certificate_file = mine.write_certificate((folder_ / "mine.pem").string());
  options_.tls.key_file = mine.write_key((folder_ / "mine.key").string());
  TestClient somebody(options_);
  EXPECT_EQ(somebody.code(url(server)), "");
}

TEST_F(HttpClientTls, ADroppedTaskEndsItsConnectionAtEveryStage) {
  ScriptedServer server(hello({.identity = &good_}));
  TestClient client(options_);
  ClientRequest request = TestClient::request("GET", url(server));
  for (int micros = 0; micros < 4000; micros += 200) {
    const auto done = client.thread().run_sync([&]() -> Task<void> {
      Task<Result<ClientResponse>> sending = (*client).send(request);
      const Instant until =
          client.thread().loop().clock().now() + std::chrono::microseconds(micros);
      while (client.thread().loop().clock().now() < until) co_await sleep(0ms);
      sending.drop();
    });
    ASSERT_TRUE(done.has_value());
  }
  EXPECT_EQ(client.code(url(server)), "");
  EXPECT_EQ(client.stats().running, 0U);
}

}  // namespace
}  // namespace lift
