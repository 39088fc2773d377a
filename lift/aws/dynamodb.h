#pragma once
// The client of DynamoDB: its JSON protocol over any transport, with every end of a call told
// apart.
//
//   SignedTransport aws(network, credentials, {.region = "eu-west-1", .service = "dynamodb"});
//   DynamoDb db(aws, aws_endpoint(environment, kAwsDynamoDb, "eu-west-1").value());
//   UpdateItem update{.table = "limits", .key = {{"pk", AttributeValue::string("a")}}, …};
//   Result<WriteAnswer> written = co_await db.update_item(update);
//   if (written && !written->applied) …  // the condition did not hold
//
// Nothing is repeated: a write that may have happened is not sent again by this client, nor by the
// HttpClient below it. (SignedTransport repeats what the service refused for a wrong clock.)
// Batches give back what was not processed. Errors, by what may have happened:
//   surely nothing    `not_sent` (no connection, no credentials), `bad_value` and `bad_request`
//                     (refused before it was sent), `throttled`, `validation`, `not_found` (table
//                     or index), `not_authorised`, `in_use` (table exists, or is being changed),
//                     `conflict` (with a transaction or another region), `limit_exceeded`,
//                     `unsupported` (an operation that the engine does not know), `refused` (else)
//   a write may have  `ambiguous`: no answer in time, a connection lost after sending, a 5xx, an
//   happened          answer that cannot be read or whose checksum is wrong
//   a read failed so  `unavailable` (no answer, 5xx), `bad_answer` (unreadable, wrong checksum)
// Thread-safety: belongs to one loop; the transport must outlive it and its tasks.
// Cost: about 10 µs of CPU a small call, signing included; a few dozen allocations.

#include <cstdint>
#include <string>
#include <string_view>

#include "lift/aws/dynamodb_calls.h"
#include "lift/base/error.h"
#include "lift/base/task.h"
#include "lift/http/transport.h"

namespace lift {

struct DynamoDbOptions {
  /// For a call without a deadline of its own, to the answer's last byte: 1 ms to 1 h.
  Duration timeout = std::chrono::seconds(5);
  /// Bytes of an answer, 1 KiB to 64 MiB; beyond: as an answer that cannot be read. A page of a
  /// batch has 16 MB of items at most.
  std::uint64_t max_answer = 24ULL * 1024 * 1024;

  [[nodiscard]] Problems validate() const;
};

/// Whether DynamoDB takes it as the name of a table: 3 to 255 letters, digits, `_`, `-` and `.`.
[[nodiscard]] bool is_table_name(std::string_view name) noexcept;

class DynamoDb {
 public:
  /// `transport` signs. Throws std::invalid_argument where `options` are not valid.
  DynamoDb(HttpTransport& transport, Url endpoint, DynamoDbOptions options = {});

  /// Requests are read before these return; they need not outlive the task.
  Task<Result<GotItem>> get_item(const GetItem& request);
  Task<Result<WriteAnswer>> put_item(const PutItem& request);
  Task<Result<WriteAnswer>> delete_item(const DeleteItem& request);
  /// Sent once, whatever happens: an update such as `SET t = t + :inc` that is repeated after an
  /// `ambiguous` end may be done twice, and only the caller knows what that means.
  Task<Result<WriteAnswer>> update_item(const UpdateItem& request);
  /// One page.
  Task<Result<QueryPage>> query(const Query& request);
  Task<Result<BatchGotItem>> batch_get_item(const BatchGetItem& request);
  Task<Result<BatchWroteItem>> batch_write_item(const BatchWriteItem& request);

  /// Answered while the table is still made; see TableDescription::status.
  Task<Result<TableDescription>> create_table(const CreateTable& request);
  Task<Result<TableDescription>> describe_table(std::string_view table, Instant deadline = kNever);
  Task<Result<TableDescription>> delete_table(std::string_view table);
  /// Items go some time after the second that their `attribute` holds; within days, not at once.
  Task<Result<>> enable_time_to_live(std::string_view table, std::string_view attribute);
  Task<Result<TimeToLive>> describe_time_to_live(std::string_view table);

 private:
  struct Call;
  Task<Result<ClientResponse>> send(Call call);
  template <class Answer>
  Task<Result<Answer>> ask(Call call);
  Task<Result<WriteAnswer>> write(Call call);

  HttpTransport& transport_;
  Url endpoint_;
  DynamoDbOptions options_;
};

}  // namespace lift
