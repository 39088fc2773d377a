// What the two CloudWatch dashboards show.

#include <array>
#include <utility>

#include "lift/telemetry/dashboards.h"
#include "lift/telemetry/detail/cloudwatch_board.h"
#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

using namespace cloudwatch;
using detail::CloudWatchGraph;
using detail::CloudWatchLine;
using detail::CloudWatchQuery;

constexpr std::string_view kSum = "Sum";
constexpr std::string_view kAverage = "Average";
constexpr std::string_view kMaximum = "Maximum";
constexpr std::string_view kP99 = "p99";
constexpr std::array kPercentiles{std::string_view("p50"), std::string_view("p90"), kP99};
constexpr std::array kByOperation{kOperation, kMethod};
constexpr std::array kByTenant{kTenant};

/// Makes lines, and remembers what could not be made.
class Lines {
 public:
  explicit Lines(const DashboardOptions& options) noexcept : options_(options) {}

  CloudWatchLine series(std::string_view metric, std::string_view statistic, std::string label,
                        const std::vector<Label>& by = {}) {
    auto query = CloudWatchQuery::series(options_, metric, by);
    CloudWatchLine line;
    line.statistic = statistic;
    line.label = std::move(label);
    if (query) {
      line.query = std::move(*query);
    } else {
      problems_.add("query", std::string(metric), query.error().message);
    }
    return line;
  }
  /// The twenty largest by their sum.
  CloudWatchLine largest(std::string_view metric, std::span<const std::string_view> by,
                         std::string_view statistic) {
    auto search =
        CloudWatchQuery::search(options_, metric, by, statistic, detail::kDashboardPeriod);
    if (!search) problems_.add("query", std::string(metric), search.error().message);
    CloudWatchLine line;
    line.expression = "SORT(" + search.value_or("") + ", SUM, DESC, 20)";
    return line;
  }
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }

 private:
  const DashboardOptions& options_;
  Problems problems_;
};

CloudWatchLine hidden(CloudWatchLine line, std::string id) {
  line.id = std::move(id);
  line.visible = false;
  return line;
}

std::vector<CloudWatchLine> percentiles(Lines& lines, std::string_view metric) {
  std::vector<CloudWatchLine> all;
  for (const std::string_view one : kPercentiles)
    all.push_back(lines.series(metric, one, std::string(one)));
  return all;
}

std::vector<CloudWatchLine> error_rate(Lines& lines) {
  CloudWatchLine rate;
  rate.expression = "IF(m1 > 0, 100 * m2 / m1, 0)";
  rate.label = "failed";
  return {hidden(lines.series(kTotal, kSum, ""), "m1"),
          hidden(lines.series(kErrors, kSum, ""), "m2"), std::move(rate)};
}

std::vector<CloudWatchLine> by_status(Lines& lines) {
  std::vector<CloudWatchLine> all;
  for (const std::string status : {"2xx", "3xx", "4xx", "5xx"})
    all.push_back(lines.series(kTotal, kSum, status, {{std::string(kStatusClass), status}}));
  return all;
}

std::vector<CloudWatchLine> sums(
    Lines& lines, std::initializer_list<std::pair<const OwnMetric*, const char*>> of) {
  std::vector<CloudWatchLine> all;
  for (const auto& [metric, label] : of) all.push_back(lines.series(metric->name, kSum, label));
  return all;
}

std::vector<CloudWatchGraph> traffic(Lines& lines, const DashboardOptions& options) {
  const std::chrono::duration<double, std::milli> latency = options.latency_slo;
  std::vector<CloudWatchGraph> all;
  all.push_back(
      {.title = "Requests", .axis = "requests", .lines = {lines.series(kTotal, kSum, "requests")}});
  all.push_back({.title = "Latency",
                 .axis = "ms",
                 .lines = percentiles(lines, kDuration),
                 .threshold = {{"p99 objective", latency.count()}}});
  all.push_back({.title = "Failed requests",
                 .axis = "%",
                 .lines = error_rate(lines),
                 .threshold = {{"objective", 100 * options.error_budget()}}});
  all.push_back({.title = "Requests by status",
                 .axis = "requests",
                 .lines = by_status(lines),
                 .stacked = true});
  all.push_back({.title = "Requests by route and method",
                 .axis = "requests",
                 .lines = {lines.largest(kTotal, kByOperation, kSum)}});
  all.push_back({.title = "Failures by route and method",
                 .axis = "requests",
                 .lines = {lines.largest(kErrors, kByOperation, kSum)}});
  all.push_back({.title = "99th percentile by route and method",
                 .axis = "ms",
                 .lines = {lines.largest(kDuration, kByOperation, kP99)}});
  all.push_back({.title = "Response size", .axis = "bytes", .lines = percentiles(lines, kSize)});
  return all;
}

std::vector<CloudWatchGraph> saturation(Lines& lines) {
  using namespace own_metric;
  std::vector<CloudWatchGraph> all;
  all.push_back({.title = "Active requests of one instance",
                 .axis = "requests",
                 .lines = {lines.series(kActive, kAverage, "average"),
                           lines.series(kActive, kMaximum, "maximum")}});
  all.push_back({.title = "Open connections of one instance",
                 .axis = "connections",
                 .lines = {lines.series(kConnections.name, kAverage, "average"),
                           lines.series(kConnections.name, kMaximum, "maximum")}});
  all.push_back({.title = "Turned away by the server",
                 .axis = "times",
                 .lines = sums(lines, {{&kAcceptPaused, "accepting paused"},
                                       {&kAcceptFailed, "accepting failed"},
                                       {&kTooLarge, "too large"},
                                       {&kMalformed, "malformed"},
                                       {&kTimedOut, "client too slow"}})});
  all.push_back({.title = "Ended early",
                 .axis = "requests",
                 .lines = sums(lines, {{&kTimeouts, "at their deadline"},
                                       {&kOverruns, "after their deadline"},
                                       {&kExceptions, "by an exception"},
                                       {&kCancelled, "by their client"}})});
  all.push_back({.title = "Telemetry lost",
                 .axis = "items",
                 .lines = {lines.largest(kDropped.name, kDropped.labels, kSum)},
                 .stacked = true});
  all.push_back({.title = "Telemetry sent",
                 .axis = "items",
                 .lines = {lines.largest(kExported.name, kExported.labels, kSum)},
                 .stacked = true});
  return all;
}

std::vector<CloudWatchGraph> tenants(Lines& lines) {
  std::vector<CloudWatchGraph> all;
  all.push_back({.title = "Requests by tenant",
                 .axis = "requests",
                 .lines = {lines.largest(kTotal, kByTenant, kSum)},
                 .stacked = true});
  all.push_back({.title = "Failures by tenant",
                 .axis = "requests",
                 .lines = {lines.largest(kErrors, kByTenant, kSum)}});
  all.push_back({.title = "99th percentile by tenant",
                 .axis = "ms",
                 .lines = {lines.largest(kDuration, kByTenant, kP99)}});
  all.push_back({.title = "Median by tenant",
                 .axis = "ms",
                 .lines = {lines.largest(kDuration, kByTenant, "p50")}});
  return all;
}

}  // namespace

Result<std::string> cloudwatch_dashboard(const DashboardOptions& options, DashboardKind kind) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  Lines lines(options);
  std::vector<CloudWatchGraph> graphs;
  if (kind == DashboardKind::tenants) {
    graphs = tenants(lines);
  } else {
    graphs = traffic(lines, options);
    for (CloudWatchGraph& graph : saturation(lines)) graphs.push_back(std::move(graph));
  }
  if (auto made = lines.problems().as_result(); !made)
    return std::unexpected(std::move(made.error()));
  return detail::cloudwatch_board(options, graphs);
}

}  // namespace lift
