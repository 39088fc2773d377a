#pragma once
// Metrics as CloudWatch is to see them: under the original's names, with dimensions that a
// dashboard can ask for. EMF and PutMetricData are two ways to send them.
//
// | metric            | unit         | by                                                        |
// |-------------------|--------------|-----------------------------------------------------------|
// | requests.total    | Count        | nothing; operation, method; tenant_id; status_class       |
// | requests.errors   | Count        | nothing; operation, method; tenant_id                     |
// | requests.duration | Milliseconds | nothing; operation, method; tenant_id                     |
// | requests.active   | None         | nothing                                                   |
// | response.size     | Bytes        | nothing; operation, method                                |
// | telemetry.dropped | Count        | nothing; signal, reason                                   |
//
// each of them by `service` and, where there is one, `environment` as well. Every other family goes
// under its own name by service, environment and its labels. A dimension is never empty: CloudWatch
// would refuse the whole call.
// Thread-safety: pure functions.
// Cost: allocates; made once a minute.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/resource.h"

namespace lift {

/// What the view calls metrics and dimensions.
namespace cloudwatch {

inline constexpr std::string_view kTotal = "requests.total";
inline constexpr std::string_view kErrors = "requests.errors";
inline constexpr std::string_view kDuration = "requests.duration";
inline constexpr std::string_view kActive = "requests.active";
inline constexpr std::string_view kSize = "response.size";

inline constexpr std::string_view kService = "service";
inline constexpr std::string_view kEnvironment = "environment";
inline constexpr std::string_view kOperation = "operation";
inline constexpr std::string_view kMethod = "method";
inline constexpr std::string_view kTenant = "tenant_id";
inline constexpr std::string_view kStatusClass = "status_class";

}  // namespace cloudwatch

enum class CloudWatchUnit : std::uint8_t { none, count, milliseconds, seconds, bytes, percent };

/// "None", "Count", "Milliseconds" …, as CloudWatch spells them.
[[nodiscard]] std::string_view to_string(CloudWatchUnit unit) noexcept;

/// Dimensions of one metric, at most.
inline constexpr std::size_t kMaxDimensions = 30;

struct WeightedValue {
  double value = 0;
  std::uint64_t count = 1;  ///< how often it was measured
};

struct CloudWatchSeries {
  std::string name;
  CloudWatchUnit unit = CloudWatchUnit::none;
  std::vector<Label> dimensions;      ///< 0 to 30, no name and no value empty, names unique
  std::vector<WeightedValue> values;  ///< rising, no two equal; one of count 1 for plain numbers
};

/// What `delta` says: counters and histograms since the last time, all else as it is now. A bucket
/// becomes its geometric middle, at most 4.5 % from what was measured. Series that counted nothing
/// are left out, but requests.errors and telemetry.dropped of the whole service, for alarms to see
/// zeros.
[[nodiscard]] std::vector<CloudWatchSeries> cloudwatch_view(const MetricSnapshot& delta,
                                                            const Resource& resource);

/// A metric that cloudwatch_view() makes of Lift's own families, and one set of its dimensions:
/// `service`, `environment`, and then what it is broken down by.
struct CloudWatchMetric {
  std::string_view name;
  CloudWatchUnit unit = CloudWatchUnit::none;
  std::vector<std::string_view> dimensions;
};

/// All of them: for dashboards, which find a metric only by exactly its dimensions.
[[nodiscard]] std::vector<CloudWatchMetric> cloudwatch_metrics(const Resource& resource);

/// Whether CloudWatch takes `text` as a dimension's value: 1 to 1,024 printable ASCII characters,
/// not all of them blanks.
[[nodiscard]] bool is_dimension_value(std::string_view text) noexcept;

}  // namespace lift
