#pragma once
// Payments and idempotency keys in one SQLite file.
//
// Its operations wait for the disk: what was answered as done is on it. Errors besides those of
// Store: `store_busy` another process holds the file for longer than busy_timeout, `store_full`
// the disk or max_bytes is reached, `store_corrupt` the file is damaged or no database,
// `store_newer` and `store_foreign` (when opening) it is a later program's or another's,
// `store_unavailable` anything else; their messages name the file.
// Thread-safety: all of it, from any thread; reads run beside each other and beside one write.
// Cost: a read about 10 µs, a write one fsync.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlite.h"
#include "store.h"

namespace payments {

struct StoreOptions {
  std::chrono::milliseconds busy_timeout{2000};  ///< 0 or more
  unsigned readers = 4;                          ///< connections for reads, 1 to 64
  std::uint64_t max_bytes = 1ULL << 30U;         ///< size of the file at most, 64 KiB or more
};

class SqliteStore final : public Store {
 public:
  /// Opens or creates the file and brings its tables up to date. Error: `bad_configuration`.
  static lift::Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file,
                                                         StoreOptions options);

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
  SqliteStore(Connection writer, std::vector<Connection> readers)
      : connections_(std::move(writer), std::move(readers)) {}
  static lift::Result<> insert(Connection& connection, std::string_view tenant,
                               const Payment& payment);
  Connections connections_;
};

}  // namespace payments
