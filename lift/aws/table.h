#pragma once
// Typed tables: described structs in DynamoDB, each tenant's apart.
//
//   TableSchema<Payment> schema("lift-payments", "payment");
//   schema.sort(&Payment::id).version(&Payment::version);
//   Table<Payment> payments(db, schema);
//
//   const TenantTable<Payment> ours = payments.of("acme");
//   Result<std::optional<Payment>> found = co_await ours.get("7");
//   if (!found || !*found) …                       // an error; or there is none
//   Payment payment = **found;
//   payment.status = "refunded";
//   Result<Payment> now = co_await ours.update(payment);
//   if (!now && now.error().code == "version_conflict") …  // somebody else was faster: read again
//
// No tenant reaches another's items: every key begins with the tenant (see table_key.h), and an
// item that is read is refused as `foreign_item` unless its key is this tenant's and the one that
// its members say.
// Errors: `exists` and `version_conflict`, `missing` where they are named below; `bad_tenant`,
// `bad_key`, `bad_item` (its description refuses it, or what is stored is none), `bad_cursor`,
// `bad_request`; `foreign_item`; and those of DynamoDb, `ambiguous` among them: then read again.
// Messages hold keys, so they are for logs.
// Thread-safety: belongs to the loop of its DynamoDb, which must outlive it and its tasks.
// Cost: that of the call, and a few µs for each item.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/aws/detail/table_core.h"
#include "lift/aws/table_options.h"
#include "lift/aws/table_schema.h"

namespace lift {

/// The items of one tenant. Its arguments are read before its functions return.
template <class T>
class TenantTable {
  using Record = detail::TableCore::Record;
  using Core = std::shared_ptr<detail::TableCore>;

 public:
  /// Nothing where there is none, or it has expired.
  Task<Result<std::optional<T>>> get(const TableKey& key) const {
    return maybe(core_, core_->get(scope_, key));
  }
  /// Writes one that must be new; its version is 1. Error: `exists`.
  Task<Result<T>> create(const T& item) const {
    return one(core_, core_->create(scope_, write(item)));
  }
  /// Writes it whatever is there; its version grows by one.
  Task<Result<T>> put(const T& item) const { return one(core_, core_->put(scope_, write(item))); }
  /// Changes one that is there, and whose version is still that of `item`; gives it with the next.
  /// Errors: `version_conflict`, also where it is gone; for a type without versions `missing`.
  /// Attributes that the description does not know stay as they are.
  Task<Result<T>> update(const T& item) const {
    return one(core_, core_->update(scope_, write(item)));
  }
  /// Deletes it, if its version is still that of `item`; false where there was none. Error:
  /// `version_conflict`, also where it is gone.
  Task<Result<bool>> remove(const T& item) const {
    return held(core_, core_->remove(scope_, write(item)));
  }
  /// Deletes it whatever its version; false where there was none.
  Task<Result<bool>> erase(const TableKey& key) const {
    return held(core_, core_->erase(scope_, key));
  }

  /// A page of the partition, whose key has the partition's parts alone.
  Task<Result<TablePage<T>>> query(const TableQuery& query,
                                   const TableKey& partition = TableKey()) const {
    return page(core_, core_->query(scope_, query, partition));
  }

  /// As many as there are keys, in their order. What DynamoDB leaves out is asked for again, as
  /// TableOptions say; then `unprocessed`.
  Task<Result<std::vector<std::optional<T>>>> get_all(std::vector<TableKey> keys) const {
    return all(core_, core_->get_all(scope_, std::move(keys)));
  }
  /// Writes them whatever is there. Not for types with versions, which this cannot count:
  /// `bad_request`; so is an item twice. Not atomic: after an error some may be written.
  Task<Result<>> put_all(const std::vector<T>& items) const {
    std::vector<Result<Record>> records;
    for (const T& item : items) records.push_back(write(item));
    return held(core_, core_->put_all(scope_, std::move(records)));
  }
  /// Deletes them whatever is there; likewise.
  Task<Result<>> erase_all(std::vector<TableKey> keys) const {
    return held(core_, core_->erase_all(scope_, std::move(keys)));
  }

 private:
  template <class>
  friend class Table;
  TenantTable(Core core, detail::TableScope scope)
      : core_(std::move(core)), scope_(std::move(scope)) {}

  [[nodiscard]] Result<Record> write(const T& item) const {
    return detail::write_record(core_->shape(), &item);
  }
  static Result<T> read(const detail::TableCore& core, const Record& record) {
    T item{};
    Result<> done = detail::read_record(core.shape(), record, &item);
    if (!done) return std::unexpected(std::move(done.error()));
    return item;
  }
  // The core outlives the task that it is given with.
  template <class Value>
  static Task<Result<Value>> held(Core core, Task<Result<Value>> asking) {
    Result<Value> answer = co_await asking;
    (void)core;
    co_return answer;
  }
  static Task<Result<T>> one(Core core, Task<Result<Record>> asking) {
    const Result<Record> record = co_await asking;
    if (!record) co_return std::unexpected(record.error());
    co_return read(*core, *record);
  }
  static Task<Result<std::optional<T>>> maybe(Core core,
                                              Task<Result<std::optional<Record>>> asking) {
    const Result<std::optional<Record>> record = co_await asking;
    if (!record) co_return std::unexpected(record.error());
    if (!*record) co_return std::optional<T>();
    Result<T> item = read(*core, **record);
    if (!item) co_return std::unexpected(std::move(item.error()));
    co_return std::optional<T>(*std::move(item));
  }
  static Task<Result<TablePage<T>>> page(Core core, Task<Result<TablePage<Record>>> asking) {
    const Result<TablePage<Record>> records = co_await asking;
    if (!records) co_return std::unexpected(records.error());
    TablePage<T> out;
    out.next = records->next;
    for (const Record& record : records->items) {
      Result<T> item = read(*core, record);
      if (!item) co_return std::unexpected(std::move(item.error()));
      out.items.push_back(*std::move(item));
    }
    co_return out;
  }
  static Task<Result<std::vector<std::optional<T>>>> all(
      Core core, Task<Result<std::vector<std::optional<Record>>>> asking) {
    const Result<std::vector<std::optional<Record>>> records = co_await asking;
    if (!records) co_return std::unexpected(records.error());
    std::vector<std::optional<T>> out;
    for (const std::optional<Record>& record : *records) {
      out.emplace_back();
      if (!record) continue;
      Result<T> item = read(*core, *record);
      if (!item) co_return std::unexpected(std::move(item.error()));
      out.back() = *std::move(item);
    }
    co_return out;
  }

  Core core_;
  detail::TableScope scope_;
};

template <class T>
class Table {
 public:
  /// Throws std::invalid_argument for a schema or options that are not valid.
  Table(DynamoDb& db, const TableSchema<T>& schema, TableOptions options = {})
      : core_(std::make_shared<detail::TableCore>(db, schema.shape(), std::move(options))) {}

  /// What belongs to `tenant`. Calls end by `deadline`, or by the client's own timeout.
  [[nodiscard]] TenantTable<T> of(std::string_view tenant, Instant deadline = kNever) const {
    return TenantTable<T>(core_, {.tenant = std::string(tenant), .deadline = deadline});
  }

 private:
  std::shared_ptr<detail::TableCore> core_;
};

}  // namespace lift
