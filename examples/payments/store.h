#pragma once
// Payments and idempotency keys of all tenants in one SQLite file.
//
// Every operation takes the tenant first and sees that tenant's rows alone. All of them block on
// the disk, so handlers call them by `ctx.offload`. What was answered as done is on the disk:
// commits wait for it. Time is a parameter.
//
// Errors: `store_busy` another process holds the file for longer than busy_timeout, `store_full`
// the disk or max_bytes is reached, `store_corrupt` the file is damaged or no database,
// `store_newer` and `store_foreign` (when opening) it is a later program's or another's,
// `store_unavailable` anything else; their messages name the file and are for logs. The others are
// named where they occur.
// Thread-safety: all of it, from any thread; reads run beside each other and beside one write.
// Cost: a read about 10 µs, a write one fsync.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "payment.h"
#include "sqlite.h"

namespace payments {

struct StoreOptions {
  std::chrono::milliseconds busy_timeout{2000};  ///< 0 or more
  unsigned readers = 4;                          ///< connections for reads, 1 to 64
  std::uint64_t max_bytes = 1ULL << 30U;         ///< size of the file at most, 64 KiB or more
};

struct Page {
  std::vector<Payment> payments;    ///< newest first
  std::optional<std::string> next;  ///< the cursor of the page after this one, if there is one
};

/// A request that is to run once: the key is its client's, the hash that of its body.
struct KeyedRequest {
  std::string_view method;
  std::string_view path;
  std::string_view key;        ///< 1 to 255 bytes
  std::string_view body_hash;  ///< text
};

/// The answer that later requests with the same key get.
struct Reply {
  int status = 0;
  std::string location;  ///< of the Location header, "" for none
  std::string body;
};

/// The right to run a keyed request. Unused for a minute, it passes to the next one who asks.
struct Claim {
  std::int64_t id = 0;
};

struct Begun {
  enum class Kind : std::uint8_t {
    fresh,     ///< run it with `claim`, then complete() or abandon()
    replay,    ///< it has run: answer `reply`
    mismatch,  ///< the key was used with another body
    running,   ///< another request with this key has not finished
  };
  Kind kind;
  Claim claim;
  Reply reply;
};

class Store {
 public:
  static constexpr std::size_t kMaxPage = 100;
  static constexpr std::chrono::hours kKeepReplies{24};
  static constexpr std::chrono::seconds kClaimExpiry{60};

  /// Opens or creates the file and brings its tables up to date. Error: `bad_configuration`.
  static lift::Result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                                   StoreOptions options);

  /// Whether the file can be read: reads from it.
  lift::Result<> ping();
  lift::Result<> create(std::string_view tenant, const Payment& payment);
  /// Creates the payment and completes the claim, both or neither. Error: `claim_lost`.
  lift::Result<> create(std::string_view tenant, const Payment& payment, Claim claim,
                        const Reply& reply, lift::WallTime now);
  /// Error: `not_found`, also for another tenant's payment.
  lift::Result<Payment> find(std::string_view tenant, std::string_view id);
  /// Up to `limit` (1 to kMaxPage) payments from `cursor` on, "" being the newest. A cursor is what
  /// an earlier page of the same tenant gave. Errors: `bad_limit`, `bad_cursor`.
  lift::Result<Page> list(std::string_view tenant, std::string_view cursor, std::size_t limit);
  /// Pays back `amount` (at least 1) of what is left. Errors: `bad_amount`, `not_found`,
  /// `refund_too_large`.
  lift::Result<Payment> refund(std::string_view tenant, std::string_view id, std::int64_t amount);

  /// Asks for the right to run a request. Of several at a time, one gets `fresh`. Error: `bad_key`.
  lift::Result<Begun> begin(std::string_view tenant, const KeyedRequest& request,
                            lift::WallTime now);
  /// Keeps the reply for kKeepReplies. Error: `claim_lost` if the claim expired and was taken over.
  lift::Result<> complete(std::string_view tenant, Claim claim, const Reply& reply,
                          lift::WallTime now);
  /// Gives the claim back, so that the request may run again. Nothing if it was lost.
  lift::Result<> abandon(std::string_view tenant, Claim claim);

 private:
  Store(Connection writer, std::vector<Connection> readers)
      : connections_(std::move(writer), std::move(readers)) {}
  static lift::Result<> insert(Connection& connection, std::string_view tenant,
                               const Payment& payment);
  Connections connections_;
};

}  // namespace payments
