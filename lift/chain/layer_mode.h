#pragma once
// How far a layer that may refuse requests goes.
//
// Thread-safety: a plain value.
// Cost: none.

#include <cstdint>

namespace lift {

enum class LayerMode : std::uint8_t {
  off,
  shadow,  ///< decides and counts, refuses nothing
  enforce,
};

}  // namespace lift
