#pragma once
// Keys of typed tables: what is given of one, and how it is written so that no two are the same.
//
// The attribute `pk` is tenant, kind and the partition's parts, joined by '#'; in each of them '#',
// '%' and control characters are percent-encoded, so that none can reach into the next:
// "acme#payment", "a%23b#payment". The attribute `sk` is the sort part: a text as it is; a whole
// number as 21 characters that sort as numbers do; "#" where a table has none.
// Thread-safety: plain values, pure functions.
// Cost: an allocation a part.

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

/// A text or a whole number.
class KeyPart {
 public:
  KeyPart(std::string_view text) : text_(text) {}    // NOLINT(google-explicit-constructor)
  KeyPart(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)
  KeyPart(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  template <std::integral Int>
    requires(!std::same_as<Int, bool> && !std::same_as<Int, char>)
  KeyPart(Int number)  // NOLINT(google-explicit-constructor)
      : text_(std::to_string(number)), is_number_(true) {}

  /// A number in decimal digits.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool is_number() const noexcept { return is_number_; }

 private:
  std::string text_;
  bool is_number_ = false;
};

/// The parts of an item's key, in the order of its schema: those of the partition, then the sort
/// part. A key of one part is made of it silently.
class TableKey {
 public:
  template <std::convertible_to<KeyPart>... Parts>
  TableKey(const Parts&... parts)  // NOLINT(google-explicit-constructor)
      : parts_{KeyPart(parts)...} {}
  explicit TableKey(std::vector<KeyPart> parts) : parts_(std::move(parts)) {}

  [[nodiscard]] const std::vector<KeyPart>& parts() const noexcept { return parts_; }

 private:
  std::vector<KeyPart> parts_;
};

namespace detail {

/// `pk`. Errors: `bad_tenant` for one that is empty; `bad_key` for what is not UTF-8, or too long:
/// 2,048 bytes at most.
Result<std::string> partition_text(std::string_view tenant, std::string_view kind,
                                   std::span<const KeyPart> parts);
/// `sk`. Errors: `bad_key` for what is empty, not UTF-8, or too long: 1,024 bytes at most.
Result<std::string> sort_text(const KeyPart& part);
inline constexpr std::string_view kNoSort = "#";

}  // namespace detail
}  // namespace lift
