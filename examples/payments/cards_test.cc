// The demo and the card network over real sockets: what becomes of payments while that fails.
#include "cards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "demo_tokens.h"
#include "network.h"
#include "service.h"
#include "sqlite_store.h"
#include "tests/support/raw_client.h"

namespace payments {
namespace {

using card_network::Faults;
using card_network::Network;
using lift::test::RawClient;
using lift::test::RawResponse;
using testing::HasSubstr;

class CardsTest : public testing::Test {
 protected:
  CardsTest() {
    card_network::add_routes(network_app, network);
    EXPECT_TRUE(network_app.start());
    std::string name = (std::filesystem::temp_directory_path() / "payments-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    lift::AppOptions options = lift::embedded_options();
    tokens = add_demo_tokens(folder / "payments.db", options);
    app = std::make_unique<lift::App>(std::move(options));
    add_routes(*app, SqliteStore::open(folder / "payments.db", {}).value(),
               Cards::make(network_app.addresses().front(), app->telemetry()).value());
    EXPECT_TRUE(app->start());
    address =
        *lift::ListenAddress::parse(app->addresses().front().substr(std::string("http://").size()));
  }
  ~CardsTest() override {
    app.reset();
    network_app.stop();
    std::filesystem::remove_all(folder);
  }

  RawResponse pay(int amount, const std::string& key = "") const {
    const std::string body = "{\"amount\":" + std::to_string(amount) + ",\"currency\":\"EUR\"}";
    std::string request =
        "POST /payments HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + tokens.acme +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n";
    if (!key.empty()) request += "Idempotency-Key: " + key + "\r\n";
    return RawClient(address).ask(request + "\r\n" + body);
  }
  std::string listed() const {
    return RawClient(address)
        .ask("GET /payments HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + tokens.acme +
             "\r\n\r\n")
        .body;
  }

  std::shared_ptr<Network> network = std::make_shared<Network>(Faults{.latency_ms = 0});
  lift::App network_app{lift::embedded_options()};
  std::filesystem::path folder;
  DemoTokens tokens;
  std::unique_ptr<lift::App> app;
  lift::ListenAddress address;
};

TEST_F(CardsTest, APaymentIsMadeOnceItIsAuthorized) {
  EXPECT_EQ(pay(500).status, 201);
  EXPECT_EQ(network->made(), 1U);
  const RawResponse declined = pay(513);
  EXPECT_EQ(declined.status, 402);
  EXPECT_THAT(declined.body, HasSubstr("CARD_DECLINED"));
  EXPECT_THAT(listed(), Not(HasSubstr("\"amount\":513")));
}

/// Three in ten requests fail, and no payment does.
TEST_F(CardsTest, FailuresAreTriedAgainAndAuthorizeOnce) {
  network->fail_as({.latency_ms = 0, .errors = 15, .resets = 15});
  std::size_t paid = 0;
  for (int i = 0; i < 30; ++i) paid += pay(100, "order-" + std::to_string(i)).status == 201 ? 1 : 0;
  EXPECT_EQ(paid, 30U);
  EXPECT_EQ(network->made(), 30U);
}

TEST_F(CardsTest, WhileItIsDownItIsLeftAlone) {
  network->fail_as({.latency_ms = 0, .errors = 100});
  RawResponse last;
  for (int i = 0; i < 10 && last.status != 503; ++i) last = pay(200);
  EXPECT_EQ(last.status, 503);
  EXPECT_THAT(last.body, HasSubstr("CARD_NETWORK_AWAY"));
  EXPECT_EQ(last.header("retry-after"), "5");
  EXPECT_EQ(network->made(), 0U);
  EXPECT_EQ(listed(), "{\"payments\":[]}");
}

TEST_F(CardsTest, OneThatHangsIsNotWaitedForLong) {
  network->fail_as({.latency_ms = 0, .hangs = 100});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(pay(300).status, 502);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST(CardsOptions, AUrlThatIsNoneIsNamed) {
  lift::App app(lift::embedded_options());
  const auto made = Cards::make("ftp://x", app.telemetry());
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().message, HasSubstr("must begin with http"));
}

}  // namespace
}  // namespace payments
