#pragma once
// Cutting text without cutting a character.
//
// Thread-safety: pure functions.
// Cost: a few compares.

#include <cstddef>
#include <string_view>

namespace lift {

/// The longest beginning of `text` of at most `bytes` bytes that ends between two characters. In
/// what is not UTF-8 it may end anywhere.
[[nodiscard]] constexpr std::string_view utf8_prefix(std::string_view text,
                                                     std::size_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  for (int i = 0; i < 3 && bytes > 0 && (text[bytes] & '\xc0') == '\x80'; ++i) --bytes;
  return text.substr(0, bytes);
}

}  // namespace lift
