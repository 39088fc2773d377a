#include "lift/aws/ensure_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::answer;

class EnsureTableTest : public testing::Test {
 protected:
  /// "created expires", or the error's code and message.
  std::string ensure(const EnsureTable& wanted) {
    Task<Result<EnsuredTable>> task = ensure_table(db_, wanted);
    world_.settle();
    for (int i = 0; i < 4000 && !task.done(); ++i) world_.advance(1s);
    EXPECT_TRUE(task.done());
    const Result<EnsuredTable> done = task.take();
    if (!done) return done.error().code + ": " + done.error().message;
    return std::string(done->created ? "created" : "there") + (done->expires ? " expires" : "");
  }
  void table_is(std::string_view status, std::string_view sort = "") {
    std::string keys = R"({"AttributeName":"pk","KeyType":"HASH"})";
    if (!sort.empty()) keys += R"(,{"AttributeName":"sk","KeyType":"RANGE"})";
    net_.then(answer(
        200, R"({"Table":{"TableName":"t","TableStatus":")" + std::string(status) +
                 R"(","KeySchema":[)" + keys +
                 R"(],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)" +
                 R"({"AttributeName":"sk","AttributeType":")" + std::string(sort) + R"("}]}})"));
  }
  void refuse(std::string_view type) {
    net_.then(answer(400, R"({"__type":"x#)" + std::string(type) + R"(","message":"no"})"));
  }
  void expiry_is(std::string_view status, std::string_view attribute) {
    net_.then(answer(200, R"({"TimeToLiveDescription":{"TimeToLiveStatus":")" +
                              std::string(status) + R"(","AttributeName":")" +
                              std::string(attribute) + R"("}})"));
  }
  std::vector<std::string> operations() const {
    std::vector<std::string> out;
    for (const auto& seen : net_.seen) {
      const std::string target(seen.headers.value("x-amz-target"));
      out.push_back(target.substr(target.find('.') + 1));
    }
    return out;
  }

  SimWorld world_;
  test::FakeTransport net_;
  DynamoDb db_{net_, Url::parse("http://h/").value()};
  EnsureTable limits_{.table = {.table = "t", .partition = {.name = "pk"}}, .expires_by = "x"};
};

TEST_F(EnsureTableTest, MakesWhatIsMissing) {
  refuse("ResourceNotFoundException");
  net_.then(answer(200, R"({"TableDescription":{"TableStatus":"CREATING"}})"));
  refuse("ResourceNotFoundException");  // a table is seen some time after it was made
  table_is("CREATING");
  refuse("ThrottlingException");
  table_is("ACTIVE");
  expiry_is("DISABLED", "");
  net_.then(answer(200, "{}"));
  EXPECT_EQ(ensure(limits_), "created expires");
  EXPECT_THAT(operations(), testing::ElementsAre("DescribeTable", "CreateTable", "DescribeTable",
                                                 "DescribeTable", "DescribeTable", "DescribeTable",
                                                 "DescribeTimeToLive", "UpdateTimeToLive"));
  EXPECT_EQ(net_.seen.back().body,
            R"({"TableName":"t","TimeToLiveSpecification":{"AttributeName":"x","Enabled":true}})");
}

TEST_F(EnsureTableTest, ChangesNothingThatIsThere) {
  for (const std::string_view status : {"ENABLED", "ENABLING"}) {
    table_is("ACTIVE"), table_is("ACTIVE"), expiry_is(status, "x");
    EXPECT_EQ(ensure(limits_), "there expires");
  }
  table_is("ACTIVE", "S"), table_is("ACTIVE", "S");
  EnsureTable items{.table = {.table = "t", .partition = {.name = "pk"}}};
  items.table.sort = KeyAttribute{.name = "sk"};
  EXPECT_EQ(ensure(items), "there");
  EXPECT_THAT(operations(), testing::Not(testing::Contains("CreateTable")));
  EXPECT_THAT(operations(), testing::Not(testing::Contains("UpdateTimeToLive")));
}

TEST_F(EnsureTableTest, TwoMayMakeItAtOnce) {
  refuse("ResourceNotFoundException"), refuse("ResourceInUseException"), table_is("ACTIVE");
  expiry_is("ENABLING", "x");
  EXPECT_EQ(ensure(limits_), "there expires");
}

TEST_F(EnsureTableTest, AnEngineMayNotKnowExpiry) {
  table_is("ACTIVE"), table_is("ACTIVE"), refuse("UnknownOperationException");
  EXPECT_EQ(ensure(limits_), "there");
  table_is("ACTIVE"), table_is("ACTIVE"), expiry_is("DISABLED", "");
  refuse("UnknownOperationException");
  EXPECT_EQ(ensure(limits_), "there");
}

TEST_F(EnsureTableTest, RefusesAnotherTable) {
  table_is("ACTIVE", "N"), table_is("ACTIVE", "N");
  EXPECT_EQ(ensure(limits_),
            "different_keys: the table t has the keys pk (S), sk (N), must have pk (S)");
  table_is("ACTIVE"), table_is("ACTIVE"), expiry_is("ENABLED", "ttl");
  EXPECT_EQ(ensure(limits_),
            "different_expiry: items of the table t expire by ttl, must expire by x");
  table_is("DELETING"), table_is("DELETING");
  EXPECT_EQ(ensure(limits_), "not_ready: the table t is being deleted");
}

TEST_F(EnsureTableTest, PatienceEnds) {
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return answer(200, R"({"Table":{"TableStatus":"CREATING"}})");
  };
  limits_.patience = 10s;
  const Instant begun = world_.now();
  EXPECT_EQ(ensure(limits_), "not_ready: the table t is not ACTIVE: CREATING");
  EXPECT_LE(world_.now() - begun, 11s);
  limits_.patience = 0s;
  EXPECT_TRUE(ensure(limits_).starts_with("not_ready"));
  limits_.patience = 1h;
  EXPECT_TRUE(ensure(limits_).starts_with("not_ready"));
  for (const Duration bad : {Duration(-1ns), Duration(1h + 1ns)}) {
    limits_.patience = bad;
    EXPECT_EQ(ensure(limits_), "bad_request: patience must be from 0 to 1 h");
  }
}

TEST_F(EnsureTableTest, TellsWhatStopsIt) {
  refuse("AccessDeniedException");
  EXPECT_TRUE(ensure(limits_).starts_with("not_authorised: "));
  refuse("ResourceNotFoundException"), refuse("LimitExceededException");
  EXPECT_TRUE(ensure(limits_).starts_with("limit_exceeded: "));
  refuse("ResourceNotFoundException"), net_.then_error("timeout");
  EXPECT_TRUE(ensure(limits_).starts_with("ambiguous: "));
  table_is("ACTIVE"), refuse("AccessDeniedException");
  EXPECT_TRUE(ensure(limits_).starts_with("not_authorised: "));
  table_is("ACTIVE"), table_is("ACTIVE"), refuse("AccessDeniedException");
  EXPECT_TRUE(ensure(limits_).starts_with("not_authorised: "));
}

TEST(TableName, IsWhatDynamoDbTakes) {
  const std::string most(255, 'a');
  for (const std::string& good : {std::string("abc"), std::string("A-b_c.9"), most})
    EXPECT_TRUE(is_table_name(good)) << good;
  for (const std::string& bad : {std::string(), std::string("ab"), most + "a", std::string("a b"),
                                 std::string("a/bc"), std::string("äbc")})
    EXPECT_FALSE(is_table_name(bad)) << bad;
}

}  // namespace
}  // namespace lift
