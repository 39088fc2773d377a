#pragma once
// A typed table without its type: records in, records out.
//
// Thread-safety: belongs to the loop of its DynamoDb; must outlive its tasks.
// Cost: see table.h.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lift/aws/detail/table_shape.h"
#include "lift/aws/dynamodb.h"
#include "lift/aws/table_options.h"
#include "lift/base/task.h"
#include "lift/resilience/backoff.h"

namespace lift::detail {

/// Whose items, and until when.
struct TableScope {
  std::string tenant;
  Instant deadline = kNever;
};

class TableCore {
 public:
  using Record = Item;
  using Found = std::optional<Record>;

  /// Throws std::invalid_argument.
  TableCore(DynamoDb& db, TableShape shape, TableOptions options);

  [[nodiscard]] const TableShape& shape() const noexcept { return shape_; }

  Task<Result<Found>> get(TableScope scope, TableKey key);
  Task<Result<Record>> create(TableScope scope, Result<Record> record);
  Task<Result<Record>> put(TableScope scope, Result<Record> record);
  Task<Result<Record>> update(TableScope scope, Result<Record> record);
  Task<Result<bool>> remove(TableScope scope, Result<Record> record);
  Task<Result<bool>> erase(TableScope scope, TableKey key);
  Task<Result<TablePage<Record>>> query(TableScope scope, TableQuery query, TableKey partition);
  Task<Result<std::vector<Found>>> get_all(TableScope scope, std::vector<TableKey> keys);
  Task<Result<>> put_all(TableScope scope, std::vector<Result<Record>> records);
  Task<Result<>> erase_all(TableScope scope, std::vector<TableKey> keys);

 private:
  /// What to tell of a record, and where it goes.
  struct Placed {
    Record record;
    ItemKey key;
  };
  class Attempts;

  [[nodiscard]] Result<Placed> place(const TableScope& scope, Result<Record> record) const;
  /// The record of an item with that key; nothing where it has expired.
  [[nodiscard]] Result<Found> read(const TableScope& scope, const ItemKey& asked,
                                   Item stored) const;
  [[nodiscard]] bool expired(const Item& stored) const;
  [[nodiscard]] UpdateItem update_of(const TableScope& scope, const Placed& placed) const;
  /// `sk` of a query's bound.
  [[nodiscard]] Result<std::string> bound(const KeyPart& part) const;
  [[nodiscard]] Result<> add_range(const TableQuery& query, Query& out) const;
  [[nodiscard]] Result<Query> query_of(const TableScope& scope, const TableQuery& query,
                                       const TableKey& partition) const;
  Task<Result<std::vector<Item>>> read_some(std::vector<Item> keys, Instant deadline);
  Task<Result<>> write_some(std::vector<BatchWrite> writes, Instant deadline);
  Task<Result<>> write_all(std::vector<BatchWrite> writes, Instant deadline);

  DynamoDb& db_;
  TableShape shape_;
  TableOptions options_;
  Backoff backoff_;
};

}  // namespace lift::detail
