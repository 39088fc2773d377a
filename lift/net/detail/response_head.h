#pragma once
// The head of an HTTP/1.x response (RFC 9112 §4-6), read strictly: what could be framed in two ways
// is refused. Where it ends is found by HeadScanner.
//
// Thread-safety: plain values and functions.
// Cost: about 0.5 µs for a usual head; allocates beyond 16 fields or 512 bytes only.

#include <cstdint>
#include <string_view>

#include "lift/http/headers.h"
#include "lift/net/detail/body_decoder.h"

namespace lift::detail {

struct ResponseHead {
  enum class Body : std::uint8_t {
    none,
    framed,       ///< as `framing` says
    until_close,  ///< whatever comes before the connection ends
  };

  int status = 0;  ///< 100 to 599
  Headers headers;
  Body body = Body::none;
  BodyFraming framing;
  bool keep_alive = false;

  void clear() noexcept;
};

/// Reads a complete head, its empty line included, into `head`, which must be clear. `to_head`: it
/// answers a HEAD request. Returns the rule that is broken, which quotes nothing of the response;
/// empty if none is.
[[nodiscard]] std::string_view parse_response_head(std::string_view text, bool to_head,
                                                   ResponseHead& head);

}  // namespace lift::detail
