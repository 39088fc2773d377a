#include "dynamo_store.h"

#include <utility>

#include "dynamo_tasks.h"
#include "lift/aws/ensure_table.h"

namespace payments {
namespace {

using lift::Result;

std::int64_t seconds(lift::WallTime time) {
  return std::chrono::ceil<std::chrono::seconds>(time).time_since_epoch().count();
}

/// Where '\n' stands in no method, path or key.
std::string name_of(const KeyedRequest& request) {
  std::string out(request.method);
  out.append("\n").append(request.path).append("\n").append(request.key);
  return out;
}

Result<> check_table(const std::string& table, const Result<lift::TableDescription>& described) {
  if (!described && described.error().code == "not_found") {
    return lift::fail("store_missing", "there is no table " + table +
                                           ": make it by lift-dynamodb create-table --kind items "
                                           "--table " +
                                           table);
  }
  if (!described) return std::unexpected(store_error(described.error()));
  const lift::KeyAttribute pk{.name = "pk"};
  const lift::KeyAttribute sk{.name = "sk"};
  const std::string has =
      described->partition ? keys_text(*described->partition, described->sort) : "none";
  if (has != keys_text(pk, sk)) {
    return lift::fail("store_foreign", "the table " + table + " has the keys " + has +
                                           ", must have " + keys_text(pk, sk));
  }
  if (described->status == "ACTIVE" || described->status == "UPDATING") return {};
  return lift::fail("store_unavailable", "the table " + table + " is " + described->status);
}

}  // namespace

struct DynamoStore::Tables {
  Tables(std::unique_ptr<lift::DynamoDbAccess> made, const std::string& table)
      : access(std::move(made)),
        payments(access->db(), PaymentItem::schema(table)),
        keys(access->db(), KeyItem::schema(table)) {}

  std::unique_ptr<lift::DynamoDbAccess> access;
  lift::Table<PaymentItem> payments;
  lift::Table<KeyItem> keys;
};

DynamoStore::DynamoStore() = default;
DynamoStore::~DynamoStore() {
  (void)thread_.run_sync([this] { tables_.reset(); });
}

Result<std::unique_ptr<DynamoStore>> DynamoStore::open(std::string table,
                                                       lift::DynamoDbAccessOptions options,
                                                       lift::AwsEnvironment environment) {
  if (!lift::is_table_name(table)) {
    return lift::fail("bad_configuration",
                      "--dynamodb-table must be 3 to 255 letters, digits, '_', '-' or '.'");
  }
  std::unique_ptr<DynamoStore> store(new DynamoStore());
  const Result<> started = store->start(table, std::move(options), std::move(environment));
  if (!started) return std::unexpected(started.error());
  return store;
}

Result<> DynamoStore::start(const std::string& table, lift::DynamoDbAccessOptions options,
                            lift::AwsEnvironment environment) {
  if (auto started = thread_.start(); !started) return started;
  const Result<Result<>> made = thread_.run_sync([&]() -> Result<> {
    auto access = lift::DynamoDbAccess::make(thread_.loop(), std::move(environment), options);
    if (!access) return std::unexpected(std::move(access.error()));
    tables_ = std::make_unique<Tables>(*std::move(access), table);
    return {};
  });
  if (!made) return std::unexpected(made.error());
  if (!*made) return *made;
  const auto described =
      thread_.run_sync([&] { return tables_->access->db().describe_table(table); });
  return described ? check_table(table, *described) : std::unexpected(described.error());
}

template <class F>
auto DynamoStore::ask(F call) {
  auto answer = thread_.run_sync(call);
  using Answer = std::remove_cvref_t<decltype(*answer)>;
  return answer ? *std::move(answer) : Answer(std::unexpected(store_error(answer.error())));
}

Result<> DynamoStore::ping() {
  const auto found = ask([&] { return tables_->payments.of("ping").get("ping"); });
  if (!found) return std::unexpected(store_error(found.error()));
  return {};
}

Result<> DynamoStore::create(std::string_view tenant, const Payment& payment) {
  return ask([&] { return keep(tables_->payments.of(tenant), payment); });
}

Result<> DynamoStore::create(std::string_view tenant, const Payment& payment, const Claim& claim,
                             const Reply& reply, lift::WallTime now) {
  return finish(tenant, claim, reply, &payment, now);
}

Result<> DynamoStore::complete(std::string_view tenant, const Claim& claim, const Reply& reply,
                               lift::WallTime now) {
  return finish(tenant, claim, reply, nullptr, now);
}

Result<> DynamoStore::finish(std::string_view tenant, const Claim& claim, const Reply& reply,
                             const Payment* payment, lift::WallTime now) {
  KeyItem wanted;
  wanted.name = claim.record;
  wanted.claim = claim.id;
  wanted.status = reply.status;
  wanted.location = reply.location;
  wanted.body = reply.body;
  if (payment != nullptr) wanted.made = *payment;
  wanted.expires = seconds(now + kKeepReplies);
  return ask(
      [&] { return finish_keyed(tables_->payments.of(tenant), tables_->keys.of(tenant), wanted); });
}

Result<Payment> DynamoStore::find(std::string_view tenant, std::string_view id) {
  const auto found = ask([&] { return tables_->payments.of(tenant).get(id); });
  if (!found && found.error().code == "bad_key") return no_payment();
  if (!found) return std::unexpected(store_error(found.error()));
  if (!*found) return no_payment();
  return (*found)->payment;
}

Result<Page> DynamoStore::list(std::string_view tenant, std::string_view cursor,
                               std::size_t limit) {
  if (auto valid = check_limit(limit); !valid) return std::unexpected(valid.error());
  return ask(
      [&] { return list_payments(tables_->payments.of(tenant), std::string(cursor), limit); });
}

Result<Payment> DynamoStore::refund(std::string_view tenant, std::string_view id,
                                    std::int64_t amount) {
  if (auto valid = check_amount(amount); !valid) return std::unexpected(valid.error());
  return ask([&] { return refund_payment(tables_->payments.of(tenant), std::string(id), amount); });
}

Result<Begun> DynamoStore::begin(std::string_view tenant, const KeyedRequest& request,
                                 lift::WallTime now) {
  if (auto valid = check_key(request); !valid) return std::unexpected(valid.error());
  lift::SecureRandom random;
  KeyItem wanted;
  wanted.name = name_of(request);
  wanted.body_hash = request.body_hash;
  wanted.claim = static_cast<std::int64_t>(random.next() >> 1U);
  wanted.expires = seconds(now + kClaimExpiry);
  return ask(
      [&] { return begin_keyed(tables_->payments.of(tenant), tables_->keys.of(tenant), wanted); });
}

Result<> DynamoStore::abandon(std::string_view tenant, const Claim& claim) {
  return ask([&] { return abandon_keyed(tables_->keys.of(tenant), claim); });
}

}  // namespace payments
