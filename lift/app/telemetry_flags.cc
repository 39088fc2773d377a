#include "lift/app/detail/telemetry_flags.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "lift/app/detail/flag_parts.h"
#include "lift/telemetry/put_metric_data.h"

namespace lift::detail {
namespace {

constexpr std::string_view kOff = "off";

Result<std::optional<ManagementOptions>> management(const std::string& text) {
  if (text == kOff) return std::nullopt;
  ManagementOptions options;
  if (const auto port = parse_number(text, 0, 65535)) {
    options.listen.port = static_cast<std::uint16_t>(*port);
    return options;
  }
  auto address = ListenAddress::parse(text);
  if (!address) return fail("bad_address", "must be a port, an address with its port, or off");
  options.listen = std::move(*address);
  return options;
}

Result<std::string> levels(const std::string& text) {
  LogLevels tried;
  if (auto set = tried.set(text); !set) return std::unexpected(std::move(set.error()));
  return text;
}

Result<double> ratio(const std::string& text) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    return fail("bad_ratio", "must be a number from 0 to 1");
  }
  return value;
}

/// The three signals' options with `url` as the base of their endpoints, all else as the
/// environment says.
Result<std::vector<OtlpDestinationOptions>> otlp(const std::string& url) {
  const ReadVariable read = [&url](const std::string& name) -> std::optional<std::string> {
    if (name == "OTEL_EXPORTER_OTLP_ENDPOINT") return url;
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  std::vector<OtlpDestinationOptions> all;
  for (const Signal signal : {Signal::logs, Signal::traces, Signal::metrics}) {
    auto options = otlp_from_environment(signal, read);
    if (!options) return std::unexpected(std::move(options.error()));
    all.push_back(std::move(*options));
  }
  return all;
}

std::vector<Flag> naming_flags(AppOptions& options) {
  return {
      flag("--service", "OTEL_SERVICE_NAME", "NAME",
           "what the service is called in telemetry (the program)", any_text,
           [&options](std::string name) { options.telemetry.resource.service = std::move(name); }),
      flag("--environment", "LIFT_ENVIRONMENT", "NAME", "where it runs: production, staging …",
           any_text,
           [&options](std::string name) {
             options.telemetry.resource.environment = std::move(name);
           }),
  };
}

Result<CloudWatchLogsOptions> log_stream(const std::string& text) {
  CloudWatchLogsOptions options;
  const std::size_t colon = text.find(':');
  options.group = text.substr(0, colon);
  if (colon != std::string::npos) options.stream = text.substr(colon + 1);
  if (options.validate().empty()) return options;
  return fail("bad_stream", "must be a log group and a stream, GROUP:STREAM");
}

Result<std::string> metric_namespace(const std::string& text) {
  if (is_metric_namespace(text)) return text;
  return fail("bad_namespace", "must be a namespace of CloudWatch metrics, not AWS/…");
}

Result<std::string> xray(const std::string& text) {
  constexpr std::string_view kDaemon = "daemon";
  if (text == "api" || text == kDaemon) return text;
  const bool address = text.starts_with("daemon:") &&
                       parse_daemon_address(text.substr(kDaemon.size() + 1)).has_value();
  if (address) return text;
  return fail("bad_xray", "must be daemon, daemon:HOST:PORT or api");
}

void xray_to(ExportOptions& exports, const std::string& where) {
  if (where == "api") {
    exports.xray_api.emplace();
    return;
  }
  XrayDaemonOptions& daemon = exports.xray_daemon.emplace();
  const char* address = std::getenv("AWS_XRAY_DAEMON_ADDRESS");
  if (address != nullptr && *address != '\0') daemon.address = address;
  const std::size_t colon = where.find(':');
  if (colon != std::string::npos) daemon.address = where.substr(colon + 1);
}

std::vector<Flag> cloud_flags(AppOptions& options) {
  ExportOptions& exports = options.exports;
  return {
      flag("--cloudwatch-logs", "LIFT_CLOUDWATCH_LOGS", "GROUP:STREAM",
           "lines of log to CloudWatch Logs", log_stream,
           [&exports](CloudWatchLogsOptions given) { exports.cloudwatch_logs = std::move(given); }),
      flag("--cloudwatch-metrics", "LIFT_CLOUDWATCH_METRICS", "NAMESPACE",
           "metrics to CloudWatch, by PutMetricData", metric_namespace,
           [&exports](std::string name) {
             exports.cloudwatch_metrics.emplace().metric_namespace = std::move(name);
           }),
      flag("--emf", "LIFT_EMF", "NAMESPACE",
           "metrics as lines of CloudWatch's Embedded Metric Format", metric_namespace,
           [&exports](std::string name) {
             exports.emf.emplace().metric_namespace = std::move(name);
           }),
      flag("--xray", "LIFT_XRAY", "WHERE", "kept traces to X-Ray: daemon, daemon:HOST:PORT or api",
           xray, [&exports](const std::string& where) { xray_to(exports, where); }),
  };
}

void log_to(AppOptions& options, std::string where) {
  if (where == kOff) return options.exports.log.reset();
  if (!options.exports.log) options.exports.log.emplace();
  options.exports.log->path = std::move(where);
}

}  // namespace

std::vector<Flag> telemetry_flags(AppOptions& options) {
  std::vector<Flag> flags = naming_flags(options);
  flags.push_back(flag("--log", "LIFT_LOG", "WHERE",
                       "lines of log: stdout, stderr, off or a file (stdout)", any_text,
                       [&options](std::string where) { log_to(options, std::move(where)); }));
  flags.push_back(
      flag("--log-level", "LIFT_LOG_LEVEL", "LEVEL",
           "debug, info, warn, error or off; or info,ledger=debug (info)", levels,
           [&options](std::string text) { options.telemetry.levels = std::move(text); }));
  flags.push_back(flag("--trace-ratio", "LIFT_TRACE_RATIO", "SHARE",
                       "share of traces that are kept, 0 to 1 (1)", ratio,
                       [&options](double share) {
                         if (options.observe) options.observe->sampling.rate.ratio = share;
                       }));
  flags.push_back(flag("--otlp", "OTEL_EXPORTER_OTLP_ENDPOINT", "URL",
                       "OpenTelemetry collector for all three signals", otlp,
                       [&options](std::vector<OtlpDestinationOptions> all) {
                         options.exports.otlp_logs = std::move(all[0]);
                         options.exports.otlp_traces = std::move(all[1]);
                         options.exports.otlp_metrics = std::move(all[2]);
                       }));
  for (Flag& one : cloud_flags(options)) flags.push_back(std::move(one));
  flags.push_back(flag("--management", "LIFT_MANAGEMENT_PORT", "PORT",
                       "where operators ask, off for nowhere (9464 on loopback)", management,
                       [&options](std::optional<ManagementOptions> given) {
                         options.management = std::move(given);
                       }));
  return flags;
}

}  // namespace lift::detail
