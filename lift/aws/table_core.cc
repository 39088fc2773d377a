#include <limits>
#include <stdexcept>
#include <utility>

#include "lift/aws/detail/table_core.h"
#include "lift/base/loop.h"
#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

constexpr std::uint32_t kMostLimit = 1000;
constexpr std::size_t kMostCursor = 1024;

std::unexpected<Error> conflict(const ItemKey& key, const Item& record,
                                const std::string& version) {
  return fail("version_conflict", "the item " + key.text() + " is not at version " +
                                      *record.at(version).text() + " any more");
}

AttributeValue this_second() {
  const auto now = Loop::current().clock().wall().time_since_epoch();
  return AttributeValue::number(std::chrono::floor<std::chrono::seconds>(now).count());
}

/// Adds "a = b" to a clause that is empty, or has others.
void add(std::string& clause, std::string_view word, const std::string& what) {
  clause.append(clause.empty() ? word : ", ") += what;
}

std::string joined(const std::string& set, const std::string& remove) {
  return set.empty() || remove.empty() ? set + remove : set + " " + remove;
}

Backoff checked(const TableShape& shape, const TableOptions& options) {
  Problems problems = shape.validate();
  problems.add_all("options", options.validate());
  if (!problems.empty()) throw std::invalid_argument(problems.text());
  return Backoff::make(options.backoff).value();
}

}  // namespace

TableCore::TableCore(DynamoDb& db, TableShape shape, TableOptions options)
    : db_(db),
      shape_(std::move(shape)),
      options_(std::move(options)),
      backoff_(checked(shape_, options_)) {}

Result<TableCore::Placed> TableCore::place(const TableScope& scope, Result<Record> record) const {
  if (!record) return std::unexpected(std::move(record.error()));
  Result<ItemKey> key = key_of_record(shape_, scope.tenant, *record);
  if (!key) return std::unexpected(std::move(key.error()));
  return Placed{.record = *std::move(record), .key = *std::move(key)};
}

bool TableCore::expired(const Item& stored) const {
  const auto at = stored.find(kExpiryName);
  if (shape_.expires.empty() || at == stored.end()) return false;
  const auto second = at->second.as_int64();
  return second && *second <= *this_second().as_int64();
}

Result<TableCore::Found> TableCore::read(const TableScope& scope, const ItemKey& asked,
                                         Item stored) const {
  const bool gone = expired(stored);
  Result<Record> record = record_of(shape_, scope.tenant, std::move(stored));
  if (!record) return std::unexpected(std::move(record.error()));
  if (key_of_record(shape_, scope.tenant, *record).value() != asked)
    return fail("foreign_item", "another item than " + asked.text() + " was answered");
  return gone ? Found() : Found(*std::move(record));
}

Task<Result<TableCore::Found>> TableCore::get(TableScope scope, TableKey key) {
  const Result<ItemKey> place = key_of(shape_, scope.tenant, key);
  if (!place) co_return std::unexpected(place.error());
  GetItem request{.table = shape_.table, .key = place->item(), .projection = {}};
  request.consistent = options_.consistent;
  request.deadline = scope.deadline;
  Task<Result<GotItem>> asking = db_.get_item(request);
  Result<GotItem> got = co_await asking;
  if (!got) co_return std::unexpected(std::move(got.error()));
  if (!got->item) co_return Found();
  co_return read(scope, *place, *std::move(got->item));
}

Task<Result<TableCore::Record>> TableCore::create(TableScope scope, Result<Record> record) {
  Result<Placed> placed = place(scope, std::move(record));
  if (!placed) co_return std::unexpected(std::move(placed.error()));
  if (!shape_.version.empty())
    placed->record.insert_or_assign(shape_.version, AttributeValue::number(1));
  PutItem request{.table = shape_.table, .item = stored_of(shape_, placed->key, placed->record)};
  request.condition = "attribute_not_exists(pk)";
  if (!shape_.expires.empty()) {
    request.condition += " OR x <= :now";
    request.values[":now"] = this_second();
  }
  request.deadline = scope.deadline;
  Task<Result<WriteAnswer>> writing = db_.put_item(request);
  const Result<WriteAnswer> wrote = co_await writing;
  if (!wrote) co_return std::unexpected(wrote.error());
  if (!wrote->applied)
    co_return fail("exists", "there is an item " + placed->key.text() + " already");
  co_return placed->record;
}

/// Sets what the record has, removes what it lacks, leaves what it does not know.
UpdateItem TableCore::update_of(const TableScope& scope, const Placed& placed) const {
  UpdateItem out{.table = shape_.table, .key = placed.key.item(), .update = ""};
  std::string set;
  std::string remove;
  std::size_t count = 0;
  for (const JsonField& field : shape_.type->fields()) {
    if (field.name == shape_.version) continue;
    const std::string number = std::to_string(count++);
    const std::string name = "#" + number;
    out.names[name] = field.name == shape_.expires ? std::string(kExpiryName) : field.name;
    const auto value = placed.record.find(field.name);
    if (value == placed.record.end()) {
      add(remove, "REMOVE ", name);
      continue;
    }
    const std::string placeholder = ":" + number;
    out.values[placeholder] = value->second;
    add(set, "SET ", name + " = " + placeholder);
  }
  if (!shape_.version.empty()) {
    out.names["#v"] = shape_.version;
    out.values[":one"] = AttributeValue::number(1);
    out.values[":v"] = AttributeValue::number(0);
    add(set, "SET ", "#v = if_not_exists(#v, :v) + :one");
  }
  out.update = joined(set, remove);
  out.deadline = scope.deadline;
  return out;
}

Task<Result<TableCore::Record>> TableCore::put(TableScope scope, Result<Record> record) {
  const Result<Placed> placed = place(scope, std::move(record));
  if (!placed) co_return std::unexpected(placed.error());
  UpdateItem request = update_of(scope, *placed);
  request.return_values = ReturnValues::all_new;
  Task<Result<WriteAnswer>> writing = db_.update_item(request);
  Result<WriteAnswer> wrote = co_await writing;
  if (!wrote) co_return std::unexpected(std::move(wrote.error()));
  if (!wrote->item) co_return fail("ambiguous", "a write was answered without its item");
  co_return record_of(shape_, scope.tenant, *std::move(wrote->item));
}

Task<Result<TableCore::Record>> TableCore::update(TableScope scope, Result<Record> record) {
  Result<Placed> placed = place(scope, std::move(record));
  if (!placed) co_return std::unexpected(std::move(placed.error()));
  UpdateItem request = update_of(scope, *placed);
  request.condition = "attribute_exists(pk)";
  if (!shape_.version.empty()) {
    request.condition = "#v = :v";
    request.values[":v"] = placed->record.at(shape_.version);
  }
  if (!shape_.expires.empty()) {
    request.condition += " AND (attribute_not_exists(x) OR x > :now)";
    request.values[":now"] = this_second();
  }
  Task<Result<WriteAnswer>> writing = db_.update_item(request);
  const Result<WriteAnswer> wrote = co_await writing;
  if (!wrote) co_return std::unexpected(wrote.error());
  if (shape_.version.empty()) {
    if (!wrote->applied) co_return fail("missing", "there is no item " + placed->key.text());
    co_return placed->record;
  }
  if (!wrote->applied) co_return conflict(placed->key, placed->record, shape_.version);
  AttributeValue& version = placed->record.at(shape_.version);
  version = AttributeValue::number(version.as_int64().value_or(0) + 1);
  co_return placed->record;
}

Task<Result<bool>> TableCore::remove(TableScope scope, Result<Record> record) {
  const Result<Placed> placed = place(scope, std::move(record));
  if (!placed) co_return std::unexpected(placed.error());
  DeleteItem request{.table = shape_.table, .key = placed->key.item()};
  request.deadline = scope.deadline;
  request.return_values = ReturnValues::all_old;
  if (!shape_.version.empty()) {
    request.condition = "#v = :v";
    request.names["#v"] = shape_.version;
    request.values[":v"] = placed->record.at(shape_.version);
  }
  Task<Result<WriteAnswer>> writing = db_.delete_item(request);
  const Result<WriteAnswer> wrote = co_await writing;
  if (!wrote) co_return std::unexpected(wrote.error());
  if (!wrote->applied) co_return conflict(placed->key, placed->record, shape_.version);
  co_return wrote->item.has_value();
}

Task<Result<bool>> TableCore::erase(TableScope scope, TableKey key) {
  const Result<ItemKey> place = key_of(shape_, scope.tenant, key);
  if (!place) co_return std::unexpected(place.error());
  DeleteItem request{.table = shape_.table, .key = place->item()};
  request.deadline = scope.deadline;
  request.return_values = ReturnValues::all_old;
  Task<Result<WriteAnswer>> writing = db_.delete_item(request);
  const Result<WriteAnswer> wrote = co_await writing;
  if (!wrote) co_return std::unexpected(wrote.error());
  co_return wrote->item.has_value();
}

Result<std::string> TableCore::bound(const KeyPart& part) const {
  if (shape_.sort.empty()) return fail("bad_key", "items of this kind have no sort part");
  if (Result<> same = check_part(shape_, shape_.sort, part); !same)
    return std::unexpected(std::move(same.error()));
  return sort_text(part);
}

/// Adds what the sort part must be.
Result<> TableCore::add_range(const TableQuery& query, Query& out) const {
  const bool both = query.from && query.to;
  if (!query.prefix.empty() && (query.from || query.to))
    return fail("bad_request", "a prefix comes without from and to");
  if (!query.prefix.empty()) out.key_condition += " AND begins_with(sk, :from)";
  if (both) out.key_condition += " AND sk BETWEEN :from AND :to";
  if (query.from && !both) out.key_condition += " AND sk >= :from";
  if (query.to && !both) out.key_condition += " AND sk <= :to";
  const auto put = [&](const char* name, const KeyPart& part) -> Result<> {
    const Result<std::string> text = bound(part);
    if (!text) return std::unexpected(text.error());
    out.values[name] = AttributeValue::string(*text);
    return {};
  };
  if (!query.prefix.empty()) return put(":from", KeyPart(query.prefix));
  if (query.from) {
    if (Result<> done = put(":from", *query.from); !done) return done;
  }
  return query.to ? put(":to", *query.to) : Result<>();
}

Result<Query> TableCore::query_of(const TableScope& scope, const TableQuery& query,
                                  const TableKey& partition) const {
  if (query.limit < 1 || query.limit > kMostLimit)
    return fail("bad_request",
                "the limit is " + std::to_string(query.limit) + ", must be from 1 to 1000");
  if (query.cursor.size() > kMostCursor || !is_utf8(query.cursor))
    return fail("bad_cursor", "a cursor is 1024 bytes of UTF-8 at most");
  const Result<std::string> pk = partition_of(shape_, scope.tenant, partition);
  if (!pk) return std::unexpected(pk.error());
  Query out{.table = shape_.table, .key_condition = "pk = :pk"};
  out.values[":pk"] = AttributeValue::string(*pk);
  if (Result<> added = add_range(query, out); !added)
    return std::unexpected(std::move(added.error()));
  out.limit = query.limit;
  out.forward = query.forward;
  out.consistent = options_.consistent;
  out.deadline = scope.deadline;
  if (!query.cursor.empty()) out.start_key = ItemKey{*pk, query.cursor}.item();
  return out;
}

Task<Result<TablePage<TableCore::Record>>> TableCore::query(TableScope scope, TableQuery query,
                                                            TableKey partition) {
  const Result<Query> request = query_of(scope, query, partition);
  if (!request) co_return std::unexpected(request.error());
  const std::string& pk = *request->values.at(":pk").text();
  Task<Result<QueryPage>> asking = db_.query(*request);
  Result<QueryPage> page = co_await asking;
  if (!page) co_return std::unexpected(std::move(page.error()));
  TablePage<Record> out;
  for (Item& stored : page->items) {
    const auto sk = stored.find(kSortName);
    const std::string* sort = sk == stored.end() ? nullptr : sk->second.text();
    const ItemKey asked{pk, sort == nullptr ? "" : *sort};
    Result<Found> found = read(scope, asked, std::move(stored));
    if (!found) co_return std::unexpected(std::move(found.error()));
    if (*found) out.items.push_back(**std::move(found));
  }
  if (!page->last_key) co_return out;
  const auto last = page->last_key->find(kSortName);
  if (last == page->last_key->end() || !last->second.is(AttributeType::string))
    co_return fail("bad_answer", "a last key without sk");
  out.next = *last->second.text();
  co_return out;
}

}  // namespace lift::detail
