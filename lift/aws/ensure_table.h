#pragma once
// Makes a table where there is none, and waits until it can be used.
//
//   const EnsureTable wanted{.table = {.table = "limits", .partition = {.name = "pk"}},
//                            .expires_by = "x"};
//   Result<EnsuredTable> table = co_await ensure_table(db, wanted);
//
// For deployments and tools. A service should find its table there: the right to make one is more
// than it needs.
// Thread-safety: on the loop of `db`.
// Cost: some calls, and the seconds that DynamoDB takes.

#include <string>

#include "lift/aws/dynamodb.h"
#include "lift/base/clock.h"

namespace lift {

struct EnsureTable {
  CreateTable table;
  /// The attribute by which items expire (time to live), a number of seconds since 1970; empty:
  /// none does.
  std::string expires_by = {};
  /// Until it is ACTIVE: 0 to 1 h.
  Duration patience = std::chrono::minutes(5);
};

struct EnsuredTable {
  bool created = false;  ///< false: it was there, with the same keys
  bool expires = false;  ///< false where `expires_by` is empty, or the engine has no such thing
  TableDescription description;
};

/// `wanted` is read before this returns. Errors: `different_keys` and `different_expiry`, where a
/// table of the name is there that is not this one, with both in the message; `not_ready`, where
/// patience ended or it is being deleted; `bad_request` for patience out of range; and those of
/// DynamoDb. To ask again after any error does no harm.
Task<Result<EnsuredTable>> ensure_table(DynamoDb& db, const EnsureTable& wanted);

/// "pk (S), sk (S)".
[[nodiscard]] std::string keys_text(const KeyAttribute& partition,
                                    const std::optional<KeyAttribute>& sort);

/// Waits until `table` is ACTIVE. Errors: `not_ready`, and those of DynamoDb.
Task<Result<TableDescription>> until_active(DynamoDb& db, std::string table, Duration patience);

}  // namespace lift
