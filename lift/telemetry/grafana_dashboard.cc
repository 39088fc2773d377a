// One dashboard for Grafana 8 and later, over Prometheus.

#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/json_writer.h"
#include "lift/telemetry/dashboards.h"
#include "lift/telemetry/detail/burn_rates.h"
#include "lift/telemetry/detail/prometheus_query.h"

namespace lift {
namespace {

using namespace own_metric;
using detail::label_of;

struct Target {
  std::string expression;
  std::string legend;
};

struct Panel {
  std::string title;
  std::string unit;  ///< Grafana's: "reqps", "s", "percentunit", "short", "decbytes"
  std::vector<Target> targets;
  std::optional<double> threshold;
};

std::string rate(const std::string& selector) { return "rate(" + selector + "[$__rate_interval])"; }

std::string legend(const std::string& label) { return "{{" + label + "}}"; }

std::string sum_by(const std::string& labels, const std::string& inner) {
  return "sum by (" + labels + ") (" + inner + ")";
}

template <const OwnMetric& Metric>
Target quantile(const std::string& job, const char* share, std::string name) {
  return {std::string("histogram_quantile(") + share + ", " +
              sum_by("le", rate(detail::buckets_of<Metric>(job))) + ")",
          std::move(name)};
}

template <const OwnMetric& Metric>
std::vector<Target> quantiles(const std::string& job) {
  return {quantile<Metric>(job, "0.5", "p50"), quantile<Metric>(job, "0.9", "p90"),
          quantile<Metric>(job, "0.99", "p99")};
}

std::vector<Panel> traffic(const DashboardOptions& options, const std::string& job) {
  const std::chrono::duration<double> latency = options.latency_slo;
  const std::string all = rate(detail::count_of<kRequestDuration>(job));
  const std::string failed =
      rate(detail::count_of<kRequestDuration>(job, {{own_label::kErrorType, "!=\"\""}}));
  const std::string route = label_of<kRequestDuration>(own_label::kRoute);
  const std::string method = label_of<kRequestDuration>(own_label::kMethod);
  const std::string status = label_of<kRequestDuration>(own_label::kStatus);
  const std::string by_route = method + ", " + route;
  const std::string of_route = legend(method) + ' ' + legend(route);
  return {
      {"Requests", "reqps", {{"sum(" + all + ")", "requests"}}, {}},
      {"Latency", "s", quantiles<kRequestDuration>(job), latency.count()},
      {"Failed requests",
       "percentunit",
       {{"(sum(" + failed + ") or 0 * sum(" + all + ")) / (sum(" + all + ") > 0)", "failed"}},
       detail::percent(options.error_budget()) / 100},
      {"Requests by status", "reqps", {{sum_by(status, all), legend(status)}}, {}},
      {"Requests by route and method", "reqps", {{sum_by(by_route, all), of_route}}, {}},
      {"Failures by route and method", "reqps", {{sum_by(by_route, failed), of_route}}, {}},
      {"99th percentile by route and method",
       "s",
       {{"histogram_quantile(0.99, " +
             sum_by("le, " + by_route, rate(detail::buckets_of<kRequestDuration>(job))) + ")",
         of_route}},
       {}},
      {"Response size", "decbytes", quantiles<kResponseSize>(job), {}},
  };
}

template <const OwnMetric& Metric>
Target per_second(const std::string& job, std::string name) {
  return {"sum(" + rate(detail::total_of<Metric>(job)) + ")", std::move(name)};
}

std::vector<Panel> saturation(const std::string& job) {
  const std::string method = label_of<kActiveRequests>(own_label::kMethod);
  const std::string signal = label_of<kDropped>(own_label::kSignal);
  const std::string reason = label_of<kDropped>(own_label::kReason);
  const std::string destination = label_of<kExported>(own_label::kDestination);
  return {
      {"Active requests",
       "short",
       {{sum_by(method, detail::value_of<kActiveRequests>(job)), legend(method)}},
       {}},
      {"Open connections",
       "short",
       {{sum_by("instance", detail::value_of<kConnections>(job)), "{{instance}}"}},
       {}},
      {"Turned away by the server",
       "ops",
       {per_second<kAcceptPaused>(job, "accepting paused"),
        per_second<kAcceptFailed>(job, "accepting failed"), per_second<kTooLarge>(job, "too large"),
        per_second<kMalformed>(job, "malformed"), per_second<kTimedOut>(job, "client too slow")},
       {}},
      {"Ended early",
       "reqps",
       {per_second<kTimeouts>(job, "at their deadline"),
        per_second<kOverruns>(job, "after their deadline"),
        per_second<kExceptions>(job, "by an exception"),
        per_second<kCancelled>(job, "by their client")},
       {}},
      {"Telemetry lost",
       "ops",
       {{sum_by(signal + ", " + reason, rate(detail::total_of<kDropped>(job))) + " > 0",
         legend(signal) + ' ' + legend(reason)}},
       {}},
      {"Telemetry sent",
       "ops",
       {{sum_by(signal + ", " + destination, rate(detail::total_of<kExported>(job))),
         legend(signal) + ' ' + legend(destination)}},
       {}},
  };
}

std::vector<Panel> tenants(const std::string& job) {
  const std::string tenant = label_of<kTenantDuration>(own_label::kTenant);
  const std::string all = rate(detail::count_of<kTenantDuration>(job));
  const std::string failed =
      rate(detail::count_of<kTenantDuration>(job, {{own_label::kOutcome, "=\"error\""}}));
  return {
      {"Requests by tenant", "reqps", {{sum_by(tenant, all), legend(tenant)}}, {}},
      {"Failures by tenant", "reqps", {{sum_by(tenant, failed), legend(tenant)}}, {}},
      {"99th percentile by tenant",
       "s",
       {{"histogram_quantile(0.99, " +
             sum_by("le, " + tenant, rate(detail::buckets_of<kTenantDuration>(job))) + ")",
         legend(tenant)}},
       {}},
  };
}

void write_source(JsonWriter& json) {
  json.key("datasource").begin_object().member("type", "prometheus");
  json.member("uid", "${datasource}").end_object();
}

void write_thresholds(JsonWriter& json, const Panel& panel) {
  if (!panel.threshold) return;
  json.key("custom").begin_object().key("thresholdsStyle").begin_object();
  json.member("mode", "dashed").end_object().end_object();
  json.key("thresholds").begin_object().member("mode", "absolute").key("steps").begin_array();
  json.begin_object().member("color", "green").key("value").null().end_object();
  json.begin_object().member("color", "red").member("value", *panel.threshold).end_object();
  json.end_array().end_object();
}

void write(JsonWriter& json, const Panel& panel, int at) {
  constexpr int kWidth = 12;
  constexpr int kHeight = 8;
  json.begin_object().member("id", at + 1).member("type", "timeseries");
  json.member("title", panel.title);
  write_source(json);
  json.key("gridPos").begin_object().member("x", at % 2 * kWidth).member("y", at / 2 * kHeight);
  json.member("w", kWidth).member("h", kHeight).end_object();
  json.key("fieldConfig").begin_object().key("defaults").begin_object();
  json.member("unit", panel.unit).member("min", 0);
  write_thresholds(json, panel);
  json.end_object().key("overrides").begin_array().end_array().end_object();
  json.key("targets").begin_array();
  char name = 'A';
  for (const Target& target : panel.targets) {
    json.begin_object().member("refId", std::string(1, name++));
    write_source(json);
    json.member("expr", target.expression).member("legendFormat", target.legend).end_object();
  }
  json.end_array().end_object();
}

void write_head(JsonWriter& json, const DashboardOptions& options) {
  std::string title = options.service;
  if (!options.environment.empty()) title += " (" + options.environment + ')';
  json.member("title", title).member("schemaVersion", 36).member("editable", true);
  json.member("refresh", "30s").key("tags").begin_array().value("lift").end_array();
  json.key("time").begin_object().member("from", "now-3h").member("to", "now").end_object();
  json.key("templating").begin_object().key("list").begin_array().begin_object();
  json.member("name", "datasource").member("type", "datasource").member("query", "prometheus");
  json.member("label", "Prometheus").end_object().end_array().end_object();
}

}  // namespace

Result<std::string> grafana_dashboard(const DashboardOptions& options) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  const std::string& job = options.job.empty() ? options.service : options.job;
  std::vector<Panel> panels = traffic(options, job);
  for (Panel& panel : saturation(job)) panels.push_back(std::move(panel));
  for (Panel& panel : tenants(job)) panels.push_back(std::move(panel));
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, options);
  json.key("panels").begin_array();
  int at = 0;
  for (const Panel& panel : panels) write(json, panel, at++);
  json.end_array().end_object();
  return out;
}

}  // namespace lift
