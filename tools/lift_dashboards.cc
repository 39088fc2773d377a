// lift-dashboards: writes dashboards and alarms for a service onto the standard output.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/app/command_line.h"
#include "lift/base/ascii.h"
#include "lift/telemetry/dashboards.h"

namespace {

using lift::Result;

struct Arguments {
  lift::DashboardOptions options;
  lift::DashboardKind kind = lift::DashboardKind::service;
};

struct Command {
  std::string_view name;
  std::string_view help;
  Result<std::string> (*write)(const Arguments& arguments);
};

constexpr Command kCommands[] = {
    {"cloudwatch", "a dashboard for aws cloudwatch put-dashboard",
     [](const Arguments& a) { return cloudwatch_dashboard(a.options, a.kind); }},
    {"alarms", "a list of alarms for aws cloudwatch put-metric-alarm",
     [](const Arguments& a) { return cloudwatch_alarms(a.options); }},
    {"grafana", "a dashboard for Grafana over Prometheus",
     [](const Arguments& a) { return grafana_dashboard(a.options); }},
    {"prometheus", "recording rules and alerts for Prometheus's rule_files",
     [](const Arguments& a) { return prometheus_rules(a.options); }},
};

lift::Flag text(std::string name, std::string help, std::string& keep) {
  auto set = [&keep](const std::string& value) -> Result<> {
    keep = value;
    return {};
  };
  return {std::move(name), "", "NAME", std::move(help), std::move(set)};
}

Result<> read_slo(const std::string& value, double& keep) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), keep);
  if (error == std::errc() && end == value.data() + value.size()) return {};
  return lift::fail("bad_slo", "must be a percentage from 95 to 99.999");
}

Result<> read_kind(const std::string& value, lift::DashboardKind& keep) {
  if (value == "service" || value == "tenants") {
    keep = value == "service" ? lift::DashboardKind::service : lift::DashboardKind::tenants;
    return {};
  }
  return lift::fail("bad_kind", "must be service or tenants");
}

std::vector<lift::Flag> numbers(lift::DashboardOptions& options) {
  return {
      {"--slo", "", "PERCENT", "requests that are to go well (99.9)",
       [&options](const std::string& value) { return read_slo(value, options.slo); }},
      {"--latency-slo", "", "TIME", "what the 99th percentile is to stay below (500ms)",
       [&options](const std::string& value) -> Result<> {
         const auto time = lift::parse_duration_ns(value);
         if (!time) return std::unexpected(time.error());
         options.latency_slo = lift::Duration(*time);
         return {};
       }},
      {"--min-requests", "", "N", "with fewer in its window an error alarm is silent (300)",
       [&options](const std::string& value) -> Result<> {
         const auto number = lift::parse_number(value, 1, 1'000'000'000);
         if (!number) return std::unexpected(number.error());
         options.min_requests = static_cast<std::uint64_t>(*number);
         return {};
       }},
      {"--alarm-actions", "", "ARN,ARN...", "what CloudWatch's alarms call",
       [&options](const std::string& value) -> Result<> {
         std::string_view rest = value;
         while (!rest.empty()) options.alarm_actions.emplace_back(lift::ascii::cut(rest, ','));
         return {};
       }},
  };
}

std::vector<lift::Flag> flags_of(Arguments& arguments) {
  lift::DashboardOptions& o = arguments.options;
  std::vector<lift::Flag> all{
      text("--service", "as the service's telemetry names it (lift-service)", o.service),
      text("--environment", "as its telemetry names it; leave it out if it has none",
           o.environment),
      text("--namespace", "CloudWatch's (Lift)", o.metric_namespace),
      text("--region", "CloudWatch's (us-east-1)", o.region),
      text("--job", "Prometheus's, if it is not the service's name", o.job),
      {"--kind", "", "KIND", "of cloudwatch: service or tenants (service)",
       [&arguments](const std::string& value) { return read_kind(value, arguments.kind); }},
  };
  for (lift::Flag& flag : numbers(o)) all.push_back(std::move(flag));
  return all;
}

std::string usage() {
  Arguments defaults;
  std::string out = lift::flags_help("lift-dashboards COMMAND", flags_of(defaults)) + '\n';
  for (const Command& command : kCommands) {
    constexpr std::size_t kColumn = 26;
    std::string name(command.name);
    name.resize(kColumn, ' ');
    out.append("  ").append(name).append(command.help) += '\n';
  }
  return out;
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "lift-dashboards: %s\n", why.c_str());
  return 2;
}

int run(const Command& command, std::span<const std::string> words) {
  Arguments arguments;
  const auto no_environment = [](const char*) -> const char* { return nullptr; };
  const std::vector<lift::Flag> flags = flags_of(arguments);
  const lift::Problems problems = lift::parse_flags(flags, words, no_environment);
  if (!problems.empty()) return refuse(problems.text());
  const Result<std::string> written = command.write(arguments);
  if (!written) return refuse(written.error().message);
  std::printf("%s\n", written->c_str());
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return EXIT_SUCCESS;
  std::fprintf(stderr, "lift-dashboards: cannot write to the standard output\n");
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (const std::string& word : words) {
    if (word != "--help") continue;
    std::printf("%s", usage().c_str());
    return EXIT_SUCCESS;
  }
  if (words.empty()) return refuse("a command is missing\n" + usage());
  for (const Command& command : kCommands) {
    if (words.front() == command.name) return run(command, std::span(words).subspan(1));
  }
  return refuse("unknown command \"" + words.front() + "\"\n" + usage());
}
