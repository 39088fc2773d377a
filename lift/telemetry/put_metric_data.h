#pragma once
// Bodies of CloudWatch's PutMetricData, version 2010-08-01, AWS Query protocol: POSTed as
// `application/x-www-form-urlencoded`, which may be gzipped.
//
// Thread-safety: a pure function.
// Cost: allocates; made once a minute.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/telemetry/cloudwatch_view.h"

namespace lift {

/// What CloudWatch takes in one call. Its megabyte is counted before compression, to be safe.
inline constexpr std::size_t kPutMetricBytes = 1'000'000;
inline constexpr std::size_t kPutMetricDatums = 1000;
inline constexpr std::size_t kPutMetricValues = 150;

/// Whether CloudWatch takes `name` as a namespace: 1 to 255 of letters, digits and `. - _ / # :`,
/// neither `AWS/…` nor beginning with a colon.
[[nodiscard]] bool is_metric_namespace(std::string_view name) noexcept;

struct PutMetricData {
  std::vector<std::string> bodies;
  std::size_t datums = 0;
  /// Values that CloudWatch has no room for: NaN, infinities, beyond ±2^360.
  std::uint64_t refused_values = 0;
};

/// A datum a series, more if it has more than 150 values, in as few bodies as hold them.
[[nodiscard]] PutMetricData put_metric_data(std::string_view metric_namespace,
                                            std::span<const CloudWatchSeries> series, WallTime at);

}  // namespace lift
