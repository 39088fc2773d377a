#pragma once
// Payments and idempotency keys in a table of DynamoDB, which many processes share.
//
// The table is there already: `lift-dynamodb create-table --kind items` makes it. Where a payment
// is made under a key, the key's item holds it first; it becomes an item of its own right after, or
// when the request comes again: so both happen, or neither, though they are two writes.
// What expires does so by the clock of this process. Errors besides those of Store: `store_missing`
// and `store_foreign` (when opening) there is no such table, or it has other keys;
// `store_unavailable` also where nobody knows whether a write was done.
// Thread-safety: all of it, from any thread.
// Cost: a call of DynamoDB or a few, and 20 µs for each to its own thread and back.

#include <memory>
#include <string>
#include <string_view>

#include "dynamo_items.h"
#include "lift/aws/dynamodb_access.h"
#include "lift/aws/table.h"
#include "lift/net/loop_thread.h"
#include "store.h"

namespace payments {

class DynamoStore final : public Store {
 public:
  /// Creates nothing. Blocks while it asks for the table. Error: `bad_configuration` with the
  /// flag's name.
  static lift::Result<std::unique_ptr<DynamoStore>> open(std::string table,
                                                         lift::DynamoDbAccessOptions options,
                                                         lift::AwsEnvironment environment);
  ~DynamoStore() override;

  lift::Result<> ping() override;
  lift::Result<> create(std::string_view tenant, const Payment& payment) override;
  lift::Result<> create(std::string_view tenant, const Payment& payment, const Claim& claim,
                        const Reply& reply, lift::WallTime now) override;
  lift::Result<Payment> find(std::string_view tenant, std::string_view id) override;
  lift::Result<Page> list(std::string_view tenant, std::string_view cursor,
                          std::size_t limit) override;
  lift::Result<Payment> refund(std::string_view tenant, std::string_view id,
                               std::int64_t amount) override;
  lift::Result<Begun> begin(std::string_view tenant, const KeyedRequest& request,
                            lift::WallTime now) override;
  lift::Result<> complete(std::string_view tenant, const Claim& claim, const Reply& reply,
                          lift::WallTime now) override;
  lift::Result<> abandon(std::string_view tenant, const Claim& claim) override;

 private:
  struct Tables;
  DynamoStore();
  lift::Result<> start(const std::string& table, lift::DynamoDbAccessOptions options,
                       lift::AwsEnvironment environment);
  /// What a task on the store's own loop comes to.
  template <class F>
  auto ask(F call);
  lift::Result<> finish(std::string_view tenant, const Claim& claim, const Reply& reply,
                        const Payment* payment, lift::WallTime now);

  lift::LoopThread thread_{"payments-store"};
  std::unique_ptr<Tables> tables_;  // lives on the loop
};

}  // namespace payments
