#pragma once
// The destination cloudwatch.metrics: metrics to Amazon CloudWatch by PutMetricData.
//
// Each snapshot becomes what its metrics counted since the one before: a datum a series, with the
// values of a histogram's buckets and how often each was seen, so percentiles are right. Not
// together with the Embedded Metric Format in one namespace: everything would be counted twice.
// Thread-safety: belongs to one loop, but for stats().
// Cost: allocates; a request a 1,000 series a period.

#include <memory>
#include <string>

#include "lift/export/batch_sender.h"
#include "lift/export/destination.h"
#include "lift/http/transport.h"
#include "lift/telemetry/resource.h"

namespace lift {

struct CloudWatchMetricsOptions {
  /// 1 to 255 of letters, digits and `. - _ / # :`, not `AWS/…`.
  std::string metric_namespace = "Lift";
  bool gzip = true;
  SenderOptions sender;

  [[nodiscard]] Problems validate() const;
};

/// `endpoint` such as https://monitoring.eu-west-1.amazonaws.com/; `transport` signs for the
/// service `monitoring` and must outlive it. Error `bad_configuration`.
[[nodiscard]] Result<std::unique_ptr<Destination>> make_cloudwatch_metrics(
    const CloudWatchMetricsOptions& options, const Resource& resource, Url endpoint,
    HttpTransport& transport);

}  // namespace lift
