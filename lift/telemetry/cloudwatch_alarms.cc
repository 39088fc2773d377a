// Which alarms there are. CloudWatch takes no window of more than a day, and all of an alarm's
// metrics have one period: a burn rate is watched over its long window alone.

#include <algorithm>
#include <utility>

#include "lift/telemetry/dashboards.h"
#include "lift/telemetry/detail/burn_rates.h"
#include "lift/telemetry/detail/cloudwatch_alarm.h"
#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

using detail::BurnRate;
using detail::CloudWatchAlarm;
using detail::CloudWatchQuery;

constexpr int kDay = 86'400;
// Fewer requests have no 99th percentile.
constexpr int kEnoughForP99 = 100;

/// Makes inputs, and remembers what could not be made.
class Alarms {
 public:
  explicit Alarms(const DashboardOptions& options) : options_(options), json_(out_) {
    json_.begin_array();
  }

  void add(CloudWatchAlarm alarm,
           std::initializer_list<std::pair<std::string_view, std::string_view>> inputs) {
    for (const auto& [metric, statistic] : inputs) {
      auto query = CloudWatchQuery::series(options_, metric, {});
      if (!query) return problems_.add("query", std::string(metric), query.error().message);
      const std::string id = "m" + std::to_string(alarm.inputs.size() + 1);
      alarm.inputs.push_back({id, std::move(*query), std::string(statistic)});
    }
    if (auto written = detail::write_alarm(options_, alarm, json_); !written)
      problems_.add("alarm", alarm.name, written.error().message);
  }

  Result<std::string> take() {
    if (auto made = problems_.as_result(); !made) return std::unexpected(std::move(made.error()));
    json_.end_array();
    return std::move(out_);
  }

 private:
  const DashboardOptions& options_;
  Problems problems_;
  std::string out_;
  JsonWriter json_;
};

void add_burn_rate(Alarms& alarms, const DashboardOptions& options, const BurnRate& burn) {
  const int period = std::min(static_cast<int>(burn.window.seconds.count()), kDay);
  CloudWatchAlarm alarm;
  alarm.name = burn.title;
  alarm.description = burn.meaning;
  alarm.expression = "IF(m1 >= " + std::to_string(options.min_requests) + ", 100 * m2 / m1, 0)";
  alarm.threshold = detail::percent(burn.factor * options.error_budget());
  alarm.period = period;
  alarms.add(std::move(alarm), {{cloudwatch::kTotal, "Sum"}, {cloudwatch::kErrors, "Sum"}});
}

void add_latency(Alarms& alarms, const DashboardOptions& options) {
  const std::chrono::duration<double, std::milli> latency = options.latency_slo;
  CloudWatchAlarm alarm;
  alarm.name = "is slow";
  alarm.description = "The 99th percentile has been above the objective for 15 minutes.";
  alarm.expression = "IF(m1 >= " + std::to_string(kEnoughForP99) + ", m2, 0)";
  alarm.threshold = latency.count();
  alarm.periods = 3;
  alarms.add(std::move(alarm), {{cloudwatch::kTotal, "Sum"}, {cloudwatch::kDuration, "p99"}});
}

void add_any(Alarms& alarms, const OwnMetric& metric, std::string name, std::string description,
             int periods) {
  CloudWatchAlarm alarm;
  alarm.name = std::move(name);
  alarm.description = std::move(description);
  alarm.periods = periods;
  alarms.add(std::move(alarm), {{metric.name, "Sum"}});
}

}  // namespace

Result<std::string> cloudwatch_alarms(const DashboardOptions& options) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  Alarms alarms(options);
  for (const BurnRate& burn : detail::kBurnRates) add_burn_rate(alarms, options, burn);
  add_latency(alarms, options);
  add_any(alarms, own_metric::kAcceptPaused, "accepts no more connections",
          "Accepting paused at the limit of open connections.", 1);
  add_any(alarms, own_metric::kDropped, "loses telemetry",
          "Log lines, spans or points have been lost for 15 minutes.", 3);
  return alarms.take();
}

}  // namespace lift
