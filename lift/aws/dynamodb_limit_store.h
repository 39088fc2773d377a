#pragma once
// A table of DynamoDB as the store of shared limits.
//
//   auto store = DynamoDbLimitStore::make({.table = "limits"}, AwsEnvironment::process());
//   if (!store) return store.error();
//   LimitOptions tenants = per_tenant({.rate = per_second(1000)});
//   tenants.sharing = LimitSharing{.store = *store};
//
// The table has the key `pk` (S) and nothing else; `lift-dynamodb create-table --kind limits` makes
// it. An item is `pk`, `t`, `v` and `x`, the second after which it may be deleted: some 120 bytes,
// so a write costs one unit, whether its condition holds or not. Where the engine does not give an
// item with a condition that failed, as dynalite, it is read.
// Thread-safety: as LimitStore; make() and the destructor not from its loop.
// Cost: a thread, asleep when idle; 10 µs of CPU a write.

#include <atomic>
#include <memory>
#include <string>

#include "lift/aws/dynamodb_access.h"
#include "lift/net/loop_thread.h"
#include "lift/ratelimit/limit_store.h"

namespace lift {

struct DynamoDbLimitStoreOptions {
  std::string table = {};  ///< 3 to 255 of letters, digits, '_', '-' and '.'
  DynamoDbAccessOptions access = {};
  /// How long the start waits for the table's description: 100 ms to 1 min. If it does not come
  /// the service starts all the same, and its limits by what they do without their store.
  Duration patience = std::chrono::seconds(3);

  [[nodiscard]] Problems validate() const;
};

class DynamoDbLimitStore final : public LimitStore {
 public:
  /// Asks what the table is. Errors: `bad_configuration`, where there is no such table, it has
  /// other keys, or this process may not use it; and those of DynamoDbAccess.
  static Result<std::shared_ptr<DynamoDbLimitStore>> make(DynamoDbLimitStoreOptions options,
                                                          AwsEnvironment environment);
  DynamoDbLimitStore(const DynamoDbLimitStore&) = delete;
  DynamoDbLimitStore& operator=(const DynamoDbLimitStore&) = delete;
  ~DynamoDbLimitStore() override;

  [[nodiscard]] Loop& loop() noexcept override { return thread_.loop(); }
  /// False for a global table whose regions see each other's writes later.
  [[nodiscard]] bool one_truth() const noexcept override { return one_truth_; }
  Task<Result<LimitWritten>> write(const LimitWrite& write) override;

 private:
  explicit DynamoDbLimitStore(DynamoDbLimitStoreOptions options);
  Result<> start(AwsEnvironment environment);
  Task<Result<>> inspect(Instant deadline);
  Task<Result<LimitWritten>> read(std::string key, LimitWritten answer, Instant deadline);

  const DynamoDbLimitStoreOptions options_;
  LoopThread thread_{"lift-limits"};
  std::unique_ptr<DynamoDbAccess> access_;  // lives on the loop
  std::atomic<bool> one_truth_{true};
  bool inspected_ = false;    // on the loop
  bool gives_items_ = false;  // with a failed condition; on the loop
};

}  // namespace lift
