#include "lift/telemetry/detail/cloudwatch_board.h"

namespace lift::detail {
namespace {

constexpr std::size_t kMostGraphs = 500;
constexpr std::size_t kMostMetrics = 500;
constexpr std::size_t kMostMetricsInAll = 2500;
constexpr int kColumns = 2;
constexpr int kWidth = 12;
constexpr int kHeight = 6;

Result<> check(std::span<const CloudWatchGraph> graphs) {
  if (graphs.size() > kMostGraphs) return fail("too_large", "more than 500 graphs");
  std::size_t all = 0;
  for (const CloudWatchGraph& graph : graphs) {
    if (graph.lines.size() > kMostMetrics)
      return fail("too_large", "more than 500 metrics in \"" + graph.title + '"');
    all += graph.lines.size();
  }
  if (all > kMostMetricsInAll) return fail("too_large", "more than 2500 metrics");
  return {};
}

void write(JsonWriter& json, const DashboardOptions& options, const CloudWatchLine& line) {
  json.begin_array();
  if (line.query) {
    json.value(options.metric_namespace).value(line.query->metric());
    for (const auto& [name, value] : line.query->dimensions()) json.value(name).value(value);
  }
  json.begin_object();
  if (line.query) json.member("stat", line.statistic);
  if (!line.query) json.member("expression", line.expression);
  if (!line.label.empty()) json.member("label", line.label);
  if (!line.id.empty()) json.member("id", line.id);
  if (!line.visible) json.member("visible", false);
  json.end_object().end_array();
}

void write(JsonWriter& json, const DashboardOptions& options, const CloudWatchGraph& graph) {
  json.member("title", graph.title).member("view", "timeSeries").member("stacked", graph.stacked);
  json.member("region", options.region).member("period", kDashboardPeriod);
  json.key("metrics").begin_array();
  for (const CloudWatchLine& line : graph.lines) write(json, options, line);
  json.end_array().key("yAxis").begin_object().key("left").begin_object();
  json.member("min", 0).member("label", graph.axis).member("showUnits", false);
  json.end_object().end_object();
  if (!graph.threshold) return;
  json.key("annotations").begin_object().key("horizontal").begin_array().begin_object();
  json.member("label", graph.threshold->label).member("value", graph.threshold->value);
  json.end_object().end_array().end_object();
}

}  // namespace

Result<std::string> cloudwatch_board(const DashboardOptions& options,
                                     std::span<const CloudWatchGraph> graphs) {
  if (auto fits = check(graphs); !fits) return std::unexpected(std::move(fits.error()));
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("widgets").begin_array();
  int at = 0;
  for (const CloudWatchGraph& graph : graphs) {
    json.begin_object().member("type", "metric");
    json.member("x", at % kColumns * kWidth).member("y", at / kColumns * kHeight);
    json.member("width", kWidth).member("height", kHeight).key("properties").begin_object();
    write(json, options, graph);
    json.end_object().end_object();
    ++at;
  }
  json.end_array().end_object();
  return out;
}

}  // namespace lift::detail
