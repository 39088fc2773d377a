#pragma once
// How an app runs: listeners and limits, the default layers, the worker pool.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <optional>
#include <string>
#include <vector>

#include "lift/app/command_line.h"
#include "lift/app/management.h"
#include "lift/base/error.h"
#include "lift/edge/edge.h"
#include "lift/export/export_options.h"
#include "lift/health/health_options.h"
#include "lift/identity/identify.h"
#include "lift/net/server_options.h"
#include "lift/observe/observe_options.h"
#include "lift/ratelimit/limit_options.h"
#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/load_shed_layer.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

struct AppOptions {
  ServerOptions server;
  /// Who the service is, on every signal, and from which level on its lines are heard.
  TelemetryOptions telemetry;
  /// Where its telemetry goes: JSON lines to the standard output by default.
  ExportOptions exports;
  /// Absent: no management listener.
  std::optional<ManagementOptions> management = ManagementOptions{};
  /// Absent: without that layer.
  std::optional<ObserveOptions> observe = ObserveOptions{};
  std::optional<EdgeOptions> edge = EdgeOptions{};
  std::optional<HealthOptions> health = HealthOptions{};
  std::optional<IdentifyOptions> identify = IdentifyOptions{};
  std::optional<DeadlineOptions> deadline = DeadlineOptions{};
  std::optional<LoadShedLayerOptions> load_shed = LoadShedLayerOptions{};
  /// Absent: no limits.
  std::optional<RateLimitOptions> rate_limit = {};
  /// Absent: without them.
  std::optional<BulkheadLayerOptions> bulkhead = {};
  std::optional<CircuitBreakerLayerOptions> circuit_breaker = {};
  /// Options of every route that does not say otherwise.
  RouteOptions routes;
  /// Prints every route with its layers instead of serving.
  bool print_chain = false;
  /// Prints these lines instead of serving (--help).
  std::string say_and_exit;
  /// What was wrong on the command line; reported, with all else, at start.
  Problems problems;
};

/// Options from the command line and the environment (`--port`, LIFT_PORT …; `--help` lists them);
/// `own` adds the program's flags. Defaults: 127.0.0.1:8080, and the program's name as the
/// service's.
[[nodiscard]] AppOptions options_from(int argc, const char* const* argv,
                                      std::vector<Flag> own = {});

/// Options for tests and for an app within another program: any free port of the loopback, no
/// management listener, no lines of log, no lame-duck time.
[[nodiscard]] AppOptions embedded_options();

}  // namespace lift
