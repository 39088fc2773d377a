// The demo over real sockets: what one tenant can see of another, and what a repeated request does.
#include "service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "demo_tokens.h"
#include "dynamo_fixture.h"
#include "sqlite_store.h"
#include "tests/support/raw_client.h"

namespace payments {
namespace {

using lift::test::RawClient;
using lift::test::RawResponse;
using namespace std::chrono_literals;

/// Over each of the stores.
class ServiceTest : public testing::TestWithParam<std::string> {
 protected:
  ServiceTest() {
    std::string name = (std::filesystem::temp_directory_path() / "payments-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    lift::AppOptions options = lift::embedded_options();
    tokens = add_demo_tokens(folder / "payments.db", options);
    app = std::make_unique<lift::App>(std::move(options));
    add_routes(*app, open(), Cards::make("", app->telemetry()).value());
    const auto started = app->start();
    EXPECT_TRUE(started) << started.error().message;
    address =
        *lift::ListenAddress::parse(app->addresses().front().substr(std::string("http://").size()));
  }
  ~ServiceTest() override {
    app.reset();
    std::filesystem::remove_all(folder);
  }

  std::shared_ptr<Store> open() {
    if (GetParam() == "sqlite") return SqliteStore::open(folder / "payments.db", {}).value();
    engine = std::make_unique<TestTable>();
    return engine->open();
  }
  RawResponse ask(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = "", const std::string& headers = "") const {
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: t\r\n" + headers;
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    if (!body.empty()) {
      request +=
          "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n";
    }
    return RawClient(address).ask(request + "\r\n" + body);
  }
  std::string create(const std::string& token) const {
    const RawResponse made =
        ask("POST", "/payments", token, R"({"amount": 1000, "currency": "EUR"})");
    EXPECT_EQ(made.status, 201) << made.body;
    return made.header("location");
  }

  std::filesystem::path folder;
  std::unique_ptr<TestTable> engine;
  DemoTokens tokens;
  std::unique_ptr<lift::App> app;
  lift::ListenAddress address;
};

TEST_P(ServiceTest, CreatesFindsListsAndRefunds) {
  const std::string location = create(tokens.acme);
  EXPECT_EQ(ask("GET", location, tokens.acme).status, 200);
  EXPECT_NE(ask("GET", "/payments", tokens.acme).body.find("\"amount\":1000"), std::string::npos);

  const RawResponse part = ask("POST", location + "/refunds", tokens.acme, R"({"amount": 300})");
  EXPECT_NE(part.body.find("\"status\":\"partially_refunded\""), std::string::npos) << part.body;
  const RawResponse too_much =
      ask("POST", location + "/refunds", tokens.acme, R"({"amount": 701})");
  EXPECT_EQ(too_much.status, 422);
  const RawResponse rest = ask("POST", location + "/refunds", tokens.acme, R"({"amount": 700})");
  EXPECT_NE(rest.body.find("\"status\":\"refunded\""), std::string::npos);
}

TEST_P(ServiceTest, NoTenantSeesAnothersPayments) {
  const std::string location = create(tokens.acme);
  const std::string id = location.substr(std::string("/payments/").size());
  const RawResponse by_id = ask("GET", location, tokens.globex);
  const RawResponse unknown = ask("GET", "/payments/no-such-id", tokens.globex);
  EXPECT_EQ(by_id.status, 404);
  EXPECT_EQ(by_id.body.find(id), std::string::npos) << "no error tells that it exists";
  EXPECT_EQ(by_id.body.size(), unknown.body.size()) << "nor does its form";
  EXPECT_EQ(ask("GET", "/payments", tokens.globex).body, R"({"payments":[]})");
  EXPECT_EQ(ask("POST", location + "/refunds", tokens.globex, R"({"amount": 1})").status, 404);
  EXPECT_EQ(ask("GET", location, tokens.globex, "", "X-Tenant-Id: acme\r\n").status, 404);

  create(tokens.acme);
  const std::string first = ask("GET", "/payments?limit=1", tokens.acme).body;
  const std::size_t at =
      first.find("\"next_cursor\":\"") + std::string("\"next_cursor\":\"").size();
  const std::string cursor = first.substr(at, first.find('"', at) - at);
  EXPECT_EQ(ask("GET", "/payments?limit=1&cursor=" + cursor, tokens.acme).status, 200);
  EXPECT_EQ(ask("GET", "/payments?limit=1&cursor=" + cursor, tokens.globex).status, 400)
      << "a cursor is its tenant's own";
}

TEST_P(ServiceTest, TheSameKeyOfTwoTenantsAreTwoKeys) {
  const std::string body = R"({"amount": 7, "currency": "USD"})";
  const RawResponse one = ask("POST", "/payments", tokens.acme, body, "Idempotency-Key: k\r\n");
  const RawResponse two = ask("POST", "/payments", tokens.globex, body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(one.status, 201);
  EXPECT_EQ(two.status, 201);
  EXPECT_NE(one.header("location"), two.header("location"));
  EXPECT_EQ(two.header("x-idempotent-replay"), "");
}

TEST_P(ServiceTest, ConcurrentRepeatsOfOneRequestRunOnce) {
  const std::string body = R"({"amount": 9, "currency": "GBP"})";
  std::vector<RawResponse> answers(16);
  std::vector<std::thread> clients;
  for (RawResponse& answer : answers) {
    clients.emplace_back([&, this] {
      do {
        answer = ask("POST", "/payments", tokens.acme, body, "Idempotency-Key: once\r\n");
      } while (answer.status == 409);
    });
  }
  for (std::thread& client : clients) client.join();
  int first = 0;
  for (const RawResponse& answer : answers) {
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body, answers[0].body);
    first += answer.header("x-idempotent-replay").empty() ? 1 : 0;
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(ask("POST", "/payments", tokens.acme, R"({"amount": 8, "currency": "GBP"})",
                "Idempotency-Key: once\r\n")
                .status,
            422);
}

TEST_P(ServiceTest, BadInputNamesWhatIsWrong) {
  const struct {
    const char* method;
    const char* target;
    const char* body;
    int status;
    const char* says;
  } table[] = {
      {"POST", "/payments", "{", 400, "PARAMETER_ERROR"},
      {"POST", "/payments", "{}", 422, "\"pointer\":\"/amount\",\"code\":\"missing\""},
      {"POST", "/payments", R"({"amount": 0, "currency": "EUR"})", 422, "out_of_range"},
      {"POST", "/payments", R"({"amount": 1.5, "currency": "EUR"})", 422, "wrong_type"},
      {"POST", "/payments", R"({"amount": 1, "currency": "eur"})", 422, "not_allowed"},
      {"GET", "/payments?limit=0", "", 400, "\"pointer\":\"limit\""},
      {"GET", "/payments?limit=101", "", 400, "\"pointer\":\"limit\""},
      {"GET", "/payments?limit=ten", "", 400, "\"pointer\":\"limit\""},
      {"GET", "/payments?cursor=x", "", 400, "\"pointer\":\"cursor\""},
      {"GET", "/payments/nothing", "", 404, "NOT_FOUND"},
      {"PUT", "/payments", "{}", 405, "METHOD_NOT_ALLOWED"},
  };
  for (const auto& row : table) {
    const RawResponse answer = ask(row.method, row.target, tokens.acme, row.body);
    EXPECT_EQ(answer.status, row.status) << row.target << row.body;
    EXPECT_NE(answer.body.find(row.says), std::string::npos) << answer.body;
  }
  EXPECT_EQ(ask("GET", "/payments", "").status, 401);
  EXPECT_EQ(ask("GET", "/payments", "wrong").status, 401);
  const std::string long_key = "Idempotency-Key: " + std::string(256, 'k') + "\r\n";
  EXPECT_EQ(
      ask("POST", "/payments", tokens.acme, R"({"amount": 1, "currency": "EUR"})", long_key).status,
      400);
}

INSTANTIATE_TEST_SUITE_P(Stores, ServiceTest, testing::Values("sqlite", "dynamodb"),
                         [](const auto& store) { return store.param; });

}  // namespace
}  // namespace payments
