#pragma once
// What is asked of DynamoDB and what it answers, one struct each: plain values, named as AWS names
// the operations.
//
// In expressions, `#name` stands for names["#name"] and `:value` for values[":value"].
// Thread-safety: plain values.
// Cost: none.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lift/aws/attribute_value.h"
#include "lift/base/clock.h"

namespace lift {

using AttributeNames = std::map<std::string, std::string, std::less<>>;

/// Which attributes a write gives back.
enum class ReturnValues : std::uint8_t { none, all_old, updated_old, all_new, updated_new };

/// What comes with every answer.
struct DynamoAnswer {
  /// The service's clock, to the second, when it answered.
  std::optional<WallTime> date;
  /// Units used, where report_capacity asked for them.
  std::optional<double> capacity_units;
};

struct GetItem {
  std::string table;
  Item key;
  bool consistent = false;  ///< sees every write that was answered; costs twice
  std::string projection;   ///< empty: all attributes
  AttributeNames names = {};
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct GotItem : DynamoAnswer {
  std::optional<Item> item;  ///< nothing: there is none
};

struct PutItem {
  std::string table;
  Item item;
  std::string condition = {};
  AttributeNames names = {};
  Item values = {};
  ReturnValues return_values = ReturnValues::none;  ///< or all_old
  bool return_item_on_failure = false;              ///< see WriteAnswer::item
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct DeleteItem {
  std::string table;
  Item key;
  std::string condition = {};
  AttributeNames names = {};
  Item values = {};
  ReturnValues return_values = ReturnValues::none;  ///< or all_old
  bool return_item_on_failure = false;
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct UpdateItem {
  std::string table;
  Item key;
  std::string update;  ///< "SET t = t + :inc, x = :x"
  std::string condition = {};
  AttributeNames names = {};
  Item values = {};
  ReturnValues return_values = ReturnValues::none;
  bool return_item_on_failure = false;
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct WriteAnswer : DynamoAnswer {
  /// False where the condition did not hold: nothing was written.
  bool applied = true;
  /// If applied, what `return_values` asked for. Otherwise the item as it is, where
  /// `return_item_on_failure` asked for it and the engine gives it. DynamoDB gives it whenever
  /// there is an item; older engines, dynalite among them, never do. Nothing may thus mean either:
  /// who must know reads the item, consistently.
  std::optional<Item> item;
};

struct Query {
  std::string table;
  std::string index = {};
  std::string key_condition;  ///< "pk = :pk AND begins_with(sk, :from)"
  std::string filter = {};    ///< applied after `limit`
  std::string projection = {};
  AttributeNames names = {};
  Item values = {};
  std::optional<std::uint32_t> limit = {};  ///< 1 at least; the service ends a page at 1 MB as well
  bool forward = true;
  bool consistent = false;
  Item start_key = {};  ///< last_key of the page before
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct QueryPage : DynamoAnswer {
  std::vector<Item> items;
  std::optional<Item> last_key;  ///< nothing: this was the last page
};

/// 100 keys at most, none twice.
struct BatchGetItem {
  struct Keys {
    std::vector<Item> keys;
    bool consistent = false;
    std::string projection = {};
    AttributeNames names = {};
  };
  std::map<std::string, Keys, std::less<>> tables;
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct BatchGotItem : DynamoAnswer {
  std::map<std::string, std::vector<Item>, std::less<>> items;  ///< in no order
  /// Not read, for lack of capacity or room: to be asked for again, after a while.
  std::map<std::string, std::vector<Item>, std::less<>> unprocessed;
};

struct BatchWrite {
  enum class Kind : std::uint8_t { put, remove };
  Kind kind = Kind::put;
  Item item;  ///< the whole of it to put, its key to remove
  friend bool operator==(const BatchWrite&, const BatchWrite&) = default;
};
/// 25 writes at most, no item twice. Without conditions, and not atomic.
struct BatchWriteItem {
  std::map<std::string, std::vector<BatchWrite>, std::less<>> tables;
  bool report_capacity = false;
  Instant deadline = kNever;
};
struct BatchWroteItem : DynamoAnswer {
  std::map<std::string, std::vector<BatchWrite>, std::less<>> unprocessed;  ///< not written
};

struct KeyAttribute {
  std::string name;
  AttributeType type = AttributeType::string;  ///< or number, or binary
};
/// Billed by request.
struct CreateTable {
  std::string table;
  KeyAttribute partition;
  std::optional<KeyAttribute> sort = {};
  Instant deadline = kNever;
};

struct TableDescription {
  std::string name;
  std::string status;   ///< CREATING, ACTIVE, UPDATING, DELETING …
  std::string billing;  ///< PAY_PER_REQUEST, PROVISIONED; "" where it is not told
  std::optional<KeyAttribute> partition;
  std::optional<KeyAttribute> sort;
  /// Regions of a global table: writes there pass the same condition as writes here.
  std::vector<std::string> replicas;
  /// Whether those regions agree before a write is answered (multi-Region strong consistency).
  bool consistent_regions = false;
};

struct TimeToLive {
  std::string status;  ///< ENABLED, ENABLING, DISABLED, DISABLING
  std::string attribute;
};

}  // namespace lift
