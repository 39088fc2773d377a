#pragma once
// Base64 (RFC 4648 §4): the standard alphabet, padded.
//
// Thread-safety: pure functions.
// Cost: about 1 ns a byte, and the string that is made.

#include <optional>
#include <string>
#include <string_view>

namespace lift {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Nothing for what base64_encode() would not have written: other characters, missing padding, bits
/// left over.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace lift
