// What is sent: one body an operation.
#include <array>
#include <utility>

#include "lift/aws/detail/attribute_json.h"
#include "lift/aws/detail/dynamodb_json.h"
#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

constexpr std::size_t kBatchReads = 100;
constexpr std::size_t kBatchWrites = 25;

constexpr std::string_view name_of(ReturnValues values) noexcept {
  constexpr std::array<std::string_view, 5> kNames = {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW",
                                                      "UPDATED_NEW"};
  return kNames[static_cast<std::size_t>(values)];
}

/// A body under construction, and the first thing that is wrong with it.
class Body {
 public:
  Body() { json_.begin_object(); }

  void refuse(std::string_view code, std::string message) {
    if (wrong_) wrong_ = fail(code, std::move(message));
  }
  /// Left out where it is empty.
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!is_utf8(value)) return refuse("bad_value", std::string(name) + " is not UTF-8");
    json_.member(name, value);
  }
  void table(std::string_view name) {
    if (name.empty()) refuse("bad_request", "the table has no name");
    text("TableName", name);
  }
  void item(std::string_view name, const Item& value) {
    json_.key(name);
    item(value);
  }
  void item(const Item& value) {
    if (Result<> written = write_item(json_, value); !written && wrong_) wrong_ = written;
  }
  void key(const Item& value) {
    if (value.empty()) refuse("bad_request", "the key is empty");
    item("Key", value);
  }
  void names(const AttributeNames& names) {
    if (names.empty()) return;
    json_.key("ExpressionAttributeNames").begin_object();
    for (const auto& [placeholder, name] : names) text(placeholder, name);
    json_.end_object();
  }
  void expressions(std::string_view condition, const AttributeNames& all, const Item& values) {
    text("ConditionExpression", condition);
    names(all);
    if (!values.empty()) item("ExpressionAttributeValues", values);
  }
  /// What all writes of one item have in common.
  template <class Write>
  void write(const Write& request) {
    expressions(request.condition, request.names, request.values);
    json_.member("ReturnValues", name_of(request.return_values));
    if (request.return_item_on_failure)
      json_.member("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    capacity(request.report_capacity);
  }
  void capacity(bool report) {
    if (report) json_.member("ReturnConsumedCapacity", "TOTAL");
  }
  void flag(std::string_view name, bool value, bool usual) {
    if (value != usual) json_.member(name, value);
  }

  [[nodiscard]] JsonWriter& json() noexcept { return json_; }
  [[nodiscard]] Result<std::string> take() {
    json_.end_object();
    if (!wrong_) return std::unexpected(std::move(wrong_.error()));
    return std::move(out_);
  }

 private:
  std::string out_;
  JsonWriter json_{out_};
  Result<> wrong_;
};

bool is_old_or_none(ReturnValues values) noexcept {
  return values == ReturnValues::none || values == ReturnValues::all_old;
}

void write_key_schema(Body& body, const CreateTable& request) {
  constexpr std::array<std::string_view, 2> kRoles = {"HASH", "RANGE"};
  std::vector<KeyAttribute> keys = {request.partition};
  if (request.sort) keys.push_back(*request.sort);
  JsonWriter& json = body.json();
  json.key("AttributeDefinitions").begin_array();
  for (const KeyAttribute& key : keys) {
    const bool number = key.type == AttributeType::number;
    const bool binary = key.type == AttributeType::binary;
    if (!number && !binary && key.type != AttributeType::string)
      body.refuse("bad_request", "a key is a string, a number or binary");
    if (key.name.empty()) body.refuse("bad_request", "a key has no name");
    json.begin_object();
    body.text("AttributeName", key.name);
    json.member("AttributeType", number ? "N" : binary ? "B" : "S").end_object();
  }
  json.end_array().key("KeySchema").begin_array();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    json.begin_object();
    body.text("AttributeName", keys[i].name);
    json.member("KeyType", kRoles[i]).end_object();
  }
  json.end_array();
}

}  // namespace

Result<std::string> dynamo_body(const GetItem& request) {
  Body body;
  body.table(request.table);
  body.key(request.key);
  body.flag("ConsistentRead", request.consistent, false);
  body.text("ProjectionExpression", request.projection);
  body.names(request.names);
  body.capacity(request.report_capacity);
  return body.take();
}

Result<std::string> dynamo_body(const PutItem& request) {
  Body body;
  if (!is_old_or_none(request.return_values))
    body.refuse("bad_request", "PutItem returns old values or none");
  body.table(request.table);
  body.item("Item", request.item);
  body.write(request);
  return body.take();
}

Result<std::string> dynamo_body(const DeleteItem& request) {
  Body body;
  if (!is_old_or_none(request.return_values))
    body.refuse("bad_request", "DeleteItem returns old values or none");
  body.table(request.table);
  body.key(request.key);
  body.write(request);
  return body.take();
}

Result<std::string> dynamo_body(const UpdateItem& request) {
  Body body;
  body.table(request.table);
  body.key(request.key);
  body.text("UpdateExpression", request.update);
  body.write(request);
  return body.take();
}

Result<std::string> dynamo_body(const Query& request) {
  Body body;
  if (request.key_condition.empty()) body.refuse("bad_request", "the key condition is empty");
  if (request.limit == 0U) body.refuse("bad_request", "the limit is 0");
  body.table(request.table);
  body.text("IndexName", request.index);
  body.text("KeyConditionExpression", request.key_condition);
  body.text("FilterExpression", request.filter);
  body.text("ProjectionExpression", request.projection);
  body.expressions("", request.names, request.values);
  if (request.limit) body.json().member("Limit", *request.limit);
  body.flag("ScanIndexForward", request.forward, true);
  body.flag("ConsistentRead", request.consistent, false);
  if (!request.start_key.empty()) body.item("ExclusiveStartKey", request.start_key);
  body.capacity(request.report_capacity);
  return body.take();
}

Result<std::string> dynamo_body(const BatchGetItem& request) {
  Body body;
  JsonWriter& json = body.json();
  std::size_t count = 0;
  json.key("RequestItems").begin_object();
  for (const auto& [table, wanted] : request.tables) {
    count += wanted.keys.size();
    if (wanted.keys.empty()) body.refuse("bad_request", "a batch without keys");
    json.key(table).begin_object().key("Keys").begin_array();
    for (const Item& key : wanted.keys) body.item(key);
    json.end_array();
    body.flag("ConsistentRead", wanted.consistent, false);
    body.text("ProjectionExpression", wanted.projection);
    body.names(wanted.names);
    json.end_object();
  }
  json.end_object();
  if (count == 0 || count > kBatchReads)
    body.refuse("bad_request", "a batch reads 1 to 100 items, not " + std::to_string(count));
  body.capacity(request.report_capacity);
  return body.take();
}

Result<std::string> dynamo_body(const BatchWriteItem& request) {
  Body body;
  JsonWriter& json = body.json();
  std::size_t count = 0;
  json.key("RequestItems").begin_object();
  for (const auto& [table, writes] : request.tables) {
    count += writes.size();
    if (writes.empty()) body.refuse("bad_request", "a batch without writes");
    json.key(table).begin_array();
    for (const BatchWrite& write : writes) {
      const bool put = write.kind == BatchWrite::Kind::put;
      json.begin_object().key(put ? "PutRequest" : "DeleteRequest").begin_object();
      body.item(put ? "Item" : "Key", write.item);
      json.end_object().end_object();
    }
    json.end_array();
  }
  json.end_object();
  if (count == 0 || count > kBatchWrites)
    body.refuse("bad_request", "a batch writes 1 to 25 items, not " + std::to_string(count));
  body.capacity(request.report_capacity);
  return body.take();
}

Result<std::string> dynamo_body(const CreateTable& request) {
  Body body;
  body.table(request.table);
  write_key_schema(body, request);
  body.json().member("BillingMode", "PAY_PER_REQUEST");
  return body.take();
}

Result<std::string> dynamo_table_body(std::string_view table) {
  Body body;
  body.table(table);
  return body.take();
}

Result<std::string> dynamo_time_to_live_body(std::string_view table, std::string_view attribute) {
  Body body;
  if (attribute.empty()) body.refuse("bad_request", "the attribute has no name");
  body.table(table);
  body.json().key("TimeToLiveSpecification").begin_object();
  body.text("AttributeName", attribute);
  body.json().member("Enabled", true).end_object();
  return body.take();
}

}  // namespace lift::detail
