#pragma once
// Dashboards and alarms, made of the very catalogues that the encoders emit from: own_metrics.h for
// Prometheus, cloudwatch_metrics() for CloudWatch. A query that could find nothing is not written.
// `lift-dashboards` is these functions on the command line.
//
// Burn rates and their windows are those of Google's SRE workbook, chapter 5: 14.4 over 1 h and 5
// min, 6 over 6 h and 30 min, 1 over 3 d and 6 h.
// Thread-safety: pure functions.
// Cost: allocates; run at deployment.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/telemetry/resource.h"

namespace lift {

/// Names are 1 to 255 letters, digits, `.`, `_`, `-`, `/` and `:`, so that they need no escaping in
/// any of the languages that they are written into.
struct DashboardOptions {
  std::string service = Resource{}.service;  ///< as on the service's own telemetry
  std::string environment = {};              ///< "" if its telemetry has none
  std::string metric_namespace = "Lift";     ///< CloudWatch's, see is_metric_namespace()
  std::string region = "us-east-1";          ///< CloudWatch's
  std::string job = {};                      ///< Prometheus's, "" for the service's name
  double slo = 99.9;                         ///< requests that go well, in percent: 95 to 99.999
  /// What the 99th percentile is to stay below: 1 ms to under 10 s, the last bound that Prometheus
  /// is told.
  Duration latency_slo = std::chrono::milliseconds(500);
  /// An alarm on a share of failures is silent if there were fewer requests in its long window: 1
  /// to 1,000,000,000.
  std::uint64_t min_requests = 300;
  /// What CloudWatch calls when an alarm goes off: at most five ARNs.
  std::vector<std::string> alarm_actions = {};

  [[nodiscard]] Problems validate() const;
  [[nodiscard]] Resource resource() const {
    return {.service = service, .environment = environment};
  }
  /// The share of requests that may fail.
  [[nodiscard]] double error_budget() const noexcept { return (100 - slo) / 100; }
};

enum class DashboardKind : std::uint8_t {
  service,  ///< traffic, latency, failures, saturation, telemetry that was lost
  tenants,  ///< the busiest tenants
};

/// The body for PutDashboard. Errors of all four: `bad_configuration`.
[[nodiscard]] Result<std::string> cloudwatch_dashboard(const DashboardOptions& options,
                                                       DashboardKind kind);
/// A JSON list of PutMetricAlarm's parameters, one object an alarm.
[[nodiscard]] Result<std::string> cloudwatch_alarms(const DashboardOptions& options);
/// A dashboard for Grafana's import, over a Prometheus data source that is chosen there.
[[nodiscard]] Result<std::string> grafana_dashboard(const DashboardOptions& options);
/// A file for Prometheus's `rule_files`: recording rules and alerts.
[[nodiscard]] Result<std::string> prometheus_rules(const DashboardOptions& options);

}  // namespace lift
