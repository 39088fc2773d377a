#include "lift/telemetry/dashboards.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/detail/cloudwatch_alarm.h"
#include "lift/telemetry/detail/cloudwatch_board.h"
#include "lift/telemetry/detail/prometheus_query.h"

namespace lift {
namespace {

using detail::CloudWatchGraph;
using detail::CloudWatchLine;
using detail::CloudWatchQuery;

DashboardOptions production() {
  DashboardOptions options;
  options.service = "payments";
  options.environment = "production";
  return options;
}

std::vector<std::string> all_of(const DashboardOptions& options) {
  std::vector<std::string> all;
  for (const auto kind : {DashboardKind::service, DashboardKind::tenants})
    all.push_back(cloudwatch_dashboard(options, kind).value());
  all.push_back(cloudwatch_alarms(options).value());
  all.push_back(grafana_dashboard(options).value());
  all.push_back(prometheus_rules(options).value());
  return all;
}

TEST(Dashboards, AllCanBeMadeWithAndWithoutEnvironment) {
  for (const std::string& made : all_of(production())) EXPECT_TRUE(made.contains("payments"));
  for (const std::string& made : all_of({.service = "payments"})) {
    EXPECT_TRUE(made.contains("payments"));
    EXPECT_FALSE(made.contains("environment"));
  }
}

TEST(Dashboards, EveryMistakeIsReportedAtOnce) {
  DashboardOptions options;
  options.service = "pay\"ments";
  options.environment = std::string(256, 'e');
  options.metric_namespace = "AWS/EC2";
  options.region = "";
  options.job = "a b";
  options.slo = std::numeric_limits<double>::quiet_NaN();
  options.latency_slo = std::chrono::seconds(10);
  options.min_requests = 0;
  options.alarm_actions = {"sns", "arn:1", "arn:2", "arn:3", "arn:4", "arn:5"};
  std::vector<std::string> fields;
  const Problems problems = options.validate();  // named: GCC 12 ends a temporary before the loop
  for (const Problem& problem : problems.list()) fields.push_back(problem.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"service", "environment", "job", "metric_namespace",
                                              "region", "slo", "latency_slo", "min_requests",
                                              "alarm_actions", "alarm_actions"}));
  EXPECT_EQ(cloudwatch_dashboard(options, DashboardKind::service).error().code,
            "bad_configuration");
  EXPECT_EQ(cloudwatch_alarms(options).error().code, "bad_configuration");
  EXPECT_EQ(grafana_dashboard(options).error().code, "bad_configuration");
  EXPECT_EQ(prometheus_rules(options).error().code, "bad_configuration");
}

TEST(Dashboards, ASearchNamesExactlyTheDimensionsAndTheService) {
  const std::string_view by[]{"operation", "method"};
  DashboardOptions options = production();
  options.metric_namespace = "PayTheory/Lift";
  EXPECT_EQ(CloudWatchQuery::search(options, "requests.total", by, "Sum", 300).value(),
            "SEARCH('{\"PayTheory/Lift\",service,environment,operation,method} "
            "MetricName=\"requests.total\" service=\"payments\" environment=\"production\"', "
            "'Sum', 300)");
}

TEST(Dashboards, RefusesMoreThanCloudWatchTakes) {
  const DashboardOptions options = production();
  const auto graphs = [](std::size_t count, std::size_t lines) {
    const CloudWatchLine line{
        .query = {}, .statistic = "", .expression = "1", .label = "", .id = ""};
    return std::vector<CloudWatchGraph>(
        count, {.title = "t", .lines = std::vector<CloudWatchLine>(lines, line)});
  };
  const auto code = [&](std::size_t count, std::size_t lines) {
    const auto made = detail::cloudwatch_board(options, graphs(count, lines));
    return made ? "" : made.error().code;
  };
  EXPECT_EQ(code(500, 5), "");
  EXPECT_EQ(code(5, 500), "");
  EXPECT_EQ(code(501, 1), "too_large");
  EXPECT_EQ(code(1, 501), "too_large");
  EXPECT_EQ(code(6, 450), "too_large");
}

TEST(Dashboards, RefusesAlarmsThatCloudWatchDoesNotTake) {
  const DashboardOptions options = production();
  const auto code = [&](std::size_t inputs, int period, int periods) {
    const auto query = CloudWatchQuery::series(options, "requests.total", {}).value();
    detail::CloudWatchAlarm alarm;
    alarm.inputs.assign(inputs, {.id = "m1", .query = query, .statistic = "Sum"});
    alarm.period = period;
    alarm.periods = periods;
    std::string out;
    JsonWriter json(out);
    const auto written = detail::write_alarm(options, alarm, json);
    return written ? "" : written.error().code;
  };
  EXPECT_EQ(code(10, 300, 288), "");
  EXPECT_EQ(code(1, 86'400, 1), "");
  EXPECT_EQ(code(11, 300, 1), "too_large");
  EXPECT_EQ(code(1, 300, 289), "too_large");
  EXPECT_EQ(code(1, 86'460, 1), "too_large");
}

TEST(Dashboards, PrometheusIsAskedByTheNamesThatItIsTold) {
  using namespace own_metric;
  EXPECT_EQ(detail::count_of<kRequestDuration>("j", {{own_label::kErrorType, "!=\"\""}}),
            "http_server_request_duration_seconds_count{job=\"j\",error_type!=\"\"}");
  EXPECT_EQ(detail::buckets_of<kResponseSize>("j"),
            "http_server_response_body_size_bytes_bucket{job=\"j\"}");
  EXPECT_EQ(detail::value_of<kActiveRequests>("j"), "http_server_active_requests{job=\"j\"}");
  EXPECT_EQ(detail::total_of<kDropped>("j", {{own_label::kReason, "=\"shutdown\""}}),
            "telemetry_dropped_total{job=\"j\",reason=\"shutdown\"}");
}

TEST(Dashboards, AJobOfAnotherNameIsAskedFor) {
  DashboardOptions options = production();
  options.job = "k8s/payments";
  for (const auto& made : {grafana_dashboard(options).value(), prometheus_rules(options).value()}) {
    EXPECT_TRUE(made.contains("k8s/payments"));
    EXPECT_FALSE(made.contains("{job=\"payments\""));
  }
}

TEST(Regression, D_DASH_nothing_is_asked_for_by_the_environment_alone) {
  const DashboardOptions options = production();
  for (const CloudWatchMetric& metric : cloudwatch_metrics(options.resource()))
    EXPECT_NE(metric.dimensions, std::vector<std::string_view>{"environment"});
  const std::string body = cloudwatch_dashboard(options, DashboardKind::service).value();
  constexpr std::string_view kBoth = "\"service\",\"payments\",\"environment\",";
  std::size_t seen = 0;
  for (std::size_t at = body.find("[\"Lift\""); at != std::string::npos;
       at = body.find("[\"Lift\"", at + 1)) {
    const std::size_t dimensions = body.find(',', body.find(',', at) + 1) + 1;
    EXPECT_EQ(body.substr(dimensions, kBoth.size()), kBoth);
    ++seen;
  }
  EXPECT_GT(seen, 20U);
}

TEST(Regression, D_DASH_tenants_are_asked_for_as_they_are_emitted) {
  const DashboardOptions options = production();
  const std::string_view wrong[]{"TenantID"};
  const std::string_view right[]{"tenant_id"};
  const auto search = [&](std::span<const std::string_view> by) {
    return CloudWatchQuery::search(options, "requests.total", by, "Sum", 300);
  };
  EXPECT_EQ(search(wrong).error().code, "not_emitted");
  EXPECT_EQ(
      search(wrong).error().message,
      "no metric is emitted with exactly these dimensions: requests.total service environment "
      "TenantID");
  EXPECT_TRUE(search(right));
  EXPECT_FALSE(cloudwatch_dashboard(options, DashboardKind::tenants)->contains("TenantID"));
}

TEST(Regression, D_DASH_status_is_asked_for_as_it_is_emitted) {
  const DashboardOptions options = production();
  const auto series = [&](std::string metric, std::string dimension) {
    const std::vector<Label> by{{std::move(dimension), "5xx"}};
    return CloudWatchQuery::series(options, metric, by);
  };
  EXPECT_EQ(series("requests.total", "status").error().code, "not_emitted");
  EXPECT_EQ(series("requests.errors", "status_class").error().code, "not_emitted");
  EXPECT_TRUE(series("requests.total", "status_class"));
}

TEST(Regression, D_DASH_percentiles_are_percentiles) {
  const std::string body = cloudwatch_dashboard(production(), DashboardKind::service).value();
  std::size_t seen = 0;
  for (std::size_t at = body.find("\"requests.duration\""); at != std::string::npos;
       at = body.find("\"requests.duration\"", at + 1)) {
    const std::size_t stat = body.find("\"stat\":\"", at);
    EXPECT_EQ(body.substr(stat, 9), "\"stat\":\"p") << body.substr(at, 200);
    ++seen;
  }
  EXPECT_EQ(seen, 3U);
}

}  // namespace
}  // namespace lift
