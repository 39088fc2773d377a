#pragma once
// Where a service's telemetry goes.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <optional>
#include <string>

#include "lift/base/error.h"
#include "lift/export/cloudwatch_logs.h"
#include "lift/export/cloudwatch_metrics.h"
#include "lift/export/exporter.h"
#include "lift/export/log_file.h"
#include "lift/export/otlp_options.h"
#include "lift/export/xray_destination.h"
#include "lift/telemetry/emf.h"
#include "lift/telemetry/log_line.h"

namespace lift {

struct ExportOptions {
  /// JSON lines into a file or the standard output; absent: none.
  std::optional<LogFileOptions> log = LogFileOptions{};
  LogLineOptions log_lines;
  /// OpenTelemetry collectors, one a signal; absent: none.
  std::optional<OtlpDestinationOptions> otlp_logs;
  std::optional<OtlpDestinationOptions> otlp_traces;
  std::optional<OtlpDestinationOptions> otlp_metrics;
  /// Lines to CloudWatch Logs.
  std::optional<CloudWatchLogsOptions> cloudwatch_logs;
  /// Metrics to CloudWatch, by PutMetricData.
  std::optional<CloudWatchMetricsOptions> cloudwatch_metrics;
  /// Metrics as lines of CloudWatch's Embedded Metric Format, once a period, into CloudWatch Logs
  /// where it is given, else into `log`. Not in the namespace of `cloudwatch_metrics`.
  std::optional<EmfOptions> emf;
  /// Kept traces to X-Ray: to its daemon, or to its API.
  std::optional<XrayDaemonOptions> xray_daemon;
  std::optional<XrayApiOptions> xray_api;
  /// For what goes to AWS; "": as AWS_REGION and the profile say.
  std::string aws_region;
  ExporterOptions exporter;
  /// How long the end waits for what is still to be sent: 0 to 10 min.
  Duration flush_within = std::chrono::seconds(5);

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
