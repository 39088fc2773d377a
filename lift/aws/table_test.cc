// Typed tables against a scripted service: what is sent, and what is made of what comes.
#include "lift/aws/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/aws/table_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::Payment;
using test::Reading;
using testing::HasSubstr;

constexpr std::string_view kFailed =
    R"({"__type":"x#ConditionalCheckFailedException","message":"The conditional request failed"})";
constexpr std::string_view kStored =
    R"({"pk":{"S":"acme#payment"},"sk":{"S":"7"},"id":{"S":"7"},"amount":{"N":"5"},)"
    R"("version":{"N":"3"})";

class TableTest : public testing::Test {
 protected:
  template <class T>
  Result<T> finish(Task<Result<T>> task) {
    world_.settle();
    for (int i = 0; i < 200 && !task.done(); ++i) world_.advance(1s);
    EXPECT_TRUE(task.done());
    return task.take();
  }
  template <class T>
  std::string code(Task<Result<T>> task) {
    const Result<T> result = finish(std::move(task));
    return result ? "" : result.error().code;
  }
  void answers(std::string_view body) { net_.then(answer(200, std::string(body))); }
  void fails() { net_.then(answer(400, std::string(kFailed))); }
  static std::string item(std::string_view attributes) {
    return R"({"Item":)" + std::string(attributes) + "}}";
  }

  SimWorld world_;
  test::FakeTransport net_;
  DynamoDb db_{net_, Url::parse("http://h/").value()};
  Table<Payment> payments_{db_, Payment::schema("table")};
  TenantTable<Payment> acme_ = payments_.of("acme");
  Payment payment_{.id = "7", .amount = 5, .note = {}, .version = 3, .expires_at = {}};
};

TEST_F(TableTest, GetsWhatIsThere) {
  answers(item(kStored));
  answers(item(std::string(kStored) + R"(,"later":{"SS":["x"]},"note":{"S":"n"})"));
  answers("{}");
  const auto found = finish(acme_.get("7"));
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(*found, payment_);
  EXPECT_EQ(net_.seen[0].body,
            R"({"TableName":"table","Key":{"pk":{"S":"acme#payment"},"sk":{"S":"7"}},)"
            R"("ConsistentRead":true})");
  EXPECT_EQ((*finish(acme_.get("7")))->note, "n") << "what a later program added is passed over";
  EXPECT_EQ(finish(acme_.get("7")).value(), std::nullopt);
}

TEST_F(TableTest, NeverGivesAnothersItem) {
  const std::string rest = R"(,"id":{"S":"7"},"amount":{"N":"5"},"version":{"N":"3"})";
  for (const std::string_view key :
       {R"({"pk":{"S":"globex#payment"},"sk":{"S":"7"})",
        R"({"pk":{"S":"acme#refund"},"sk":{"S":"7"})",
        R"({"pk":{"S":"acme#payment"},"sk":{"S":"8"})", R"({"pk":{"S":"acme#payment"})",
        R"({"sk":{"S":"7"})", R"({"pk":{"N":"1"},"sk":{"S":"7"})"}) {
    answers(item(std::string(key) + rest));
    EXPECT_EQ(code(acme_.get("7")), "foreign_item") << key;
    answers(R"({"Items":[)" + std::string(key) + rest + "}]}");
    EXPECT_EQ(code(acme_.query({})), "foreign_item") << key;
    answers(R"({"Responses":{"table":[)" + std::string(key) + rest + "}]}}");
    EXPECT_EQ(code(acme_.get_all({"7"})), "foreign_item") << key;
    answers(R"({"Attributes":)" + std::string(key) + rest + "}}");
    EXPECT_EQ(code(acme_.put(payment_)), "foreign_item") << key;
  }
  answers(item(kStored));
  EXPECT_EQ(code(acme_.get("8")), "foreign_item") << "not what was asked for";
  answers(R"({"Responses":{"table":[)" + std::string(kStored) + "}]}}");
  EXPECT_EQ(code(acme_.get_all({"8"})), "foreign_item");
}

TEST_F(TableTest, RefusesWhatIsStoredAndIsNone) {
  const std::string key = R"({"pk":{"S":"acme#payment"},"sk":{"S":"7"})";
  for (const std::string_view rest :
       {"", R"(,"id":{"N":"7"})", R"(,"id":{"S":"7"})", R"(,"id":{"BOOL":true})",
        R"(,"id":{"S":"7"},"amount":{"N":"-1"},"version":{"N":"1"})",
        R"(,"id":{"S":"7"},"amount":{"N":"1.5"},"version":{"N":"1"})",
        R"(,"id":{"S":"7"},"amount":{"S":"1"},"version":{"N":"1"})",
        R"(,"id":{"S":"7"},"amount":{"SS":["1"]},"version":{"N":"1"})",
        R"(,"id":{"S":"7"},"amount":{"B":"Zg=="},"version":{"N":"1"})"}) {
    answers(item(key + std::string(rest)));
    const std::string refused = code(acme_.get("7"));
    EXPECT_TRUE(refused == "bad_item" || refused == "foreign_item") << rest << refused;
  }
}

TEST_F(TableTest, CreatesOnce) {
  answers("{}"), fails();
  payment_.expires_at = 1'767'300'000;
  const auto created = finish(acme_.create(payment_));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  EXPECT_EQ(created->version, 1);
  EXPECT_EQ(net_.seen[0].body,
            R"({"TableName":"table","Item":{"amount":{"N":"5"},"id":{"S":"7"},)"
            R"("pk":{"S":"acme#payment"},"sk":{"S":"7"},"version":{"N":"1"},)"
            R"("x":{"N":"1767300000"}},)"
            R"("ConditionExpression":"attribute_not_exists(pk) OR x <= :now",)"
            R"("ExpressionAttributeValues":{":now":{"N":"1767226600"}},"ReturnValues":"NONE"})");
  EXPECT_EQ(code(acme_.create(payment_)), "exists");
}

TEST_F(TableTest, UpdatesTheVersionItKnows) {
  answers("{}"), fails();
  const auto updated = finish(acme_.update(payment_));
  ASSERT_TRUE(updated.has_value()) << updated.error().message;
  EXPECT_EQ(updated->version, 4);
  const std::string& body = net_.seen[0].body;
  EXPECT_THAT(body, HasSubstr(R"("UpdateExpression":"SET #0 = :0, #1 = :1, )"
                              R"(#v = if_not_exists(#v, :v) + :one REMOVE #2, #3")"));
  EXPECT_THAT(body, HasSubstr(R"x("ConditionExpression":"#v = :v AND (attribute_not_exists(x) )x"
                              R"x(OR x > :now)")x"));
  EXPECT_THAT(body, HasSubstr(R"(":v":{"N":"3"})"));
  EXPECT_THAT(body, HasSubstr(R"("#3":"x","#v":"version")"));
  const auto lost = finish(acme_.update(payment_));
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, "version_conflict");
  EXPECT_EQ(lost.error().message, "the item acme#payment / 7 is not at version 3 any more");
}

TEST_F(TableTest, RemovesTheVersionItKnows) {
  answers(R"({"Attributes":{"pk":{"S":"acme#payment"}}})"), fails(), answers("{}");
  EXPECT_EQ(finish(acme_.remove(payment_)).value(), true);
  EXPECT_THAT(net_.seen[0].body, HasSubstr(R"("ConditionExpression":"#v = :v")"));
  EXPECT_EQ(code(acme_.remove(payment_)), "version_conflict");
  EXPECT_EQ(finish(acme_.erase("7")).value(), false);
  EXPECT_THAT(net_.seen[2].body, testing::Not(HasSubstr("Condition")));
}

TEST_F(TableTest, WhatHasExpiredIsNotThere) {
  for (const auto& [second, there] :
       std::vector<std::pair<std::string, bool>>{{"1767226601", true}, {"1767226600", false}}) {
    const std::string stored = std::string(kStored) + R"(,"x":{"N":")" + second + "\"}";
    answers(item(stored)), answers(R"({"Items":[)" + stored + "}]}");
    answers(R"({"Responses":{"table":[)" + stored + "}]}}");
    EXPECT_EQ(finish(acme_.get("7")).value().has_value(), there);
    EXPECT_EQ(finish(acme_.query({})).value().items.size(), there ? 1U : 0U);
    EXPECT_EQ(finish(acme_.get_all({"7"})).value()[0].has_value(), there);
  }
}

TEST_F(TableTest, SendsNothingThatItsDescriptionRefuses) {
  Payment bad = payment_;
  bad.note = "too long";
  const auto refused = finish(acme_.create(bad));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "bad_item");
  EXPECT_THAT(refused.error().message, HasSubstr("/note"));
  bad = payment_;
  bad.note = "\xff";
  EXPECT_EQ(code(acme_.put(bad)), "bad_value");
  bad = payment_;
  bad.id = "";
  EXPECT_EQ(code(acme_.update(bad)), "bad_key");
  EXPECT_EQ(code(acme_.remove(bad)), "bad_key");
  EXPECT_EQ(code(payments_.of("").create(payment_)), "bad_tenant");
  EXPECT_EQ(code(payments_.of("").get("7")), "bad_tenant");
  EXPECT_EQ(code(acme_.get({})), "bad_key");
  EXPECT_EQ(code(acme_.get(7)), "bad_key");
  EXPECT_EQ(code(acme_.erase(TableKey("7", "8"))), "bad_key");
  EXPECT_EQ(code(acme_.put_all({payment_})), "bad_request");
  Table<Reading> readings(db_, Reading::schema("table"));
  Reading reading;
  reading.value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(code(readings.of("acme").put(reading)), "bad_item");
  reading.value = 1e300;
  EXPECT_EQ(code(readings.of("acme").put(reading)), "bad_value");
  reading.value = 0;
  EXPECT_EQ(code(readings.of("acme").put_all({reading, reading})), "bad_request");
  EXPECT_EQ(code(readings.of("acme").get(TableKey("monday", "1"))), "bad_key");
  EXPECT_TRUE(net_.seen.empty());
}

TEST_F(TableTest, AsksForWhatAQuerySays) {
  const auto sent = [&](const TableQuery& query) {
    answers(R"({"Items":[]})");
    EXPECT_EQ(code(acme_.query(query)), "");
    return net_.seen.back().body;
  };
  EXPECT_EQ(sent({}), R"({"TableName":"table","KeyConditionExpression":"pk = :pk",)"
                      R"("ExpressionAttributeValues":{":pk":{"S":"acme#payment"}},"Limit":100,)"
                      R"("ConsistentRead":true})");
  EXPECT_THAT(sent({.from = "a"}), HasSubstr("AND sk >= :from\""));
  EXPECT_THAT(sent({.to = "a"}), HasSubstr("AND sk <= :to\""));
  EXPECT_THAT(sent({.from = "a", .to = "b"}), HasSubstr("AND sk BETWEEN :from AND :to\""));
  EXPECT_THAT(sent({.prefix = "a"}), HasSubstr("AND begins_with(sk, :from)\""));
  EXPECT_THAT(sent({.limit = 1}), HasSubstr(R"("Limit":1,)"));
  EXPECT_THAT(sent({.limit = 1000}), HasSubstr(R"("Limit":1000,)"));
  EXPECT_THAT(sent({.forward = false}), HasSubstr(R"("ScanIndexForward":false)"));
  EXPECT_THAT(sent({.cursor = "7"}),
              HasSubstr(R"("ExclusiveStartKey":{"pk":{"S":"acme#payment"},"sk":{"S":"7"}})"));
  const std::size_t count = net_.seen.size();
  EXPECT_EQ(code(acme_.query({.limit = 0})), "bad_request");
  EXPECT_EQ(code(acme_.query({.limit = 1001})), "bad_request");
  EXPECT_EQ(code(acme_.query({.from = "a", .prefix = "b"})), "bad_request");
  EXPECT_EQ(code(acme_.query({.from = 7})), "bad_key");
  EXPECT_EQ(code(acme_.query({.cursor = "\xff"})), "bad_cursor");
  EXPECT_EQ(code(acme_.query({.cursor = std::string(1025, 'a')})), "bad_cursor");
  EXPECT_EQ(code(acme_.query({}, "more")), "bad_key");
  EXPECT_EQ(net_.seen.size(), count);
}

TEST_F(TableTest, GivesPagesWithCursors) {
  answers(R"({"Items":[)" + std::string(kStored) +
          R"(}],"LastEvaluatedKey":{"pk":{"S":"acme#payment"},"sk":{"S":"7"}}})");
  const auto page = finish(acme_.query({}));
  ASSERT_TRUE(page.has_value()) << page.error().message;
  EXPECT_THAT(page->items, testing::ElementsAre(payment_));
  EXPECT_EQ(page->next, "7");
  answers(R"({"Items":[],"LastEvaluatedKey":{"pk":{"S":"acme#payment"}}})");
  EXPECT_EQ(code(acme_.query({})), "bad_answer");
}

TEST_F(TableTest, ABatchAsksAgainForWhatWasLeftOut) {
  const std::string left = R"({"pk":{"S":"acme#payment"},"sk":{"S":"8"}})";
  const std::string none = R"({"Responses":{},"UnprocessedKeys":{"table":{"Keys":[)" + left;
  answers(R"({"Responses":{"table":[)" + std::string(kStored) +
          R"(}]},"UnprocessedKeys":{"table":{"Keys":[)" + left + "]}}}");
  net_.then(answer(400, R"({"__type":"x#ThrottlingException","message":"slow down"})"));
  answers(R"({"Responses":{}})");
  const Instant begun = world_.now();
  const auto got = finish(acme_.get_all({"8", "7", "7"}));
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_THAT(*got, testing::ElementsAre(std::nullopt, payment_, payment_));
  EXPECT_EQ(net_.seen.size(), 3U);
  EXPECT_GE(world_.now(), begun);
  EXPECT_THAT(net_.seen[1].body, HasSubstr(R"("Keys":[)" + left + "]"));

  for (int i = 0; i < 8; ++i) answers(none + "]}}}");
  const auto never = finish(acme_.get_all({"8"}));
  ASSERT_FALSE(never.has_value());
  EXPECT_EQ(never.error().code, "unprocessed");
  EXPECT_EQ(never.error().message, "1 items of a batch were left out, 8 times");
  EXPECT_EQ(net_.seen.size(), 11U);

  answers(none + "]}}}");
  EXPECT_EQ(code(payments_.of("acme", world_.now()).get_all({"8"})), "unprocessed")
      << "no time for another attempt";
  net_.then_error("timeout");
  EXPECT_EQ(code(acme_.get_all({"8"})), "unavailable");
  EXPECT_EQ(finish(acme_.get_all({})).value().size(), 0U);
}

TEST_F(TableTest, ABatchIsSentInCallsOfWhatDynamoDbTakes) {
  Table<Reading> readings(db_, Reading::schema("table"));
  std::vector<Reading> items(51);
  std::vector<TableKey> keys;
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].number = static_cast<std::int32_t>(i);
    keys.emplace_back("", items[i].number);
  }
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return answer(200, R"({"UnprocessedItems":{},"Responses":{}})");
  };
  EXPECT_EQ(code(readings.of("acme").put_all(items)), "");
  EXPECT_EQ(net_.seen.size(), 3U);
  EXPECT_EQ(code(readings.of("acme").erase_all(keys)), "");
  EXPECT_EQ(net_.seen.size(), 6U);
  EXPECT_THAT(net_.seen[5].body, HasSubstr("DeleteRequest"));
  for (std::size_t i = 0; i < 50; ++i) keys.emplace_back("later", 1000 + i);
  EXPECT_EQ(code(readings.of("acme").get_all(keys)), "");
  EXPECT_EQ(net_.seen.size(), 8U) << "101 keys";
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return answer(200, R"({"UnprocessedItems":{"table":[{"DeleteRequest":{"Key":)"
                          R"({"pk":{"S":"acme#reading#"},"sk":{"S":"1"}}}}]}})");
  };
  EXPECT_EQ(code(readings.of("acme").erase_all({TableKey("", 1)})), "unprocessed");
}

TEST_F(TableTest, PassesOnWhatDynamoDbSays) {
  net_.then_error("timeout");
  EXPECT_EQ(code(acme_.create(payment_)), "ambiguous");
  net_.then_error("timeout");
  EXPECT_EQ(code(acme_.get("7")), "unavailable");
  answers("{}");
  EXPECT_EQ(code(acme_.put(payment_)), "ambiguous") << "it may be written, but nobody says what";
}

TEST_F(TableTest, CallsEndByTheirDeadline) {
  net_.then_never();
  const TenantTable<Payment> hurried = payments_.of("acme", world_.now() + 25ms);
  Task<Result<std::optional<Payment>>> asking = hurried.get("7");
  world_.advance(26ms);
  ASSERT_TRUE(asking.done());
  EXPECT_EQ(asking.take().error().code, "unavailable");
}

struct Odd {
  std::string pk;
  std::string text;
  std::int64_t number = 0;
  std::int64_t hidden = 0;
  static void describe(Fields<Odd>& f) {
    f.field("pk", &Odd::pk);
    f.field("text", &Odd::text);
    f.field("number", &Odd::number);
  }
};

TEST_F(TableTest, ASchemaIsCheckedAtOnce) {
  const auto problem = [&](const auto& schema, TableOptions options = {}) -> std::string {
    try {
      const Table table(db_, schema, std::move(options));
      return "";
    } catch (const std::invalid_argument& bad) {
      return bad.what();
    }
  };
  EXPECT_EQ(problem(Payment::schema("table")), "");
  EXPECT_THAT(problem(Payment::schema("ab")), HasSubstr("table: value \"ab\" must be 3 to 255"));
  EXPECT_THAT(problem(TableSchema<Payment>("table", "")), HasSubstr("kind"));
  EXPECT_THAT(problem(TableSchema<Payment>("table", std::string(256, 'k'))), HasSubstr("kind"));
  EXPECT_EQ(problem(TableSchema<Payment>("table", std::string(255, 'k'))), "");
  EXPECT_THAT(problem(TableSchema<Odd>("table", "odd")), HasSubstr("value \"pk\" must be another"));
  EXPECT_THAT(problem(TableSchema<Odd>("table", "odd").sort(&Odd::hidden)),
              HasSubstr("must be described"));
  EXPECT_THAT(problem(TableSchema<Odd>("table", "odd").sort(&Odd::number).version(&Odd::number)),
              HasSubstr("value \"number\" must have one role only"));
  EXPECT_THAT(problem(Payment::schema("table"), {.attempts = 0}), HasSubstr("options.attempts"));
  EXPECT_THAT(problem(Payment::schema("table"), {.attempts = 21}), HasSubstr("options.attempts"));
  EXPECT_EQ(problem(Payment::schema("table"), {.attempts = 20}), "");
  EXPECT_EQ(problem(Payment::schema("table"), {.attempts = 1}), "");
  EXPECT_THAT(problem(Payment::schema("table"), {.backoff = {.base = 0s}}),
              HasSubstr("options.backoff.base"));
}

}  // namespace
}  // namespace lift
