#pragma once
// The head of a response and the framing of its body, as bytes. Pure.
//
// How a body is delimited is decided here and nowhere else: whatever a handler says about length,
// coding or connection is left out (RFC 9110 §7.6.1), so no response can be framed in two ways.
// Thread-safety: pure functions.
// Cost: about 100 ns a head; allocates only to grow `out`.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/http/response.h"

namespace lift::detail {

/// How the end of a body is marked.
enum class Framing : std::uint8_t {
  none,     ///< there is no body, nor a length: 1xx, 204, 304
  length,   ///< Content-Length
  chunked,  ///< HTTP/1.1 only
  close,    ///< by the end of the connection, for HTTP/1.0
};

/// What of the request and the connection shapes the response.
struct ResponseShape {
  int version_minor = 1;
  bool head_only = false;  ///< answers a HEAD request
  bool keep_alive = true;
};

/// How `response` will be framed for that request. A body framed by `close` cannot be kept alive
/// after.
[[nodiscard]] Framing framing_of(const Response& response, const ResponseShape& shape) noexcept;

/// Appends status line and fields, and the empty line. `date` is the value of the Date field.
void write_head(std::string& out, const Response& response, const ResponseShape& shape,
                Framing framing, std::string_view date);

/// Appends the size line of a chunk; its bytes and "\r\n" follow. `bytes` must not be 0.
void write_chunk_size(std::string& out, std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// The Date field's value, rendered once a second.
class DateCache {
 public:
  [[nodiscard]] std::string_view at(Instant now, const Clock& clock) noexcept;

 private:
  Instant valid_until_{};
  std::array<char, 29> text_{};
};

}  // namespace lift::detail
