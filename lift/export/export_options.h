#pragma once
// Where a service's telemetry goes.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <optional>

#include "lift/base/error.h"
#include "lift/export/exporter.h"
#include "lift/export/log_file.h"
#include "lift/export/otlp_options.h"
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
  ExporterOptions exporter;
  /// How long the end waits for what is still to be sent: 0 to 10 min.
  Duration flush_within = std::chrono::seconds(5);

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
