#pragma once
// Questions to a histogram: quantiles, sums and differences of points of the same family.
//
// Thread-safety: pure functions.
// Cost: a scan of the buckets; add() and subtract() allocate.

#include <optional>

#include "lift/telemetry/metric_snapshot.h"

namespace lift {

/// The value that a share `q` of all measurements does not exceed, `q` from 0 to 1; none if there
/// are no measurements. Off by at most 4.4 %, save for what the family's edges cut off: 0 stands
/// for all that counts as zero, the last bucket for all above it.
[[nodiscard]] std::optional<double> quantile(const HistogramPoint& point, double q);

/// Puts the measurements of both together. Exemplars stay `to`'s.
void add(HistogramPoint& to, const HistogramPoint& more);

/// Takes those of an earlier reading of the same series off. False, and `from` as it was, if any
/// count is smaller now: the series has begun anew.
bool subtract(HistogramPoint& from, const HistogramPoint& earlier);

}  // namespace lift
