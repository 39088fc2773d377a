// The HTTP check of a service whose certificate is about to end.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <string>

#include "lift/app/app.h"
#include "lift/app/http_check.h"
#include "lift/health/health.h"
#include "lift/net/tls_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class HealthTls : public testing::Test {
 protected:
  HealthTls() {
    tls_.ca_file = authority_.write_certificate((folder_ / "ca.pem").string());
    ::signal(SIGPIPE, SIG_IGN);  // a blocking peer of a test writes with the system's own calls
  }
  /// What the check says of a peer that shows `identity`.
  CheckResult seen(const test::Identity& identity, Duration warning) {
    test::ScriptedServer server([&identity](test::Peer& peer) {
      test::TlsPeer tls(peer, {.identity = &identity});
      if (tls.accepted()) tls.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    HttpCheckOptions http;
    http.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    http.certificate_warning = warning;
    http.tls = tls_;
    App app(embedded_options());
    EXPECT_TRUE(
        app.health().add(*http_check({.name = "peer", .gates = HealthGate::startup}, http)));
    EXPECT_TRUE(app.start());
    for (int i = 0; i < 5000 && app.health().share()->checks.front()->runs == 0; ++i) {
      ::poll(nullptr, 0, 2);
    }
    return app.health().share()->checks.front()->last;
  }

  test::ScratchFolder folder_;
  test::Identity authority_;
  test::Identity an_hour_{{}, &authority_};
  TlsOptions tls_;
};

TEST_F(HealthTls, ACertificateThatEndsSoonIsAWarning) {
  const CheckResult soon = seen(an_hour_, 24h);
  EXPECT_EQ(soon.status, HealthStatus::warn);
  EXPECT_EQ(soon.code, "certificate_expires");
  EXPECT_NEAR(soon.observed.value_or(0), 1.0 / 24, 0.01);
  EXPECT_EQ(soon.unit, "d");
  EXPECT_EQ(seen(an_hour_, 30min).status, HealthStatus::pass);
  EXPECT_EQ(seen(an_hour_, 0h).status, HealthStatus::pass);
}

TEST_F(HealthTls, OneThatHasEndedOrIsNobodysIsAFailure) {
  const test::Identity ended({.from = -7200, .until = -3600}, &authority_);
  EXPECT_EQ(seen(ended, 24h).code, "tls_failed");
  const test::Identity stranger;
  const test::Identity unknown({}, &stranger);
  EXPECT_EQ(seen(unknown, 24h).code, "tls_failed");
}

}  // namespace
}  // namespace lift
