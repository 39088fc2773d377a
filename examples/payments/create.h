#pragma once
// Creating a payment, once only under an Idempotency-Key.

#include <expected>
#include <optional>
#include <string>

#include "lift/chain/context.h"
#include "lift/http/errors.h"
#include "payment.h"
#include "store.h"

namespace payments {

inline constexpr std::int64_t kMaxAmount = 100'000'000;

/// What a client sends.
struct Charge {
  std::int64_t amount = 0;
  std::string currency;
  std::optional<std::string> description;
  static void describe(lift::Fields<Charge>& f) {
    f.field("amount", &Charge::amount).min(1).max(kMaxAmount);
    f.field("currency", &Charge::currency).one_of({"EUR", "GBP", "JPY", "USD"});
    f.field("description", &Charge::description).max_length(200);
  }
};

/// A charge with all that running it needs, so that it can go to a worker thread.
struct Order {
  std::string tenant;
  Payment payment;
  lift::WallTime now;
  std::string path;
  std::optional<std::string> key;  ///< the Idempotency-Key
  std::string body_hash;
};

struct Created {
  Reply reply;
  bool replayed = false;
};

/// Throws HttpError for a key that is not valid.
[[nodiscard]] Order order_of(lift::Context& ctx, const Charge& charge);

/// Creates the payment, or finds the answer that this key was given before. Blocks on the disk.
/// Errors: 422 IDEMPOTENCY_MISMATCH if the key came with another body, 409 IDEMPOTENCY_CONFLICT
/// while the first request with it still runs.
[[nodiscard]] std::expected<Created, lift::HttpError> run_once(Store& store, const Order& order);

}  // namespace payments
