#pragma once
// Header fields: case-insensitive names, several values a name, order kept.
//
// One block of bytes and a list of offsets, both inside the object for a usual message (512 bytes,
// 16 fields) and on the heap beyond; clear() keeps what was allocated. Names are kept as written.
// Lookup scans: with a few dozen fields that is faster than any index.
// Thread-safety: a plain value.
// Cost: get about 5 ns, add about 13 ns, add_valid about 6 ns, no allocation for a usual message.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/ascii.h"
#include "lift/base/inline_buffer.h"

namespace lift {

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  Headers() = default;
  Headers(const Headers& other) { append(other); }
  Headers(Headers&& other) noexcept = default;
  Headers& operator=(const Headers& other);
  Headers& operator=(Headers&& other) noexcept = default;
  ~Headers() = default;

  /// Appends a field. Leading and trailing blanks of the value are cut; CR, LF and NUL in it become
  /// spaces (RFC 9110 §5.5), so no value can split a message. False, and nothing added, if `name`
  /// is not a token.
  bool add(std::string_view name, std::string_view value);
  /// Appends a field that a parser has already found valid: a token, and a value without CR, LF,
  /// NUL and outer blanks. It is stored as it is, so bytes from anywhere else go through add().
  void add_valid(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one, which stands last. False, and nothing changed, if
  /// `name` is not a token.
  bool set(std::string_view name, std::string_view value);
  /// Appends all fields of `other`, which must be another object. Cost: two copies of memory.
  void append(const Headers& other);
  /// Removes every field of that name; returns how many there were.
  std::size_t remove(std::string_view name) noexcept;
  void clear() noexcept;

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  /// The first value of that name, or empty.
  [[nodiscard]] std::string_view value(std::string_view name) const noexcept {
    return get(name).value_or("");
  }
  [[nodiscard]] bool contains(std::string_view name) const noexcept {
    return get(name).has_value();
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Every value of that name, in order. For lists over several fields (Accept, Forwarded, Vary).
  template <class Visit>
  void for_each(std::string_view name, Visit&& visit) const {
    for (std::size_t i = 0; i < size(); ++i) {
      if (const Field f = (*this)[i]; same_name(f.name, name)) visit(f.value);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// The i-th field in order of arrival; views hold until the next change.
  [[nodiscard]] Field operator[](std::size_t i) const noexcept {
    const Entry& e = entries_[i];
    const char* at = bytes_.data() + e.at;
    return {{at, e.name_size}, {at + e.name_size, e.value_size}};
  }
  /// Bytes of all names and values.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }

  /// ASCII case-insensitive equality, as for field names.
  [[nodiscard]] static bool same_name(std::string_view a, std::string_view b) noexcept {
    return ascii::same(a, b);
  }

 private:
  struct Entry {
    std::uint32_t at;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  void add_growing(std::string_view name, std::string_view value);
  std::size_t remove_among(std::size_t first_fields, std::string_view name) noexcept;

  InlineBuffer<char, 512> bytes_;
  InlineBuffer<Entry, 16> entries_;
};

}  // namespace lift
