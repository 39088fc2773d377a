#pragma once
// What of a field may be seen.
//
// Thread-safety: pure functions.
// Cost: a compare for what is open.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "lift/telemetry/field.h"

namespace lift::detail {

/// What is written where a text was cut.
inline constexpr std::string_view kCut = "...[truncated]";

/// Room for a masked card number.
using PanText = std::array<char, 16>;

/// A card's number with all but its last four digits replaced, a view into `room`; `[REDACTED]` if
/// it has fewer than 12 digits.
[[nodiscard]] std::string_view last_four(std::string_view number, PanText& room) noexcept;

/// `field`'s value as its sensitivity lets it be seen; a view into `room` if need be.
[[nodiscard]] Value shown(const Field& field, PanText& room) noexcept;

/// Whether a later one of `fields` has the name of the one at `index`, and so takes its place.
[[nodiscard]] inline bool named_again(std::span<const Field> fields, std::size_t index) noexcept {
  const std::string_view name = fields[index].name;
  return std::ranges::any_of(fields.subspan(index + 1),
                             [name](const Field& later) { return later.name == name; });
}

}  // namespace lift::detail
