#pragma once
// What metrics counted between one snapshot and the next.

#include <optional>
#include <utility>

#include "lift/telemetry/metric_delta.h"

namespace lift::detail {

class Periods {
 public:
  /// Since the snapshot before, or since the process began.
  MetricSnapshot next(const MetricSnapshot& snapshot) {
    MetricSnapshot nothing{.start = snapshot.start, .time = snapshot.start, .families = {}};
    const MetricSnapshot earlier = std::exchange(last_, snapshot).value_or(std::move(nothing));
    return delta(earlier, snapshot);
  }

 private:
  std::optional<MetricSnapshot> last_;
};

}  // namespace lift::detail
