#pragma once
// Which media types a client wants (RFC 9110 §12.5.1).
//
// Thread-safety: pure functions.
// Cost: a scan of the header, no allocation.

#include <string_view>

namespace lift {

/// How much an Accept header wants `media_type` ("text/html", without parameters), in thousandths:
/// 0 not at all, 1000 fully. The most specific range decides, of several the most favourable. An
/// empty header wants everything. Parameters of a range other than `q` are not looked at; a
/// malformed range counts as absent.
[[nodiscard]] int quality(std::string_view accept, std::string_view media_type) noexcept;

/// Whether it is wanted at all.
[[nodiscard]] inline bool accepts(std::string_view accept, std::string_view media_type) noexcept {
  return quality(accept, media_type) > 0;
}

}  // namespace lift
