#pragma once
// Finds card numbers in text. Private to lift/telemetry.
//
// A card number has 13 to 19 digits, a length and a beginning that some scheme issues, and a right
// check digit (Luhn, ISO/IEC 7812-1). Of random numbers of 16 digits about one in 30 looks like
// one, of 13 one in 65; see card_number_test.cc.

#include <cstddef>
#include <string_view>

namespace lift::detail {

/// `digits` are digits only.
[[nodiscard]] bool plausible_card(std::string_view digits) noexcept;

/// How many characters of a card number begin at text[at], which is a digit that none precedes; 0
/// if none does. Digits may stand in groups of three or more, a blank or a dash between each.
[[nodiscard]] std::size_t card_length(std::string_view text, std::size_t at) noexcept;

}  // namespace lift::detail
