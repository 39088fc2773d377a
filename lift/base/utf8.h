#pragma once
// UTF-8: cutting text without cutting a character, and replacing what is none.
//
// Thread-safety: pure functions.
// Cost: a few compares a character; ASCII at 8 bytes a step.

#include <cstddef>
#include <string>
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

/// U+FFFD, which stands for what is no character.
inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Utf8Sequence {
  std::size_t size;
  bool valid;
};

/// The sequence at the start of `text`, which is not empty, by table 3-7 of the Unicode standard;
/// for an invalid one, its maximal subpart, which is replaced as a whole.
[[nodiscard]] Utf8Sequence utf8_sequence(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// `text` with kReplacement for what is not UTF-8.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace lift
