#pragma once
// The bodies of DynamoDB's calls and answers.
//
// Thread-safety: pure functions.
// Cost: a few allocations each.

#include <string>
#include <string_view>

#include "lift/aws/dynamodb_calls.h"
#include "lift/base/error.h"
#include "lift/http/json_document.h"

namespace lift::detail {

/// The body of a request. Errors: `bad_value`, `bad_request`.
Result<std::string> dynamo_body(const GetItem& request);
Result<std::string> dynamo_body(const PutItem& request);
Result<std::string> dynamo_body(const DeleteItem& request);
Result<std::string> dynamo_body(const UpdateItem& request);
Result<std::string> dynamo_body(const Query& request);
Result<std::string> dynamo_body(const BatchGetItem& request);
Result<std::string> dynamo_body(const BatchWriteItem& request);
Result<std::string> dynamo_body(const CreateTable& request);
Result<std::string> dynamo_table_body(std::string_view table);
Result<std::string> dynamo_time_to_live_body(std::string_view table, std::string_view attribute);

/// What an answer with status 200 holds. Errors: `bad_answer`.
Result<> read_dynamo(const JsonDocument& document, GotItem& out);
Result<> read_dynamo(const JsonDocument& document, WriteAnswer& out);
Result<> read_dynamo(const JsonDocument& document, QueryPage& out);
Result<> read_dynamo(const JsonDocument& document, BatchGotItem& out);
Result<> read_dynamo(const JsonDocument& document, BatchWroteItem& out);
Result<> read_dynamo(const JsonDocument& document, TableDescription& out);
Result<> read_dynamo(const JsonDocument& document, TimeToLive& out);

}  // namespace lift::detail
