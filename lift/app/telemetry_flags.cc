#include "lift/app/detail/telemetry_flags.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "lift/app/detail/flag_parts.h"

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
      flag("--service", "OTEL_SERVICE_NAME", "NAME", "what the service is called in telemetry",
           any_text,
           [&options](std::string name) { options.telemetry.resource.service = std::move(name); }),
      flag("--environment", "LIFT_ENVIRONMENT", "NAME", "where it runs: production, staging …",
           any_text,
           [&options](std::string name) {
             options.telemetry.resource.environment = std::move(name);
           }),
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
  flags.push_back(flag(
      "--log-level", "LIFT_LOG_LEVEL", "LEVEL", "debug, info, warn, error or off (info)",
      [](const std::string& text) { return parse_log_level(text); },
      [&options](LogLevel level) { options.telemetry.level = level; }));
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
  flags.push_back(flag("--management", "LIFT_MANAGEMENT_PORT", "PORT",
                       "where operators ask, off for nowhere (9464 on loopback)", management,
                       [&options](std::optional<ManagementOptions> given) {
                         options.management = std::move(given);
                       }));
  return flags;
}

}  // namespace lift::detail
