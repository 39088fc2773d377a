#include "lift/aws/dynamodb.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <stdexcept>
#include <utility>

#include "lift/aws/aws_error.h"
#include "lift/aws/detail/attribute_json.h"
#include "lift/aws/detail/aws_time.h"
#include "lift/aws/detail/dynamodb_json.h"
#include "lift/base/ascii.h"
#include "lift/base/loop.h"
#include "lift/base/utf8.h"
#include "lift/telemetry/gzip.h"

namespace lift {
namespace {

constexpr std::string_view kTarget = "DynamoDB_20120810.";
constexpr std::string_view kConditionFailed = "ConditionalCheckFailedException";

/// Errors of the transport after which the service has seen nothing.
constexpr std::array<std::string_view, 8> kNotSent = {
    "bad_request", "resolve_failed", "connect_failed", "connect_timeout",
    "tls_failed",  "busy",           "no_credentials", "cannot_sign"};

struct KnownError {
  std::string_view aws;
  std::string_view code;
};
constexpr auto kKnown = std::to_array<KnownError>({
    {"ValidationException", "validation"},
    {"SerializationException", "validation"},
    {"ResourceNotFoundException", "not_found"},
    {"TableNotFoundException", "not_found"},
    {"ResourceInUseException", "in_use"},
    {"TableAlreadyExistsException", "in_use"},
    {"TableInUseException", "in_use"},
    {"TransactionConflictException", "conflict"},
    {"ReplicatedWriteConflictException", "conflict"},
    {"LimitExceededException", "limit_exceeded"},
    {"ItemCollectionSizeLimitExceededException", "limit_exceeded"},
    {"UnknownOperationException", "unsupported"},
    {"AccessDeniedException", "not_authorised"},
    {"UnrecognizedClientException", "not_authorised"},
    {"IncompleteSignatureException", "not_authorised"},
    {"InvalidSignatureException", "not_authorised"},
    {"MissingAuthenticationTokenException", "not_authorised"},
    {"MissingAuthenticationToken", "not_authorised"},
    {"ExpiredTokenException", "not_authorised"},
    {"InvalidClientTokenId", "not_authorised"},
    {"NotAuthorized", "not_authorised"},
    {"OptInRequired", "not_authorised"},
});

std::string_view code_of(std::string_view aws) noexcept {
  const auto known = std::ranges::find(kKnown, aws, &KnownError::aws);
  if (known != kKnown.end()) return known->code;
  return is_aws_throttling(aws) ? "throttled" : "refused";
}

std::string message_of(const ClientResponse& response, std::string_view aws) {
  std::string out = "HTTP " + std::to_string(response.status);
  if (!aws.empty()) out.append(", ").append(utf8_prefix(aws, 100));
  const auto document = JsonDocument::parse(response.body, detail::kDynamoJsonDepth);
  if (!document) return out;
  for (const std::string_view name : {"message", "Message"}) {
    const auto at = document->find(0, name);
    if (!at || (*document)[*at].token != JsonToken::string) continue;
    return out.append(": ").append(utf8_prefix(document->text(*at), 500));
  }
  return out;
}

/// Whether the body is what the service sent; true where it does not say.
bool is_whole(const ClientResponse& response) noexcept {
  const auto header = response.headers.get("x-amz-crc32");
  if (!header) return true;
  std::uint32_t sum = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), sum);
  return error == std::errc() && end == header->data() + header->size() &&
         sum == crc32(response.body);
}

}  // namespace

struct DynamoDb::Call {
  std::string_view operation;
  Result<std::string> body;
  Instant deadline = kNever;
  bool writes = false;
};

namespace {

std::unexpected<Error> no_answer(bool writes, const Error& error) {
  if (std::ranges::find(kNotSent, error.code) != kNotSent.end())
    return fail("not_sent", error.code + ": " + error.message);
  return fail(writes ? "ambiguous" : "unavailable", error.code + ": " + error.message);
}

std::unexpected<Error> unreadable(bool writes, std::string message) {
  return fail(writes ? "ambiguous" : "bad_answer", std::move(message));
}

/// For a status that is not 200.
std::unexpected<Error> refusal(bool writes, const ClientResponse& response) {
  const std::string aws = aws_error_code(response);
  std::string message = message_of(response, aws);
  if (is_aws_throttling(aws) && aws != "LimitExceededException")
    return fail("throttled", std::move(message));
  if (response.status >= 500) return fail(writes ? "ambiguous" : "unavailable", std::move(message));
  if (response.status < 400) return unreadable(writes, std::move(message));
  return fail(code_of(aws), std::move(message));
}

template <class Answer>
Result<Answer> read(bool writes, const ClientResponse& response, Answer answer) {
  const auto document = JsonDocument::parse(response.body, detail::kDynamoJsonDepth);
  if (!document) return unreadable(writes, document.error().message());
  if ((*document)[0].token != JsonToken::object) return unreadable(writes, "no JSON object");
  if (Result<> done = detail::read_dynamo(*document, answer); !done)
    return unreadable(writes, done.error().message);
  if constexpr (std::derived_from<Answer, DynamoAnswer>)
    answer.date = detail::parse_http_date(response.headers.value("date"));
  return answer;
}

}  // namespace

bool is_table_name(std::string_view name) noexcept {
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
           return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

Problems DynamoDbOptions::validate() const {
  Problems problems;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  if (timeout < std::chrono::milliseconds(1) || timeout > std::chrono::hours(1))
    problems.add("timeout", std::to_string(ms) + " ms", "must be from 1 ms to 1 h");
  if (max_answer < 1024 || max_answer > JsonDocument::kMaxBytes)
    problems.add("max_answer", std::to_string(max_answer), "must be from 1 KiB to 64 MiB");
  return problems;
}

DynamoDb::DynamoDb(HttpTransport& transport, Url endpoint, DynamoDbOptions options)
    : transport_(transport), endpoint_(std::move(endpoint)), options_(options) {
  if (const Problems problems = options_.validate(); !problems.empty())
    throw std::invalid_argument(problems.text());
}

/// Any status, with a body that is whole.
Task<Result<ClientResponse>> DynamoDb::send(Call call) {
  if (!call.body) co_return std::unexpected(std::move(call.body.error()));
  ClientRequest request("POST", endpoint_);
  request.headers.set("content-type", "application/x-amz-json-1.0");
  request.headers.set("x-amz-target", std::string(kTarget).append(call.operation));
  request.body = *std::move(call.body);
  const Instant latest = saturating_add(Loop::current().clock().now(), options_.timeout);
  request.deadline = call.deadline == kNever ? latest : call.deadline;
  request.response_limit = options_.max_answer;
  Result<ClientResponse> response = co_await transport_.send(request);
  if (!response) co_return no_answer(call.writes, response.error());
  if (!is_whole(*response)) co_return unreadable(call.writes, "the answer's checksum is wrong");
  co_return response;
}

template <class Answer>
Task<Result<Answer>> DynamoDb::ask(Call call) {
  const bool writes = call.writes;
  Task<Result<ClientResponse>> sending = send(std::move(call));
  const Result<ClientResponse> response = co_await sending;
  if (!response) co_return std::unexpected(response.error());
  if (response->status != 200) co_return refusal(writes, *response);
  co_return read(writes, *response, Answer{});
}

Task<Result<WriteAnswer>> DynamoDb::write(Call call) {
  call.writes = true;
  Task<Result<ClientResponse>> sending = send(std::move(call));
  const Result<ClientResponse> response = co_await sending;
  if (!response) co_return std::unexpected(response.error());
  WriteAnswer answer;
  if (response->status == 200) co_return read(true, *response, answer);
  if (response->status != 400 || aws_error_code(*response) != kConditionFailed)
    co_return refusal(true, *response);
  answer.applied = false;
  answer.date = detail::parse_http_date(response->headers.value("date"));
  // That it failed is sure even where the item that came with it cannot be read.
  co_return read(true, *response, answer).value_or(answer);
}

Task<Result<GotItem>> DynamoDb::get_item(const GetItem& request) {
  return ask<GotItem>({"GetItem", detail::dynamo_body(request), request.deadline});
}
Task<Result<WriteAnswer>> DynamoDb::put_item(const PutItem& request) {
  return write({"PutItem", detail::dynamo_body(request), request.deadline});
}
Task<Result<WriteAnswer>> DynamoDb::delete_item(const DeleteItem& request) {
  return write({"DeleteItem", detail::dynamo_body(request), request.deadline});
}
Task<Result<WriteAnswer>> DynamoDb::update_item(const UpdateItem& request) {
  return write({"UpdateItem", detail::dynamo_body(request), request.deadline});
}
Task<Result<QueryPage>> DynamoDb::query(const Query& request) {
  return ask<QueryPage>({"Query", detail::dynamo_body(request), request.deadline});
}
Task<Result<BatchGotItem>> DynamoDb::batch_get_item(const BatchGetItem& request) {
  return ask<BatchGotItem>({"BatchGetItem", detail::dynamo_body(request), request.deadline});
}
Task<Result<BatchWroteItem>> DynamoDb::batch_write_item(const BatchWriteItem& request) {
  return ask<BatchWroteItem>(
      {"BatchWriteItem", detail::dynamo_body(request), request.deadline, true});
}
Task<Result<TableDescription>> DynamoDb::create_table(const CreateTable& request) {
  return ask<TableDescription>(
      {"CreateTable", detail::dynamo_body(request), request.deadline, true});
}
Task<Result<TableDescription>> DynamoDb::describe_table(std::string_view table, Instant deadline) {
  return ask<TableDescription>({"DescribeTable", detail::dynamo_table_body(table), deadline});
}
Task<Result<TableDescription>> DynamoDb::delete_table(std::string_view table) {
  return ask<TableDescription>({"DeleteTable", detail::dynamo_table_body(table), kNever, true});
}
Task<Result<TimeToLive>> DynamoDb::describe_time_to_live(std::string_view table) {
  return ask<TimeToLive>({"DescribeTimeToLive", detail::dynamo_table_body(table)});
}

Task<Result<>> DynamoDb::enable_time_to_live(std::string_view table, std::string_view attribute) {
  Call call{"UpdateTimeToLive", detail::dynamo_time_to_live_body(table, attribute), kNever, true};
  Task<Result<ClientResponse>> sending = send(std::move(call));
  const Result<ClientResponse> response = co_await sending;
  if (!response) co_return std::unexpected(response.error());
  if (response->status != 200) co_return refusal(true, *response);
  co_return Result<>();
}

}  // namespace lift
