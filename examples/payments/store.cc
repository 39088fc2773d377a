#include "store.h"

namespace payments {

lift::Result<> check_limit(std::size_t limit) {
  if (limit >= 1 && limit <= Store::kMaxPage) return {};
  return lift::fail("bad_limit", "limit is " + std::to_string(limit) + ", must be from 1 to 100");
}

lift::Result<> check_amount(std::int64_t amount) {
  if (amount >= 1) return {};
  return lift::fail("bad_amount", "amount is " + std::to_string(amount) + ", must be at least 1");
}

lift::Result<> check_key(const KeyedRequest& request) {
  if (!request.key.empty() && request.key.size() <= Store::kMaxKey) return {};
  return lift::fail("bad_key", "the key has " + std::to_string(request.key.size()) +
                                   " bytes, must have 1 to 255");
}

std::unexpected<lift::Error> no_payment() {
  return lift::fail("not_found", "the tenant has no payment of this id");
}

std::unexpected<lift::Error> bad_cursor() {
  return lift::fail("bad_cursor", "no page of this tenant gave this cursor");
}

std::unexpected<lift::Error> claim_lost() {
  return lift::fail("claim_lost", "the claim expired and another request took it over");
}

std::unexpected<lift::Error> refund_too_large(const Payment& payment, std::int64_t amount) {
  return lift::fail("refund_too_large",
                    "amount is " + std::to_string(amount) + ", at most " +
                        std::to_string(payment.amount - payment.refunded_amount) + " is left");
}

}  // namespace payments
