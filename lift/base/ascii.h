#pragma once
// Characters as protocols see them: ASCII only, never the locale's.
//
// Thread-safety: pure functions.
// Cost: a table load or a compare a character.

#include <array>
#include <cstddef>
#include <string_view>

namespace lift::ascii {
namespace detail {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr std::array<bool, 256> kToken = make_token_table();

}  // namespace detail

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
/// Space or tab.
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
/// 0 to 31 and 127.
[[nodiscard]] constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// The value of a hex digit, -1 for anything else.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// Non-empty and of token characters (RFC 9110 §5.6.2) only.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  bool all = !text.empty();
  for (const char c : text) all &= detail::kToken[static_cast<unsigned char>(c)];
  return all;
}

/// Equal but for the case of letters.
[[nodiscard]] constexpr bool same(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Without leading and trailing blanks.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Cuts `text` at the first `separator`: returns what stands before it, leaves what stands behind
/// it.
[[nodiscard]] constexpr std::string_view cut(std::string_view& text, char separator) noexcept {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

/// A weight of an Accept header, such as "0.85", in thousandths; -1 for anything else
/// (RFC 9110 §12.4.2).
[[nodiscard]] constexpr int parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) return -1;
  int value = 0;
  int unit = 1000;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 1) continue;
    if (!is_digit(text[i])) return -1;
    value += (text[i] - '0') * unit;
    unit /= 10;
  }
  return value <= 1000 ? value : -1;
}

}  // namespace lift::ascii
