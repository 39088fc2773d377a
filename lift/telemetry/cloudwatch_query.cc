#include "lift/telemetry/detail/cloudwatch_query.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

std::vector<Label> base(const DashboardOptions& options) {
  std::vector<Label> all;
  all.emplace_back(cloudwatch::kService, options.service);
  if (!options.environment.empty()) all.emplace_back(cloudwatch::kEnvironment, options.environment);
  return all;
}

Result<> check(const DashboardOptions& options, std::string_view metric,
               const std::vector<std::string_view>& dimensions) {
  const auto same = [&](const CloudWatchMetric& one) {
    return one.name == metric && one.dimensions == dimensions;
  };
  if (std::ranges::any_of(cloudwatch_metrics(options.resource()), same)) return {};
  std::string text(metric);
  for (const std::string_view name : dimensions) text.append(" ").append(name);
  return fail("not_emitted", "no metric is emitted with exactly these dimensions: " + text);
}

/// As SEARCH wants names that are not of letters and digits alone.
std::string quoted(std::string_view name) {
  const bool plain =
      std::ranges::all_of(name, [](char c) { return ascii::is_letter(c) || ascii::is_digit(c); });
  return plain ? std::string(name) : '"' + std::string(name) + '"';
}

}  // namespace

Result<CloudWatchQuery> CloudWatchQuery::series(const DashboardOptions& options,
                                                std::string_view metric,
                                                std::span<const Label> by) {
  std::vector<Label> all = base(options);
  all.insert(all.end(), by.begin(), by.end());
  std::vector<std::string_view> names;
  for (const Label& one : all) names.push_back(one.first);
  if (auto emitted = check(options, metric, names); !emitted)
    return std::unexpected(std::move(emitted.error()));
  return CloudWatchQuery(std::string(metric), std::move(all));
}

Result<std::string> CloudWatchQuery::search(const DashboardOptions& options,
                                            std::string_view metric,
                                            std::span<const std::string_view> by,
                                            std::string_view statistic, int period) {
  const std::vector<Label> known = base(options);
  std::vector<std::string_view> names;
  for (const Label& one : known) names.push_back(one.first);
  names.insert(names.end(), by.begin(), by.end());
  if (auto emitted = check(options, metric, names); !emitted)
    return std::unexpected(std::move(emitted.error()));
  std::string text = "SEARCH('{" + quoted(options.metric_namespace);
  for (const std::string_view name : names) text += ',' + quoted(name);
  text.append("} MetricName=\"").append(metric) += '"';
  for (const auto& [name, value] : known) text.append(" ").append(name) += "=\"" + value + '"';
  text.append("', '").append(statistic).append("', ") += std::to_string(period) + ')';
  return text;
}

}  // namespace lift::detail
