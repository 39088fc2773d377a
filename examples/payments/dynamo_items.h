#pragma once
// How payments and idempotency keys lie in DynamoDB.
//
// Thread-safety: plain values.
// Cost: none.

#include <cstdint>
#include <optional>
#include <string>

#include "lift/aws/table_schema.h"
#include "payment.h"

namespace payments {

/// A payment and how often it was written.
struct PaymentItem {
  std::string id;
  Payment payment;
  std::int64_t version = 0;

  static void describe(lift::Fields<PaymentItem>& f) {
    f.field("id", &PaymentItem::id);
    f.field("payment", &PaymentItem::payment);
    f.field("version", &PaymentItem::version);
  }
  /// A tenant's payments lie in one partition, by their ids, and so by the time they were made.
  static lift::TableSchema<PaymentItem> schema(std::string table) {
    lift::TableSchema<PaymentItem> out(std::move(table), "payment");
    out.sort(&PaymentItem::id).version(&PaymentItem::version);
    return out;
  }
};

/// What is known of a request with an Idempotency-Key.
struct KeyItem {
  std::string name;  // method, path and key
  std::string body_hash;
  std::int64_t claim = 0;   // of whom it was run by
  std::int64_t status = 0;  // of the reply; 0 while it runs
  std::string location;
  std::string body;
  std::optional<Payment> made;  // with this reply, as long as it may not be stored yet
  std::int64_t expires = 0;     // seconds since 1970
  std::int64_t version = 0;

  static void describe(lift::Fields<KeyItem>& f) {
    f.field("name", &KeyItem::name);
    f.field("body_hash", &KeyItem::body_hash);
    f.field("claim", &KeyItem::claim);
    f.field("status", &KeyItem::status);
    f.field("location", &KeyItem::location);
    f.field("body", &KeyItem::body);
    f.field("made", &KeyItem::made);
    f.field("expires", &KeyItem::expires);
    f.field("version", &KeyItem::version);
  }
  static lift::TableSchema<KeyItem> schema(std::string table) {
    lift::TableSchema<KeyItem> out(std::move(table), "once");
    out.partition(&KeyItem::name).expires(&KeyItem::expires).version(&KeyItem::version);
    return out;
  }
};

}  // namespace payments
