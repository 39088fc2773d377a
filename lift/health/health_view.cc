#include "lift/health/health_view.h"

#include <algorithm>

namespace lift {
namespace {

/// What a check's status means for the whole.
HealthStatus share_of(const CheckView& check) noexcept {
  switch (check.status) {
    case HealthStatus::fail:
      return check.required ? HealthStatus::fail : HealthStatus::warn;
    case HealthStatus::unknown:
      // Not seen good yet: nobody knows. Seen good, but too long ago: something is amiss.
      return check.required && !check.been_good ? HealthStatus::unknown : HealthStatus::warn;
    default:
      return check.status;
  }
}

}  // namespace

void HealthView::conclude() noexcept {
  status = HealthStatus::pass;
  gates_open = true;
  starting = false;
  stale_at = kNever;
  slowest = Duration::zero();
  for (const auto& check : checks) {
    status = worse(status, share_of(*check));
    slowest = std::max(slowest, check->took);
    if (check->status != HealthStatus::unknown) stale_at = std::min(stale_at, check->stale_at);
    if (check->lets_through) continue;
    gates_open = false;
    starting = starting || !check->been_good;
  }
}

}  // namespace lift
