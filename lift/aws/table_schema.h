#pragma once
// Which members of a described struct are its key in DynamoDB, its version, its expiry.
//
//   TableSchema<Payment> schema("lift-payments", "payment");  // the table, the kind of item
//   schema.sort(&Payment::id).version(&Payment::version);
//
// The table has the keys `pk` and `sk`, both texts, as `lift-dynamodb create-table --kind items`
// makes it; many kinds share it. Attributes are the names of the description (lift/http/json.h),
// so none may be called `pk`, `sk` or `x`.
// Thread-safety: a plain value.
// Cost: at start only.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "lift/aws/detail/table_shape.h"
#include "lift/http/json.h"

namespace lift {

template <class T>
class TableSchema {
 public:
  /// `table` as DynamoDB takes it: 3 to 255 letters, digits, '_', '-' and '.'. `kind` tells items
  /// of this type from others in the table: 1 to 255 bytes. Both are checked by Table.
  TableSchema(std::string table, std::string kind) {
    static_assert(Described<T>,
                  "T needs `static void describe(lift::Fields<T>&)` and a default constructor");
    shape_.table = std::move(table);
    shape_.kind = std::move(kind);
    shape_.type = &detail::kJsonType<T>;
    shape_.read = [](std::string_view json, void* into) {
      return detail::read_json(json, detail::kJsonType<T>, detail::json_rules<T>(), into);
    };
    shape_.check = [](std::string_view json) {
      T scratch{};
      return detail::read_json(json, detail::kJsonType<T>, detail::json_rules<T>(), &scratch);
    };
  }

  /// A text or whole number that is part of which partition an item is in. May be called again for
  /// more; with none, all items of a tenant are in one, and can be read in one query.
  template <class M>
  TableSchema& partition(M T::* member) {
    static_assert(std::same_as<M, std::string> || detail::JsonInteger<M>,
                  "a part of a key is a std::string or an integer");
    shape_.partition.push_back(name_of(member));
    return *this;
  }
  /// The text or whole number by which the items of a partition are told apart, and sorted. With
  /// none, a partition is one item.
  template <class M>
  TableSchema& sort(M T::* member) {
    static_assert(std::same_as<M, std::string> || detail::JsonInteger<M>,
                  "a part of a key is a std::string or an integer");
    shape_.sort = name_of(member);
    return *this;
  }
  /// The second since 1970 from which on the item is gone: it is not read from then on, though
  /// DynamoDB deletes it some days later.
  TableSchema& expires(std::int64_t T::* member) { return expires_by(member); }
  TableSchema& expires(std::optional<std::int64_t> T::* member) { return expires_by(member); }
  /// Counts the writes of an item, from 1 on, so that one who changes an older state is told.
  TableSchema& version(std::int64_t T::* member) {
    shape_.version = name_of(member);
    return *this;
  }

  [[nodiscard]] const detail::TableShape& shape() const noexcept { return shape_; }

 private:
  template <class M>
  TableSchema& expires_by(M T::* member) {
    shape_.expires = name_of(member);
    return *this;
  }
  /// A member that is not described has a name that the table refuses.
  template <class M>
  static std::string name_of(M T::* member) {
    const std::string_view name = json_name(member);
    return std::string(name.empty() ? detail::kNotDescribed : name);
  }

  detail::TableShape shape_;
};

}  // namespace lift
