#pragma once
// What keeps payments and idempotency keys of all tenants.
//
// Every operation takes the tenant first and sees what is that tenant's alone. All of them block,
// so handlers call them by `ctx.offload`. What was answered as done stays done. Time is a
// parameter.
//
// Errors: `store_busy` where it would be better to try again, `store_unavailable` for what else
// fails, and those of each store; their messages are for logs. The others are named where they
// occur.
// Thread-safety: all of it, from any thread.
// Cost: see the stores.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "payment.h"

namespace payments {

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
  std::string record = {};  ///< where it is kept, by a store that finds it by that
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
  static constexpr std::size_t kMaxKey = 255;
  static constexpr std::chrono::hours kKeepReplies{24};
  static constexpr std::chrono::seconds kClaimExpiry{60};

  virtual ~Store() = default;

  /// Whether it can be read: reads from it.
  virtual lift::Result<> ping() = 0;
  virtual lift::Result<> create(std::string_view tenant, const Payment& payment) = 0;
  /// Creates the payment and completes the claim, both or neither. Error: `claim_lost`.
  virtual lift::Result<> create(std::string_view tenant, const Payment& payment, const Claim& claim,
                                const Reply& reply, lift::WallTime now) = 0;
  /// Error: `not_found`, also for another tenant's payment.
  virtual lift::Result<Payment> find(std::string_view tenant, std::string_view id) = 0;
  /// Up to `limit` (1 to kMaxPage) payments from `cursor` on, "" being the newest. A cursor is what
  /// an earlier page of the same tenant gave. Errors: `bad_limit`, `bad_cursor`.
  virtual lift::Result<Page> list(std::string_view tenant, std::string_view cursor,
                                  std::size_t limit) = 0;
  /// Pays back `amount` (at least 1) of what is left. Errors: `bad_amount`, `not_found`,
  /// `refund_too_large`.
  virtual lift::Result<Payment> refund(std::string_view tenant, std::string_view id,
                                       std::int64_t amount) = 0;

  /// Asks for the right to run a request. Of several at a time, one gets `fresh`. Error: `bad_key`.
  virtual lift::Result<Begun> begin(std::string_view tenant, const KeyedRequest& request,
                                    lift::WallTime now) = 0;
  /// Keeps the reply for kKeepReplies. Error: `claim_lost` if the claim expired and was taken over.
  virtual lift::Result<> complete(std::string_view tenant, const Claim& claim, const Reply& reply,
                                  lift::WallTime now) = 0;
  /// Gives the claim back, so that the request may run again. Nothing if it was lost.
  virtual lift::Result<> abandon(std::string_view tenant, const Claim& claim) = 0;
};

/// Errors that every store gives in the same words.
lift::Result<> check_limit(std::size_t limit);
lift::Result<> check_amount(std::int64_t amount);
lift::Result<> check_key(const KeyedRequest& request);
std::unexpected<lift::Error> no_payment();
std::unexpected<lift::Error> bad_cursor();
std::unexpected<lift::Error> claim_lost();
std::unexpected<lift::Error> refund_too_large(const Payment& payment, std::int64_t amount);

}  // namespace payments
