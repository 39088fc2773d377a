#include "lift/resilience/bulkhead_report.h"

#include <chrono>
#include <utility>

#include "lift/telemetry/own_metrics.h"

namespace lift {

BulkheadReport::BulkheadReport(std::string name, MetricRegistry& metrics)
    : name_(std::move(name)), metrics_(metrics) {
  const auto requests =
      metrics.counters(own_metric::kBulkheadRequests.options(), own_label::kOfBulkheadResult);
  admitted = requests.with(name_, "admitted");
  waited = requests.with(name_, "waited");
  rejected_ = requests.with(name_, "rejected");
  would_reject = requests.with(name_, "would_reject");
  rejections_ =
      metrics.counters(own_metric::kBulkheadRejections.options(), own_label::kOfBulkheadRejection);
  wait_ = metrics
              .histograms({.name = std::string(own_metric::kBulkheadWait.name),
                           .description = std::string(own_metric::kBulkheadWait.description),
                           .unit = std::string(own_metric::kBulkheadWait.unit)},
                          own_label::kOfBulkhead)
              .with(name_);
}

void BulkheadReport::waited_for(Duration time) const noexcept {
  wait_.record(std::chrono::duration<double>(time).count());
}

void BulkheadReport::refused(const BulkheadRefusal& refusal) const {
  rejected_.add();
  rejections_.with(name_, to_string(refusal.level), to_string(refusal.reason)).add();
}

std::vector<Observation> BulkheadReport::observe(Bulkhead& bulkhead) const {
  std::vector<Observation> all;
  const auto add = [&](const OwnMetric& metric, auto ask) {
    const auto observed = [name = name_, ask, &bulkhead] {
      return std::vector<Observed>{
          {.label_values = {name}, .value = static_cast<double>(ask(bulkhead))}};
    };
    all.push_back(metrics_.observe(metric.kind, metric.options(), metric.labels, observed));
  };
  add(own_metric::kBulkheadInUse, [](Bulkhead& its) { return its.view().in_use; });
  add(own_metric::kBulkheadLimit, [](Bulkhead& its) { return its.view().limit; });
  add(own_metric::kBulkheadWaiting, [](Bulkhead& its) { return its.view().waiting; });
  add(own_metric::kBulkheadOverflow, [](Bulkhead& its) { return its.overflowed(); });
  return all;
}

}  // namespace lift
