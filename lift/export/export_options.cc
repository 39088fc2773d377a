#include "lift/export/export_options.h"

#include <string>

namespace lift {

Problems ExportOptions::validate() const {
  using namespace std::chrono_literals;
  Problems problems;
  if (log) problems.add_all("log", log->validate());
  problems.add_all("log_lines", log_lines.validate());
  if (otlp_logs) problems.add_all("otlp_logs", otlp_logs->validate());
  if (otlp_traces) problems.add_all("otlp_traces", otlp_traces->validate());
  if (otlp_metrics) problems.add_all("otlp_metrics", otlp_metrics->validate());
  if (cloudwatch_logs) problems.add_all("cloudwatch_logs", cloudwatch_logs->validate());
  if (cloudwatch_metrics) problems.add_all("cloudwatch_metrics", cloudwatch_metrics->validate());
  if (xray_api) problems.add_all("xray_api", xray_api->validate());
  if (emf) {
    problems.add_all("emf", emf->validate());
    if (!log && !cloudwatch_logs) {
      problems.add("emf", "", "needs lines to stand among: `log` or `cloudwatch_logs`");
    }
    if (cloudwatch_metrics && cloudwatch_metrics->metric_namespace == emf->metric_namespace) {
      problems.add("emf.metric_namespace", emf->metric_namespace,
                   "must not be the namespace of `cloudwatch_metrics`: all would be counted twice");
    }
  }
  problems.add_all("exporter", exporter.validate());
  if (flush_within < 0s || flush_within > 10min) {
    problems.add("flush_within", std::to_string(flush_within.count()) + "ns",
                 "must be from 0 to 10 min");
  }
  return problems;
}

}  // namespace lift
