#pragma once
// CloudWatch's Embedded Metric Format: log lines that metrics are taken from.
//
// In Lambda a request's canonical line is the document, with `_aws` and the metrics as members at
// its root. A server writes documents once a period, of what its metrics counted meanwhile. In one
// namespace these two, and PutMetricData, must not be mixed: everything would be counted twice.
//
// All rules of the format hold by construction: one object a line, at most 100 metrics and 30
// dimensions, no empty dimension, at most 100 numbers a metric, 256 KB.
// Thread-safety: immutable.
// Cost: a request's document costs about 60 ns more than its line.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lift/base/error.h"
#include "lift/telemetry/cloudwatch_view.h"
#include "lift/telemetry/log_line.h"

namespace lift {

struct EmfOptions {
  /// See is_metric_namespace().
  std::string metric_namespace = "Lift";
  /// Of the lines that become documents; their `line_cap` at most 256 KiB.
  LogLineOptions line{};
  /// Values of one series in one period: 100 to 100,000. Of more only every n-th is sent.
  std::size_t max_values = 5000;

  [[nodiscard]] Problems validate() const;
};

class EmfEncoder {
 public:
  explicit EmfEncoder(const Resource& resource, const EmfOptions& options = {});

  /// A request's canonical line with its metrics: requests.total, requests.duration,
  /// requests.errors, response.size, by the same dimensions as cloudwatch_view() has. A set with a
  /// dimension that is empty or that CloudWatch does not take is left out.
  void request(std::string& out, const RequestView& request) const;

  /// What became of a period's values.
  struct Periodic {
    std::size_t documents = 0;
    std::uint64_t thinned = 0;  ///< values left out beyond `max_values` of their series
    std::uint64_t refused = 0;  ///< series that have no place: a dimension has the metric's name
  };
  /// Appends a document a line, as many as it takes.
  Periodic periodic(std::string& out, std::span<const CloudWatchSeries> series, WallTime at) const;

 private:
  /// Which dimensions a request has.
  static constexpr std::size_t kHasOperation = 1, kHasTenant = 2, kHasStatus = 4;

  EmfOptions options_;
  LogLineEncoder line_;
  std::array<std::string, 8> directives_;  // `"CloudWatchMetrics":[…]}` by what a request has
  std::size_t reserve_ = 0;
};

}  // namespace lift
