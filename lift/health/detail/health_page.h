#pragma once
// `/health/detail` for people: one page, all of it in one answer.
//
// Thread-safety: a pure function.
// Cost: about 3 µs a check.

#include "lift/health/health_body.h"

namespace lift::detail {

/// Content type, policy and body.
void fill_health_page(Response& response, const Health& health, Instant now,
                      HealthAudience audience);

}  // namespace lift::detail
