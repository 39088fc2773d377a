#pragma once
// What a typed table knows of its type, without the type.
//
// A record is an item by the names of the type's own description; what is stored has its key
// besides, and its expiry under `x`.
// Thread-safety: plain values, pure functions.
// Cost: about 1 µs a record each way.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/aws/attribute_value.h"
#include "lift/aws/table_key.h"
#include "lift/base/error.h"
#include "lift/http/json.h"

namespace lift::detail {

inline constexpr std::string_view kPartitionName = "pk";
inline constexpr std::string_view kSortName = "sk";
inline constexpr std::string_view kExpiryName = "x";
/// Stands for a member without a name.
inline constexpr std::string_view kNotDescribed = "(not described)";

struct TableShape {
  std::string table;
  std::string kind;
  std::vector<std::string> partition;  ///< members' names
  std::string sort;                    ///< likewise, "" for none
  std::string expires;
  std::string version;
  const JsonType* type = nullptr;
  std::optional<HttpError> (*read)(std::string_view json, void* into) = nullptr;
  std::optional<HttpError> (*check)(std::string_view json) = nullptr;

  [[nodiscard]] Problems validate() const;
};

struct ItemKey {
  std::string partition;
  std::string sort;

  [[nodiscard]] Item item() const;
  /// For messages.
  [[nodiscard]] std::string text() const { return partition + " / " + sort; }
  friend auto operator<=>(const ItemKey&, const ItemKey&) = default;
};

/// A value as a record. Errors: `bad_item` for what its own description refuses.
Result<Item> write_record(const TableShape& shape, const void* value);
/// Errors: `bad_item`. Attributes that are not described are passed over.
Result<> read_record(const TableShape& shape, const Item& record, void* value);

/// Whether the part is a text or a number as its member is. Error: `bad_key`.
Result<> check_part(const TableShape& shape, std::string_view name, const KeyPart& part);
/// Errors: `bad_tenant`, `bad_key`.
Result<ItemKey> key_of(const TableShape& shape, std::string_view tenant, const TableKey& key);
/// `pk` of the partition's parts alone.
Result<std::string> partition_of(const TableShape& shape, std::string_view tenant,
                                 const TableKey& partition);
Result<ItemKey> key_of_record(const TableShape& shape, std::string_view tenant, const Item& record);

/// A record as it is stored under a key.
Item stored_of(const TableShape& shape, const ItemKey& key, const Item& record);
/// The record of what is stored. Error: `foreign_item` for one that is not this tenant's, or whose
/// members say another key; `bad_item` where the members of the key are missing.
Result<Item> record_of(const TableShape& shape, std::string_view tenant, Item stored);

}  // namespace lift::detail
