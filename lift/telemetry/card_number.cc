#include "lift/telemetry/detail/card_number.h"

#include <array>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

constexpr std::size_t kFewest = 13;
constexpr std::size_t kMost = 19;
constexpr std::size_t kSmallestGroup = 3;

/// Numbers from `first` to `last`, both of as many digits, begin a scheme's cards.
struct Range {
  unsigned first;
  unsigned last;
  unsigned lengths;  // bit n: n digits
};

constexpr unsigned length(unsigned n) { return 1u << n; }
constexpr unsigned lengths(unsigned from, unsigned to) {
  unsigned out = 0;
  for (unsigned n = from; n <= to; ++n) out |= length(n);
  return out;
}

// The schemes' published ranges, by four digits.
constexpr Range kRanges[] = {
    {2200, 2204, lengths(16, 19)},                       // Mir
    {2221, 2720, length(16)},                            // Mastercard
    {3000, 3059, lengths(14, 19)},                       // Diners Club
    {3095, 3095, lengths(14, 19)},                       //
    {3400, 3499, length(15)},                            // American Express
    {3528, 3589, lengths(16, 19)},                       // JCB
    {3600, 3699, lengths(14, 19)},                       // Diners Club
    {3700, 3799, length(15)},                            // American Express
    {3800, 3999, lengths(14, 19)},                       // Diners Club
    {4000, 4999, length(13) | length(16) | length(19)},  // Visa
    {5000, 5099, lengths(13, 19)},                       // Maestro, Elo, Verve, RuPay
    {5100, 5599, length(16)},                            // Mastercard
    {5600, 5899, lengths(13, 19)},                       // Maestro
    {6000, 6099, lengths(16, 19)},                       // Discover, RuPay
    {6200, 6299, lengths(16, 19)},                       // UnionPay
    {6304, 6304, lengths(13, 19)},                       // Maestro
    {6362, 6363, length(16)},                            // Elo
    {6370, 6399, length(16)},                            // InstaPayment, Maestro
    {6440, 6599, lengths(16, 19)},                       // Discover, RuPay, Elo
    {6700, 6799, lengths(13, 19)},                       // Maestro
    {8100, 8299, lengths(16, 19)},                       // UnionPay, RuPay
    {9792, 9792, length(16)},                            // Troy
};

bool issued(std::string_view digits) noexcept {
  unsigned begin = 0;
  for (const char c : digits.substr(0, 4)) begin = begin * 10 + static_cast<unsigned>(c - '0');
  for (const Range& range : kRanges) {
    if (begin >= range.first && begin <= range.last)
      return (range.lengths & length(static_cast<unsigned>(digits.size()))) != 0;
  }
  return false;
}

bool luhn(std::string_view digits) noexcept {
  unsigned sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i > 0; --i) {
    unsigned digit = static_cast<unsigned>(digits[i - 1] - '0');
    if (twice) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

}  // namespace

bool plausible_card(std::string_view digits) noexcept {
  return digits.size() >= kFewest && digits.size() <= kMost && issued(digits) && luhn(digits);
}

std::size_t card_length(std::string_view text, std::size_t at) noexcept {
  std::array<char, kMost> digits;
  std::size_t count = 0;
  std::size_t best = 0;
  const std::size_t begin = at;
  char separator = '\0';
  for (;;) {
    const std::size_t group = at;
    while (at < text.size() && ascii::is_digit(text[at])) {
      if (count == kMost) return best;
      digits[count++] = text[at++];
    }
    if (at - group < kSmallestGroup) return best;
    if (plausible_card({digits.data(), count})) best = at - begin;
    if (at + 1 >= text.size() || !ascii::is_digit(text[at + 1])) return best;
    if (text[at] != ' ' && text[at] != '-') return best;
    if (separator != '\0' && separator != text[at]) return best;
    separator = text[at++];
  }
}

}  // namespace lift::detail
