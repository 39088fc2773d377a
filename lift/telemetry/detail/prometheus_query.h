#pragma once
// Selectors in PromQL that find something: named after an entry of own_metrics.h, by labels that it
// has. Anything else does not compile.
//
// Thread-safety: pure functions. Cost: allocates; made at deployment.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/telemetry/own_metrics.h"
#include "lift/telemetry/prometheus.h"

namespace lift::detail {

/// A label of one metric.
template <const OwnMetric& Metric>
class PrometheusLabel {
 public:
  consteval PrometheusLabel(std::string_view name) : name_(name) {
    if (!Metric.has(name)) throw "the metric has no such label";
  }
  [[nodiscard]] std::string text() const { return prometheus_label(name_); }

 private:
  std::string_view name_;
};

template <const OwnMetric& Metric>
struct PrometheusMatch {
  PrometheusLabel<Metric> label;
  std::string_view rest;  ///< `!=""`
};

/// `name{job="…",…}`; `matches` are whole: `reason!=""`.
[[nodiscard]] std::string prometheus_selector(const std::string& name, std::string_view job,
                                              const std::vector<std::string>& matches);

template <const OwnMetric& Metric>
std::string prometheus_selector(std::string_view suffix, std::string_view job,
                                std::initializer_list<PrometheusMatch<Metric>> matches) {
  std::vector<std::string> all;
  for (const auto& one : matches) all.push_back(one.label.text() + std::string(one.rest));
  const std::string name = prometheus_name(Metric.name, Metric.unit, Metric.kind);
  return prometheus_selector(name + std::string(suffix), job, all);
}

/// How many a histogram has measured.
template <const OwnMetric& Metric>
std::string count_of(std::string_view job,
                     std::initializer_list<PrometheusMatch<Metric>> matches = {}) {
  static_assert(Metric.kind == MetricKind::histogram);
  return prometheus_selector<Metric>("_count", job, matches);
}
template <const OwnMetric& Metric>
std::string buckets_of(std::string_view job,
                       std::initializer_list<PrometheusMatch<Metric>> matches = {}) {
  static_assert(Metric.kind == MetricKind::histogram);
  return prometheus_selector<Metric>("_bucket", job, matches);
}
template <const OwnMetric& Metric>
std::string total_of(std::string_view job,
                     std::initializer_list<PrometheusMatch<Metric>> matches = {}) {
  static_assert(Metric.kind == MetricKind::counter);
  return prometheus_selector<Metric>("_total", job, matches);
}
/// What it is now.
template <const OwnMetric& Metric>
std::string value_of(std::string_view job,
                     std::initializer_list<PrometheusMatch<Metric>> matches = {}) {
  static_assert(Metric.kind == MetricKind::up_down || Metric.kind == MetricKind::gauge);
  return prometheus_selector<Metric>("", job, matches);
}

/// The value of a label, for an aggregation's `by` and for a legend.
template <const OwnMetric& Metric>
std::string label_of(PrometheusLabel<Metric> label) {
  return label.text();
}

}  // namespace lift::detail
