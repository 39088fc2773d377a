#pragma once
// What a collector answers: that it took all, or how many items it refused, and why.
//
// Thread-safety: a pure function.
// Cost: a few compares; allocates for a message.

#include <cstdint>
#include <string>
#include <string_view>

#include "lift/base/error.h"

namespace lift {

struct OtlpPartialSuccess {
  std::uint64_t rejected = 0;  ///< spans, log records or data points: never to be sent again
  std::string message;         ///< for people, at most 1,024 bytes, UTF-8; may warn of nothing lost
};

/// Reads an Export…ServiceResponse, of whichever signal, in Protocol Buffers. Fields that it does
/// not know are skipped. Error `bad_otlp_response` for what is no message.
[[nodiscard]] Result<OtlpPartialSuccess> parse_otlp_response(std::string_view body);

}  // namespace lift
