#pragma once
// What of a field may be seen.
//
// Thread-safety: pure functions.
// Cost: a compare for what is open.

#include <array>
#include <string_view>

#include "lift/telemetry/field.h"

namespace lift::detail {

/// Room for a masked card number.
using PanText = std::array<char, 16>;

/// `field`'s value as its sensitivity lets it be seen; a view into `room` if need be.
[[nodiscard]] Value shown(const Field& field, PanText& room) noexcept;

}  // namespace lift::detail
