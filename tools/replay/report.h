#pragma once
// Two outcomes of one recording, side by side.

#include <string>

#include "run.h"

namespace replay {

/// A line a figure.
[[nodiscard]] std::string table(const Outcome& a, const Outcome& b);
/// Good answers by second.
[[nodiscard]] std::string plot(const Outcome& a, const Outcome& b);

}  // namespace replay
