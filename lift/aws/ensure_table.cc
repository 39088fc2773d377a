#include "lift/aws/ensure_table.h"

#include <utility>

#include "lift/base/loop.h"
#include "lift/base/sleep.h"

namespace lift {
namespace {

constexpr Duration kPause = std::chrono::milliseconds(500);

std::string key_text(const KeyAttribute& key) {
  const char type = key.type == AttributeType::string   ? 'S'
                    : key.type == AttributeType::number ? 'N'
                    : key.type == AttributeType::binary ? 'B'
                                                        : '?';
  return key.name + " (" + type + ")";
}

/// What passes by itself while a table is made.
bool may_pass(const Error& error) {
  return error.code == "not_found" || error.code == "unavailable" || error.code == "throttled" ||
         error.code == "not_sent";
}

Result<> same_keys(const TableDescription& has, const CreateTable& wanted) {
  const std::string there = has.partition ? keys_text(*has.partition, has.sort) : "no keys";
  const std::string asked = keys_text(wanted.partition, wanted.sort);
  if (there == asked) return {};
  return fail("different_keys",
              "the table " + wanted.table + " has the keys " + there + ", must have " + asked);
}

/// True: items expire by the attribute. False: this engine does not know expiry.
Task<Result<bool>> ensure_expiry(DynamoDb& db, std::string table, std::string attribute) {
  Task<Result<TimeToLive>> asking = db.describe_time_to_live(table);
  const Result<TimeToLive> now = co_await asking;
  if (!now && now.error().code == "unsupported") co_return false;
  if (!now) co_return std::unexpected(now.error());
  if (now->status == "ENABLED" || now->status == "ENABLING") {
    if (now->attribute == attribute) co_return true;
    co_return fail("different_expiry", "items of the table " + table + " expire by " +
                                           now->attribute + ", must expire by " + attribute);
  }
  Task<Result<>> enabling = db.enable_time_to_live(table, attribute);
  const Result<> enabled = co_await enabling;
  if (!enabled && enabled.error().code == "unsupported") co_return false;
  if (!enabled) co_return std::unexpected(enabled.error());
  co_return true;
}

/// True: made. False: it was there.
Task<Result<bool>> create_if_missing(DynamoDb& db, CreateTable wanted) {
  Task<Result<TableDescription>> asking = db.describe_table(wanted.table);
  const Result<TableDescription> there = co_await asking;
  if (there) co_return false;
  if (there.error().code != "not_found") co_return std::unexpected(there.error());
  Task<Result<TableDescription>> creating = db.create_table(wanted);
  const Result<TableDescription> created = co_await creating;
  if (created) co_return true;
  // Somebody else was faster.
  if (created.error().code == "in_use") co_return false;
  co_return std::unexpected(created.error());
}

Task<Result<EnsuredTable>> ensure(DynamoDb& db, EnsureTable wanted) {
  if (wanted.patience < Duration::zero() || wanted.patience > std::chrono::hours(1))
    co_return fail("bad_request", "patience must be from 0 to 1 h");
  EnsuredTable out;
  Task<Result<bool>> creating = create_if_missing(db, wanted.table);
  const Result<bool> created = co_await creating;
  if (!created) co_return std::unexpected(created.error());
  out.created = *created;
  Task<Result<TableDescription>> waiting = until_active(db, wanted.table.table, wanted.patience);
  Result<TableDescription> active = co_await waiting;
  if (!active) co_return std::unexpected(std::move(active.error()));
  out.description = *std::move(active);
  if (Result<> same = same_keys(out.description, wanted.table); !same)
    co_return std::unexpected(std::move(same.error()));
  if (wanted.expires_by.empty()) co_return out;
  Task<Result<bool>> expiring = ensure_expiry(db, wanted.table.table, wanted.expires_by);
  const Result<bool> expires = co_await expiring;
  if (!expires) co_return std::unexpected(expires.error());
  out.expires = *expires;
  co_return out;
}

}  // namespace

std::string keys_text(const KeyAttribute& partition, const std::optional<KeyAttribute>& sort) {
  return sort ? key_text(partition) + ", " + key_text(*sort) : key_text(partition);
}

Task<Result<TableDescription>> until_active(DynamoDb& db, std::string table, Duration patience) {
  const Clock& clock = Loop::current().clock();
  const Instant latest = clock.now() + patience;
  while (true) {
    Task<Result<TableDescription>> asking = db.describe_table(table);
    Result<TableDescription> described = co_await asking;
    if (!described && !may_pass(described.error())) co_return described;
    if (described && described->status == "ACTIVE") co_return described;
    if (described && described->status == "DELETING")
      co_return fail("not_ready", "the table " + table + " is being deleted");
    if (clock.now() >= latest) {
      co_return fail("not_ready", "the table " + table + " is not ACTIVE: " +
                                      (described ? described->status : described.error().message));
    }
    co_await sleep(kPause);
  }
}

Task<Result<EnsuredTable>> ensure_table(DynamoDb& db, const EnsureTable& wanted) {
  return ensure(db, wanted);
}

}  // namespace lift
