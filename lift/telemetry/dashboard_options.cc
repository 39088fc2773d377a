#include <algorithm>
#include <string_view>

#include "lift/base/ascii.h"
#include "lift/telemetry/dashboards.h"
#include "lift/telemetry/metric_options.h"
#include "lift/telemetry/put_metric_data.h"

namespace lift {
namespace {

bool is_plain(std::string_view text, std::string_view also) {
  return std::ranges::all_of(text, [also](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || also.contains(c);
  });
}

void check_name(Problems& problems, const char* field, const std::string& name, bool may_be_empty) {
  constexpr std::size_t kMost = 255;
  if (name.empty() && may_be_empty) return;
  if (!name.empty() && name.size() <= kMost && is_plain(name, "._-/:")) return;
  problems.add(field, name, "must be 1 to 255 letters, digits, '.', '_', '-', '/' and ':'");
}

void check_latency(Problems& problems, Duration latency) {
  const std::chrono::duration<double> seconds = latency;
  if (latency >= std::chrono::milliseconds(1) && seconds.count() < HistogramOptions{}.bounds.back())
    return;
  problems.add("latency_slo", std::to_string(latency.count()) + "ns",
               "must be from 1 ms to under 10 s");
}

void check_actions(Problems& problems, const std::vector<std::string>& actions) {
  constexpr std::size_t kMost = 5;
  constexpr std::size_t kLongest = 1024;
  if (actions.size() > kMost)
    problems.add("alarm_actions", std::to_string(actions.size()), "must be at most 5");
  for (const std::string& action : actions) {
    if (action.starts_with("arn:") && action.size() <= kLongest && is_plain(action, "._-/:"))
      continue;
    problems.add("alarm_actions", action,
                 "must be an ARN: arn:aws:sns:us-east-1:123456789012:name");
  }
}

}  // namespace

Problems DashboardOptions::validate() const {
  // Less, and the fastest burn rate would be more than all requests.
  constexpr double kLeastSlo = 95;
  constexpr double kMostSlo = 99.999;
  constexpr std::uint64_t kMostRequests = 1'000'000'000;
  Problems problems;
  check_name(problems, "service", service, false);
  check_name(problems, "environment", environment, true);
  check_name(problems, "job", job, true);
  if (!is_metric_namespace(metric_namespace))
    problems.add("metric_namespace", metric_namespace,
                 "must be 1 to 255 letters, digits and . - _ / # :, not AWS/");
  if (region.empty() || !is_plain(region, "-"))
    problems.add("region", region, "must be letters, digits and '-', such as eu-central-1");
  if (!(slo >= kLeastSlo && slo <= kMostSlo))
    problems.add("slo", std::to_string(slo), "must be a percentage from 95 to 99.999");
  check_latency(problems, latency_slo);
  if (min_requests < 1 || min_requests > kMostRequests)
    problems.add("min_requests", std::to_string(min_requests), "must be from 1 to 1000000000");
  check_actions(problems, alarm_actions);
  return problems;
}

}  // namespace lift
