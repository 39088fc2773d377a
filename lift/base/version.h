#pragma once
// Which Lift this is.
//
// Thread-safety: a constant.
// Cost: none.

#include <string_view>

namespace lift {

/// As in CMakeLists.txt.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace lift
