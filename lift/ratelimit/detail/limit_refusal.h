#pragma once
// The answer to a request that a limit refused.
//
// Thread-safety: pure functions. Cost: allocates; under a microsecond.

#include "lift/chain/context.h"
#include "lift/ratelimit/limit_options.h"

namespace lift::detail {

/// 429 with the original's members and those of a problem, for a request that began at `now`; 503
/// where nobody could decide.
[[nodiscard]] Response limit_refusal(const Context& ctx, const LimitVerdict& refused, WallTime now);

}  // namespace lift::detail
