#pragma once
// The words that make a name sensitive, and those that take it back. Private to lift/telemetry.
//
// A word is written as its segments run together, so that "apikey" stands for api_key, apiKey,
// API-Key and apikey alike.

#include <cstdint>
#include <span>
#include <string_view>

#include "lift/telemetry/field.h"

namespace lift::detail {

enum class WordRole : std::uint8_t {
  anywhere,   ///< makes a name sensitive in which it is one segment, or several in a row
  whole,      ///< only if it is the whole name
  neutral,    ///< behind a sensitive word: the value is about it, not it ("password_policy")
  technical,  ///< before "address": a machine's, not a person's ("ip_address")
};

struct WordGroup {
  WordRole role;
  Sensitivity sensitivity;
  std::string_view words;  // a blank between two
};

[[nodiscard]] std::span<const WordGroup> sensitive_words() noexcept;

}  // namespace lift::detail
