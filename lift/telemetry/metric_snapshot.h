#pragma once
// What the metrics were at one moment: what every metric encoder reads. Values are cumulative since
// `start`.
//
// Thread-safety: plain values, made by MetricRegistry::snapshot().
// Cost: allocates; made once a scrape or an export.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/clock.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

enum class MetricKind : std::uint8_t {
  counter,    ///< only grows
  up_down,    ///< a sum that may shrink
  gauge,      ///< the last value set
  histogram,  ///< a distribution
};

/// A measurement whose trace was kept: from a bucket to an example of what is in it.
struct Exemplar {
  double value = 0;
  WallTime time;
  TraceId trace;
  SpanId span;
};

/// An exponential histogram of schema 3 (eight buckets an octave), and the same measurements in the
/// explicit buckets that its family names.
struct HistogramPoint {
  std::uint64_t count = 0;  ///< the sum of all buckets and of `zeros`, exactly
  double sum = 0;
  std::uint64_t zeros = 0;  ///< at most `zero_threshold`
  double zero_threshold = 0;
  /// OpenTelemetry's index of buckets[0]: bucket i holds (2^(i/8), 2^((i+1)/8)]. Prometheus counts
  /// from one more.
  std::int32_t first_index = 0;
  std::vector<std::uint64_t> buckets;  ///< without empty ones at either end
  std::vector<std::uint64_t>
      explicit_counts;              ///< one more than the family's bounds: the last is +Inf
  std::vector<Exemplar> exemplars;  ///< at most one an explicit bucket, by value
};

using Label = std::pair<std::string, std::string>;

struct MetricPoint {
  std::vector<Label> labels;  ///< in the family's order; one without a value is left out
  double value = 0;           ///< of all kinds but histogram
  std::optional<HistogramPoint> histogram;
  std::optional<Exemplar> exemplar;  ///< of a counter
};

struct MetricFamily {
  std::string name;         ///< as OpenTelemetry writes it: "http.server.request.duration"
  std::string description;  ///< one sentence
  std::string unit;         ///< UCUM: "s", "By", "{request}", "1"
  MetricKind kind = MetricKind::counter;
  std::vector<double> bounds;  ///< upper, inclusive bounds of the explicit buckets, rising
  std::vector<MetricPoint> points;
};

struct MetricSnapshot {
  WallTime start;  ///< of the process, or of the last fork
  WallTime time;
  std::vector<MetricFamily> families;  ///< by name
};

}  // namespace lift
