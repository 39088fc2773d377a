#pragma once
// The flags that say what a service tells of itself, and to whom.
//
// Thread-safety: none needed, used by main. Cost: at start only.

#include <vector>

#include "lift/app/command_line.h"
#include "lift/app/options.h"

namespace lift::detail {

/// `options` must outlive the flags.
[[nodiscard]] std::vector<Flag> telemetry_flags(AppOptions& options);

}  // namespace lift::detail
