#pragma once
// What happened between two snapshots: for destinations that want differences, not sums.
//
// Thread-safety: a pure function.
// Cost: copies the later snapshot; about 0.6 µs a series.

#include "lift/telemetry/metric_snapshot.h"

namespace lift {

/// Counters and histograms as they grew from `earlier` to `later` of the same registry; up-downs
/// and gauges as they are in `later`. The result starts at `earlier.time`.
///
/// A series that is new, or that has begun anew since (it is less than it was, as after a fork or
/// when its label set came back after removal), counts from zero. One that is gone is left out. The
/// overflow series takes over what removed series had counted before; that is taken off it again as
/// far as the snapshots show it, so a sum over the family's differences is what happened.
/// Exemplars are kept if they are of the time between.
[[nodiscard]] MetricSnapshot delta(const MetricSnapshot& earlier, const MetricSnapshot& later);

}  // namespace lift
