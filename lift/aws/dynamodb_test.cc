// The client against a scripted service: what is sent, and how every end of a call is told.
#include "lift/aws/dynamodb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/telemetry/gzip.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::answer;
using V = AttributeValue;

class DynamoDbTest : public testing::Test {
 protected:
  template <class T>
  Result<T> finish(Task<Result<T>> task) {
    world_.settle();
    for (int i = 0; i < 20 && !task.done(); ++i) world_.advance(1s);
    EXPECT_TRUE(task.done());
    return task.take();
  }
  Result<GotItem> get() {
    const GetItem request{.table = "t", .key = {{"pk", V::string("a")}}, .projection = {}};
    return finish(db_.get_item(request));
  }
  Result<WriteAnswer> update() {
    UpdateItem request{.table = "t", .key = {{"pk", V::string("a")}}, .update = "SET a = :a"};
    request.condition = "b = :b";
    request.values = {{":a", V::number(1)}, {":b", V::number(2)}};
    request.return_item_on_failure = true;
    return finish(db_.update_item(request));
  }
  /// "" for a success.
  template <class T>
  static std::string code(const Result<T>& result) {
    return result ? "" : result.error().code;
  }
  void will_refuse(std::string_view type, int status = 400) {
    net_.then(answer(status, R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + std::string(type) +
                                 R"(","message":"as it is"})"));
  }

  SimWorld world_;
  test::FakeTransport net_;
  DynamoDb db_{net_, Url::parse("https://dynamodb.eu-west-1.amazonaws.com/").value()};
};

TEST_F(DynamoDbTest, SpeaksJson10) {
  net_.then(answer(200, R"({"Item":{"pk":{"S":"a"},"t":{"N":"1767225600123456789"}}})",
                   {{"date", "Thu, 01 Jan 2026 00:16:41 GMT"}}));
  const auto got = get();
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(got->item->at("t").as_int64(), 1'767'225'600'123'456'789);
  EXPECT_EQ(got->date, WallTime(1'767'226'601s));
  EXPECT_EQ(got->capacity_units, std::nullopt);
  ASSERT_EQ(net_.seen.size(), 1U);
  EXPECT_EQ(net_.seen[0].headers.value("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(net_.seen[0].headers.value("x-amz-target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(net_.seen[0].body, R"({"TableName":"t","Key":{"pk":{"S":"a"}}})");
}

TEST_F(DynamoDbTest, AFailedConditionIsAValue) {
  constexpr std::string_view kFailed =
      R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
      R"("message":"The conditional request failed")";
  net_.then(answer(400, std::string(kFailed) + R"(,"Item":{"t":{"N":"5"}}})",
                   {{"date", "Thu, 01 Jan 2026 00:16:41 GMT"}}));
  net_.then(answer(400, std::string(kFailed) + "}"));
  net_.then(answer(400, std::string(kFailed) + R"(,"Item":{"t":5}})"));
  const auto with = update();
  ASSERT_TRUE(with.has_value());
  EXPECT_FALSE(with->applied);
  EXPECT_EQ(with->item->at("t").as_int64(), 5);
  EXPECT_EQ(with->date, WallTime(1'767'226'601s));
  for (int i = 0; i < 2; ++i) {
    const auto without = update();
    ASSERT_TRUE(without.has_value());
    EXPECT_FALSE(without->applied);
    EXPECT_FALSE(without->item.has_value());
  }
  EXPECT_EQ(net_.seen[0].body,
            R"({"TableName":"t","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :a",)"
            R"("ConditionExpression":"b = :b","ExpressionAttributeValues":{":a":{"N":"1"},)"
            R"(":b":{"N":"2"}},"ReturnValues":"NONE",)"
            R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"})");
}

TEST_F(DynamoDbTest, TellsRefusalsApart) {
  struct Row {
    std::string_view type;
    int status;
    std::string_view write;
    std::string_view read;
  };
  for (const Row& row : std::vector<Row>{
           {"ProvisionedThroughputExceededException", 400, "throttled", "throttled"},
           {"ThrottlingException", 400, "throttled", "throttled"},
           {"RequestLimitExceeded", 400, "throttled", "throttled"},
           {"ThrottlingException", 503, "throttled", "throttled"},
           {"ResourceNotFoundException", 400, "not_found", "not_found"},
           {"ValidationException", 400, "validation", "validation"},
           {"SerializationException", 400, "validation", "validation"},
           {"AccessDeniedException", 400, "not_authorised", "not_authorised"},
           {"UnrecognizedClientException", 400, "not_authorised", "not_authorised"},
           {"InvalidSignatureException", 400, "not_authorised", "not_authorised"},
           {"ExpiredTokenException", 400, "not_authorised", "not_authorised"},
           {"ResourceInUseException", 400, "in_use", "in_use"},
           {"TransactionConflictException", 400, "conflict", "conflict"},
           {"ReplicatedWriteConflictException", 400, "conflict", "conflict"},
           {"ItemCollectionSizeLimitExceededException", 400, "limit_exceeded", "limit_exceeded"},
           {"LimitExceededException", 400, "limit_exceeded", "limit_exceeded"},
           {"UnknownOperationException", 400, "unsupported", "unsupported"},
           {"SomethingNewException", 400, "refused", "refused"},
           {"InternalServerError", 500, "ambiguous", "unavailable"},
           {"ServiceUnavailable", 503, "ambiguous", "unavailable"},
           {"x", 302, "ambiguous", "bad_answer"}}) {
    will_refuse(row.type, row.status);
    will_refuse(row.type, row.status);
    EXPECT_EQ(code(update()), row.write) << row.type;
    EXPECT_EQ(code(get()), row.read) << row.type;
  }
  EXPECT_EQ(net_.seen.size(), 42U) << "nothing is repeated";
}

TEST_F(DynamoDbTest, SaysWhatTheServiceSaid) {
  will_refuse("ValidationException");
  EXPECT_EQ(get().error().message, "HTTP 400, ValidationException: as it is");
  net_.then(answer(403, "<html>"));
  EXPECT_EQ(get().error().message, "HTTP 403");
  net_.then(answer(400, R"({"__type":"a#AccessDeniedException","Message":"no"})"));
  EXPECT_EQ(get().error().message, "HTTP 400, AccessDeniedException: no");
}

TEST_F(DynamoDbTest, TellsWhatWasNeverSentFromWhatMayHaveHappened) {
  for (const std::string code_below :
       {"bad_request", "resolve_failed", "connect_failed", "connect_timeout", "tls_failed", "busy",
        "no_credentials", "cannot_sign"}) {
    net_.then_error(code_below);
    net_.then_error(code_below);
    EXPECT_EQ(code(update()), "not_sent") << code_below;
    EXPECT_EQ(code(get()), "not_sent") << code_below;
  }
  for (const std::string code_below : {"timeout", "connection_lost", "bad_response", "too_large"}) {
    net_.then_error(code_below);
    net_.then_error(code_below);
    EXPECT_EQ(code(update()), "ambiguous") << code_below;
    EXPECT_EQ(code(get()), "unavailable") << code_below;
  }
}

TEST_F(DynamoDbTest, KeepsToItsDeadline) {
  net_.then_never();
  const Instant begun = world_.now();
  const GetItem usual{.table = "t", .key = {{"pk", V::string("a")}}, .projection = {}};
  Task<Result<GotItem>> slow = db_.get_item(usual);
  world_.settle();
  world_.advance(4999ms);
  EXPECT_FALSE(slow.done());
  world_.advance(2ms);
  ASSERT_TRUE(slow.done());
  EXPECT_EQ(slow.take().error().code, "unavailable");
  net_.then_never();
  UpdateItem hurried{.table = "t", .key = {{"pk", V::string("a")}}, .update = "SET a = :a"};
  hurried.deadline = world_.now() + 25ms;
  Task<Result<WriteAnswer>> writing = db_.update_item(hurried);
  world_.advance(26ms);
  ASSERT_TRUE(writing.done());
  EXPECT_EQ(writing.take().error().code, "ambiguous");
  EXPECT_GT(world_.now(), begun);
}

TEST_F(DynamoDbTest, ChecksTheSumOfAnAnswer) {
  const std::string body = R"({"Item":{"pk":{"S":"a"}}})";
  const std::string right = std::to_string(crc32(body));
  struct Row {
    std::string sum;
    std::string_view write;
    std::string_view read;
  };
  for (const Row& row :
       {Row{right, "", ""}, Row{"1", "ambiguous", "bad_answer"},
        Row{right + "0", "ambiguous", "bad_answer"}, Row{"", "ambiguous", "bad_answer"},
        Row{"-1", "ambiguous", "bad_answer"}}) {
    net_.then(answer(200, body, {{"x-amz-crc32", row.sum}}));
    net_.then(answer(200, body, {{"X-Amz-Crc32", row.sum}}));
    EXPECT_EQ(code(update()), row.write) << row.sum;
    EXPECT_EQ(code(get()), row.read) << row.sum;
  }
}

TEST_F(DynamoDbTest, RefusesAnswersThatAreNone) {
  for (const std::string_view body : {"", "[]", "\"x\"", "{", R"({"Item":1,"Attributes":1})",
                                      R"({"Item":{"a":1},"Attributes":[]})",
                                      R"({"Item":{"a":{"N":"x"}},"Attributes":{"a":{"N":"x"}}})"}) {
    net_.then(answer(200, std::string(body)));
    net_.then(answer(200, std::string(body)));
    EXPECT_EQ(code(update()), "ambiguous") << body;
    EXPECT_EQ(code(get()), "bad_answer") << body;
  }
}

TEST_F(DynamoDbTest, SendsNothingThatIsWrongByItself) {
  const auto put = [&](const PutItem& request) { return code(finish(db_.put_item(request))); };
  EXPECT_EQ(put({.table = "", .item = {}}), "bad_request");
  EXPECT_EQ(put({.table = "t", .item = {{"a", V::string("\xff")}}}), "bad_value");
  EXPECT_EQ(put({.table = "t", .item = {}, .condition = "\xff"}), "bad_value");
  EXPECT_EQ(put({.table = "t", .item = {}, .return_values = ReturnValues::all_new}), "bad_request");
  const auto ask = [&](const Query& request) { return code(finish(db_.query(request))); };
  EXPECT_EQ(ask({.table = "t", .key_condition = ""}), "bad_request");
  EXPECT_EQ(ask({.table = "t", .key_condition = "a = :a", .limit = 0}), "bad_request");
  const GetItem keyless{.table = "t", .key = {}, .projection = {}};
  EXPECT_EQ(code(finish(db_.get_item(keyless))), "bad_request");
  EXPECT_EQ(code(finish(db_.describe_table(""))), "bad_request");
  EXPECT_EQ(code(finish(db_.enable_time_to_live("t", ""))), "bad_request");
  EXPECT_TRUE(net_.seen.empty());
}

TEST_F(DynamoDbTest, ABatchHasItsLimits) {
  for (const auto& [count, expected] : std::vector<std::pair<std::size_t, std::string>>{
           {0, "bad_request"}, {1, ""}, {100, ""}, {101, "bad_request"}}) {
    BatchGetItem request;
    for (std::size_t i = 0; i < count; ++i)
      request.tables["t"].keys.push_back({{"pk", V::number(i)}});
    if (expected.empty()) net_.then(answer(200, R"({"Responses":{}})"));
    EXPECT_EQ(code(finish(db_.batch_get_item(request))), expected) << count;
  }
  for (const auto& [count, expected] : std::vector<std::pair<std::size_t, std::string>>{
           {0, "bad_request"}, {1, ""}, {25, ""}, {26, "bad_request"}}) {
    BatchWriteItem request;
    for (std::size_t i = 0; i < count; ++i) {
      BatchWrite write{.kind = BatchWrite::Kind::put, .item = {{"pk", V::number(i)}}};
      request.tables["t"].push_back(write);
    }
    if (expected.empty()) net_.then(answer(200, R"({"UnprocessedItems":{}})"));
    EXPECT_EQ(code(finish(db_.batch_write_item(request))), expected) << count;
  }
}

TEST_F(DynamoDbTest, GivesBackWhatABatchDidNotProcess) {
  net_.then(answer(200, R"({"UnprocessedItems":{"t":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},)"
                        R"({"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]},)"
                        R"("ConsumedCapacity":[{"CapacityUnits":1.5},{"CapacityUnits":2}]})"));
  const std::vector<BatchWrite> writes = {
      {.kind = BatchWrite::Kind::put, .item = {{"pk", V::string("a")}}},
      {.kind = BatchWrite::Kind::remove, .item = {{"pk", V::string("b")}}}};
  BatchWriteItem write;
  write.tables["t"] = writes;
  const auto wrote = finish(db_.batch_write_item(write));
  ASSERT_TRUE(wrote.has_value()) << wrote.error().message;
  EXPECT_EQ(wrote->unprocessed.at("t"), writes);
  EXPECT_EQ(wrote->capacity_units, 3.5);

  net_.then(answer(200, R"({"Responses":{"t":[{"pk":{"S":"a"}}]},)"
                        R"("UnprocessedKeys":{"t":{"Keys":[{"pk":{"S":"b"}}]}}})"));
  BatchGetItem read;
  read.tables["t"].keys = {{{"pk", V::string("a")}}, {{"pk", V::string("b")}}};
  const auto got = finish(db_.batch_get_item(read));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->items.at("t"), std::vector<Item>{read.tables["t"].keys[0]});
  EXPECT_EQ(got->unprocessed.at("t"), std::vector<Item>{read.tables["t"].keys[1]});
}

TEST_F(DynamoDbTest, ReadsDescriptions) {
  net_.then(answer(
      200, R"({"Table":{"TableName":"t","TableStatus":"ACTIVE","ItemCount":3,"KeySchema":[)"
           R"({"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],)"
           R"("AttributeDefinitions":[{"AttributeName":"n","AttributeType":"N"},)"
           R"({"AttributeName":"pk","AttributeType":"S"}],)"
           R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},)"
           R"("Replicas":[{"RegionName":"eu-west-1"},{"RegionName":"us-east-1"}]}})"));
  const auto table = finish(db_.describe_table("t"));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->status, "ACTIVE");
  EXPECT_EQ(table->billing, "PAY_PER_REQUEST");
  EXPECT_EQ(table->partition->name, "pk");
  EXPECT_EQ(table->partition->type, AttributeType::string);
  EXPECT_EQ(table->sort->type, AttributeType::number);
  EXPECT_THAT(table->replicas, testing::ElementsAre("eu-west-1", "us-east-1"));
  net_.then(answer(200, R"({"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED",)"
                        R"("AttributeName":"x"}})"));
  const auto ttl = finish(db_.describe_time_to_live("t"));
  EXPECT_EQ(ttl->status, "ENABLED");
  EXPECT_EQ(ttl->attribute, "x");
}

TEST(DynamoDbOptions, HaveTheirRanges) {
  struct Row {
    DynamoDbOptions options;
    std::string_view problem;
  };
  for (const Row& row :
       {Row{{}, ""}, Row{{.timeout = 1ms}, ""}, Row{{.timeout = 999us}, "timeout"},
        Row{{.timeout = 0s}, "timeout"}, Row{{.timeout = -1s}, "timeout"}, Row{{.timeout = 1h}, ""},
        Row{{.timeout = 1h + 1ns}, "timeout"}, Row{{.max_answer = 0}, "max_answer"},
        Row{{.max_answer = 1023}, "max_answer"}, Row{{.max_answer = 1024}, ""},
        Row{{.max_answer = 64ULL << 20U}, ""},
        Row{{.max_answer = (64ULL << 20U) + 1}, "max_answer"}}) {
    const Problems problems = row.options.validate();
    EXPECT_EQ(problems.empty() ? "" : problems.list()[0].field, row.problem);
  }
  test::FakeTransport net;
  const Url url = Url::parse("http://h/").value();
  EXPECT_THROW(DynamoDb(net, url, {.timeout = 0s}), std::invalid_argument);
}

}  // namespace
}  // namespace lift
