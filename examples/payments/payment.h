#pragma once
// A payment, as the service keeps it and shows it.

#include <cstdint>
#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/random.h"
#include "lift/http/json.h"

namespace payments {

struct Payment {
  std::string id;                    // UUID version 7
  std::int64_t amount = 0;           // minor units, such as cents; at least 1
  std::string currency;              // ISO 4217, such as EUR
  std::int64_t refunded_amount = 0;  // minor units, 0 to amount
  std::string status;                // created, partially_refunded or refunded
  std::optional<std::string> description;
  std::string created_at;  // RFC 3339, UTC, milliseconds

  friend bool operator==(const Payment&, const Payment&) = default;
  static void describe(lift::Fields<Payment>& f) {
    f.field("id", &Payment::id);
    f.field("amount", &Payment::amount);
    f.field("currency", &Payment::currency);
    f.field("refunded_amount", &Payment::refunded_amount);
    f.field("status", &Payment::status);
    f.field("description", &Payment::description);
    f.field("created_at", &Payment::created_at);
  }
};

/// A payment that begins now, with a fresh id.
Payment new_payment(std::int64_t amount, std::string currency,
                    std::optional<std::string> description, lift::WallTime now,
                    lift::Random& random);

/// Sets the status that follows from the amounts.
void update_status(Payment& payment);

/// 2026-01-31T08:05:09.123Z
std::string rfc3339(lift::WallTime time);

}  // namespace payments
