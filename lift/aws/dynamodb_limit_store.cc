#include "lift/aws/dynamodb_limit_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/aws/ensure_table.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using Kind = LimitWrite::Kind;
using V = AttributeValue;

UpdateItem request_of(const std::string& table, const LimitWrite& write) {
  UpdateItem out{.table = table, .key = {{"pk", V::string(write.key)}}, .update = ""};
  out.values[":value"] = V::number(write.value);
  out.values[":x"] = V::number(write.expires_at);
  switch (write.kind) {
    case Kind::begin:
      out.update = "SET t = :value, v = :v, x = :x";
      out.condition = "attribute_not_exists(t) OR t <= :above";
      out.values[":v"] = V::number(write.version);
      out.values[":above"] = V::number(write.above);
      break;
    case Kind::advance:
      out.update = "SET t = t + :value, x = :x";
      out.condition = "v = :v AND t > :above AND t <= :most";
      out.values[":v"] = V::number(write.version);
      out.values[":above"] = V::number(write.above);
      out.values[":most"] = V::number(write.at_most);
      break;
    case Kind::add:
      out.update = "SET t = if_not_exists(t, :none) + :value, x = :x";
      out.condition = "attribute_not_exists(t) OR t <= :most";
      out.values[":none"] = V::number(0);
      out.values[":most"] = V::number(write.at_most);
      break;
    case Kind::convert:
      out.update = "SET t = :value, v = :v, x = :x";
      out.condition = "t = :above AND v = :most";
      out.values[":v"] = V::number(write.version);
      out.values[":above"] = V::number(write.above);
      out.values[":most"] = V::number(write.at_most);
      break;
  }
  out.return_values = ReturnValues::updated_new;
  out.return_item_on_failure = true;
  out.deadline = write.deadline;
  return out;
}

std::optional<std::int64_t> number(const Item& item, std::string_view name) {
  const auto found = item.find(name);
  return found != item.end() ? found->second.as_int64() : std::nullopt;
}

/// Nothing: somebody else has written there.
std::optional<LimitItem> read_item(const Item& item) {
  const auto t = number(item, "t");
  if (!t) return std::nullopt;
  return LimitItem{.t = *t, .v = number(item, "v").value_or(0)};
}

std::unexpected<Error> foreign() {
  return fail("bad_item", "an item of the table of limits has no number t");
}

/// A conflict is over in a moment, as is throttling.
Error as_limit_error(Error error) {
  if (error.code == "conflict") error.code = "throttled";
  return error;
}

/// Whether it may be asked again later; anything else is a mistake that stays.
bool may_pass(const Error& error) noexcept {
  constexpr std::array<std::string_view, 5> kPassing{"not_sent", "throttled", "unavailable",
                                                     "bad_answer", "in_use"};
  return std::ranges::find(kPassing, error.code) != kPassing.end();
}

}  // namespace

Problems DynamoDbLimitStoreOptions::validate() const {
  Problems problems;
  if (!is_table_name(table)) {
    problems.add("table", table, "must be 3 to 255 letters, digits, '_', '-' or '.'");
  }
  if (patience < 100ms || patience > 1min) {
    problems.add("patience", std::to_string(patience.count()) + "ns",
                 "must be from 100 ms to 1 min");
  }
  return problems;
}

DynamoDbLimitStore::DynamoDbLimitStore(DynamoDbLimitStoreOptions options)
    : options_(std::move(options)) {}

DynamoDbLimitStore::~DynamoDbLimitStore() {
  static_cast<void>(thread_.run_sync([this] { access_.reset(); }));
}

Result<std::shared_ptr<DynamoDbLimitStore>> DynamoDbLimitStore::make(
    DynamoDbLimitStoreOptions options, AwsEnvironment environment) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  std::shared_ptr<DynamoDbLimitStore> store(new DynamoDbLimitStore(std::move(options)));
  const Result<> started = store->start(std::move(environment));
  if (!started) return std::unexpected(started.error());
  return store;
}

Result<> DynamoDbLimitStore::start(AwsEnvironment environment) {
  if (auto started = thread_.start(); !started) return started;
  const Result<Result<>> made = thread_.run_sync([&]() -> Result<> {
    auto access = DynamoDbAccess::make(thread_.loop(), std::move(environment), options_.access);
    if (!access) return std::unexpected(std::move(access.error()));
    access_ = *std::move(access);
    return {};
  });
  if (!made) return std::unexpected(made.error());
  if (!*made) return *made;
  const Result<Result<>> inspected = thread_.run_sync(
      [this] { return inspect(saturating_add(thread_.loop().clock().now(), options_.patience)); });
  if (!inspected) return std::unexpected(inspected.error());
  if (!*inspected && !may_pass(inspected->error())) {
    return fail("bad_configuration", inspected->error().message);
  }
  return {};
}

/// What the table is, and whether it can be used.
Task<Result<>> DynamoDbLimitStore::inspect(Instant deadline) {
  const std::string& table = options_.table;
  Task<Result<TableDescription>> asking = access_->db().describe_table(table, deadline);
  const Result<TableDescription> described = co_await asking;
  if (!described && described.error().code == "not_found") {
    co_return fail("no_table", "there is no table " + table +
                                   ": make it by lift-dynamodb create-table --kind limits "
                                   "--table " +
                                   table);
  }
  if (!described) co_return std::unexpected(described.error());
  const std::string wanted = keys_text({.name = "pk"}, {});
  const std::string has =
      described->partition ? keys_text(*described->partition, described->sort) : "none";
  if (has != wanted) {
    co_return fail("other_keys",
                   "the table " + table + " has the keys " + has + ", must have " + wanted);
  }
  one_truth_ = described->replicas.empty() || described->consistent_regions;
  inspected_ = true;
  co_return Result<>();
}

Task<Result<LimitWritten>> DynamoDbLimitStore::write(const LimitWrite& write) {
  if (!inspected_) {
    Task<Result<>> inspecting = inspect(write.deadline);
    const Result<> inspected = co_await inspecting;
    if (!inspected) co_return std::unexpected(inspected.error());
  }
  Task<Result<WriteAnswer>> writing = access_->db().update_item(request_of(options_.table, write));
  Result<WriteAnswer> written = co_await writing;
  if (!written) co_return std::unexpected(as_limit_error(std::move(written.error())));
  LimitWritten answer{.applied = written->applied, .item = {}, .date = written->date};
  if (written->item) {
    answer.item = read_item(*written->item);
    if (!answer.item) co_return foreign();
    if (answer.applied && write.kind != Kind::add) answer.item->v = write.version;
    gives_items_ = gives_items_ || !answer.applied;
  }
  // An engine that gives no items does not tell either that there is none.
  if (answer.applied || answer.item || gives_items_) co_return answer;
  Task<Result<LimitWritten>> reading = read(write.key, std::move(answer), write.deadline);
  co_return co_await reading;
}

Task<Result<LimitWritten>> DynamoDbLimitStore::read(std::string key, LimitWritten answer,
                                                    Instant deadline) {
  const GetItem get{.table = options_.table,
                    .key = {{"pk", V::string(key)}},
                    .consistent = true,
                    .projection = "t, v",
                    .deadline = deadline};
  Task<Result<GotItem>> getting = access_->db().get_item(get);
  Result<GotItem> got = co_await getting;
  if (!got) co_return std::unexpected(as_limit_error(std::move(got.error())));
  if (!got->item) co_return answer;
  answer.item = read_item(*got->item);
  if (!answer.item) co_return foreign();
  co_return answer;
}

}  // namespace lift
