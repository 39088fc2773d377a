#include "lift/telemetry/detail/cloudwatch_alarm.h"

namespace lift::detail {
namespace {

// The expression is not one of them.
constexpr std::size_t kMostMetrics = 10;
constexpr int kLongest = 86'400;

void write(JsonWriter& json, const DashboardOptions& options, const CloudWatchAlarm& alarm,
           const CloudWatchAlarm::Input& input) {
  json.begin_object().member("Id", input.id).member("ReturnData", alarm.expression.empty());
  json.key("MetricStat").begin_object().key("Metric").begin_object();
  json.member("Namespace", options.metric_namespace).member("MetricName", input.query.metric());
  json.key("Dimensions").begin_array();
  for (const auto& [name, value] : input.query.dimensions())
    json.begin_object().member("Name", name).member("Value", value).end_object();
  json.end_array().end_object();
  json.member("Period", alarm.period).member("Stat", input.statistic).end_object().end_object();
}

std::string full_name(const DashboardOptions& options, std::string_view name) {
  std::string out = options.service;
  if (!options.environment.empty()) out += ' ' + options.environment;
  return out.append(" ").append(name);
}

}  // namespace

Result<> write_alarm(const DashboardOptions& options, const CloudWatchAlarm& alarm,
                     JsonWriter& json) {
  if (alarm.inputs.size() > kMostMetrics)
    return fail("too_large", alarm.name + ": more than 10 metrics");
  if (alarm.period > kLongest || alarm.periods > kLongest / alarm.period)
    return fail("too_large", alarm.name + ": looks at more than a day");
  json.begin_object();
  json.member("AlarmName", full_name(options, alarm.name));
  json.member("AlarmDescription", alarm.description);
  json.key("AlarmActions").begin_array();
  for (const std::string& action : options.alarm_actions) json.value(action);
  json.end_array();
  json.member("ComparisonOperator", "GreaterThanThreshold").member("Threshold", alarm.threshold);
  json.member("EvaluationPeriods", alarm.periods).member("DatapointsToAlarm", alarm.periods);
  json.member("TreatMissingData", "notBreaching").key("Metrics").begin_array();
  for (const CloudWatchAlarm::Input& input : alarm.inputs) write(json, options, alarm, input);
  if (!alarm.expression.empty()) {
    json.begin_object().member("Id", "watched").member("Expression", alarm.expression);
    json.member("Label", alarm.name).member("ReturnData", true).end_object();
  }
  json.end_array().end_object();
  return {};
}

}  // namespace lift::detail
