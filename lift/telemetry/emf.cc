#include "lift/telemetry/emf.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "lift/base/json_writer.h"
#include "lift/telemetry/detail/emf_document.h"
#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/put_metric_data.h"

namespace lift {
namespace {

using Set = std::vector<std::string_view>;

// What a request's own metrics take besides their directives.
constexpr std::size_t kTargetsRoom = 512;
constexpr std::size_t kMaxLine = 256 * 1024;

struct Definition {
  std::string_view name;
  CloudWatchUnit unit;
};

void append_directive(JsonWriter& json, std::string_view metric_namespace,
                      std::span<const Set> sets, std::span<const Definition> metrics) {
  json.begin_object().member("Namespace", metric_namespace).key("Dimensions").begin_array();
  for (const Set& set : sets) {
    json.begin_array();
    for (const std::string_view name : set) json.value(name);
    json.end_array();
  }
  json.end_array().key("Metrics").begin_array();
  for (const Definition& metric : metrics) {
    json.begin_object().member("Name", metric.name).member("Unit", to_string(metric.unit));
    json.end_object();
  }
  json.end_array().end_object();
}

Set with(Set base, std::initializer_list<std::string_view> more) {
  base.insert(base.end(), more);
  return base;
}

std::string directives(const std::string& metric_namespace, const Set& base, bool operation,
                       bool tenant, bool status) {
  std::vector<Set> sets{base};
  if (operation) sets.push_back(with(base, {cloudwatch::kOperation, cloudwatch::kMethod}));
  const std::vector<Set> of_size = sets;
  if (tenant) sets.push_back(with(base, {cloudwatch::kTenant}));
  std::vector<Set> of_total = sets;
  if (status) of_total.push_back(with(base, {cloudwatch::kStatusClass}));
  std::string out;
  JsonWriter json(out);
  json.key("CloudWatchMetrics").begin_array();
  const std::array timed{Definition{cloudwatch::kDuration, CloudWatchUnit::milliseconds},
                         Definition{cloudwatch::kErrors, CloudWatchUnit::count}};
  const std::array total{Definition{cloudwatch::kTotal, CloudWatchUnit::count}};
  const std::array size{Definition{cloudwatch::kSize, CloudWatchUnit::bytes}};
  append_directive(json, metric_namespace, sets, timed);
  append_directive(json, metric_namespace, of_total, total);
  append_directive(json, metric_namespace, of_size, size);
  json.end_array();
  return out + "}";
}

/// The values of one series in the order of their size, each as often as it was measured, but no
/// more than a cap: then every n-th.
class Values {
 public:
  Values(const CloudWatchSeries& series, std::size_t cap) {
    std::uint64_t total = 0;
    for (const WeightedValue& value : series.values) {
      if (std::isfinite(value.value)) total += value.count;
    }
    const double step = total <= cap ? 1 : static_cast<double>(total) / static_cast<double>(cap);
    double next = 0;
    std::uint64_t passed = 0;
    for (const WeightedValue& value : series.values) {
      if (!std::isfinite(value.value)) continue;
      passed += value.count;
      for (; next < static_cast<double>(passed) && values_.size() < cap; next += step)
        values_.push_back(value.value);
    }
    thinned_ = total - values_.size();
  }
  [[nodiscard]] std::uint64_t thinned() const noexcept { return thinned_; }
  /// The `index`-th hundred; empty beyond the last.
  [[nodiscard]] std::span<const double> chunk(std::size_t index) const noexcept {
    const std::size_t begin = std::min(index * detail::kEmfValues, values_.size());
    return std::span(values_).subspan(begin, std::min(detail::kEmfValues, values_.size() - begin));
  }

 private:
  std::vector<double> values_;
  std::uint64_t thinned_ = 0;
};

bool has_place(const CloudWatchSeries& series) noexcept {
  return series.name != "_aws" &&
         std::ranges::none_of(series.dimensions, [&series](const Label& dimension) {
           return dimension.first == series.name || dimension.first == "_aws";
         });
}

using Group = std::vector<const CloudWatchSeries*>;

// The n-th hundreds of all series share documents. Returns how many values were thinned out.
std::uint64_t write_group(detail::EmfDocuments& documents, const Group& group, std::size_t cap) {
  std::vector<Values> values;
  std::uint64_t thinned = 0;
  for (const CloudWatchSeries* series : group)
    thinned += values.emplace_back(*series, cap).thinned();
  for (std::size_t chunk = 0, written = 1; written > 0; ++chunk) {
    written = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::span<const double> some = values[i].chunk(chunk);
      if (some.empty()) continue;
      documents.add(group[i]->name, group[i]->unit, some);
      ++written;
    }
    documents.close();
  }
  return thinned;
}

}  // namespace

Problems EmfOptions::validate() const {
  Problems problems;
  if (!is_metric_namespace(metric_namespace))
    problems.add("metric_namespace", metric_namespace,
                 "must be 1 to 255 of A-Z a-z 0-9 . - _ / # : and not begin with : or AWS/");
  problems.add_all("line", line.validate());
  if (line.line_cap > kMaxLine)
    problems.add("line.line_cap", std::to_string(line.line_cap), "must be at most 262144 bytes");
  if (max_values < 100 || max_values > 100'000)
    problems.add("max_values", std::to_string(max_values), "must be 100 to 100000");
  return problems;
}

EmfEncoder::EmfEncoder(const Resource& resource, const EmfOptions& options)
    : options_(options), line_(resource, options.line) {
  Set base;
  if (is_dimension_value(resource.service)) base.emplace_back(cloudwatch::kService);
  if (is_dimension_value(resource.environment)) base.emplace_back(cloudwatch::kEnvironment);
  for (std::size_t has = 0; has < directives_.size(); ++has) {
    directives_[has] = directives(options.metric_namespace, base, (has & kHasOperation) != 0,
                                  (has & kHasTenant) != 0, (has & kHasStatus) != 0);
    reserve_ = std::max(reserve_, directives_[has].size() + kTargetsRoom);
  }
}

void EmfEncoder::request(std::string& out, const RequestView& request) const {
  line_.open_request(out, request, reserve_);
  std::size_t has = 0;
  if (is_dimension_value(request.operation) && is_dimension_value(request.method))
    has |= kHasOperation;
  if (is_dimension_value(request.tenant)) has |= kHasTenant;
  if (request.status >= 100 && request.status < 600) has |= kHasStatus;
  detail::LineWriter line(out, kTargetsRoom, kMaxLine);
  line.raw(R"(,"requests.total":1,"requests.duration":)");
  line.milliseconds(request.duration);
  line.raw(request.failed ? R"(,"requests.errors":1,"response.size":)"
                          : R"(,"requests.errors":0,"response.size":)");
  line.natural(request.response_bytes);
  line.raw(R"(,"_aws":{"Timestamp":)");
  line.integer(detail::emf_millis(request.start + request.duration));
  line.raw(",");
  line.raw(directives_[has]);
  line.raw("}\n");
}

EmfEncoder::Periodic EmfEncoder::periodic(std::string& out,
                                          std::span<const CloudWatchSeries> series,
                                          WallTime at) const {
  Periodic result;
  std::map<std::vector<Label>, Group> groups;
  for (const CloudWatchSeries& one : series) {
    if (has_place(one)) {
      groups[one.dimensions].push_back(&one);
    } else {
      ++result.refused;
    }
  }
  for (const auto& [dimensions, group] : groups) {
    detail::EmfDocuments documents(out, options_.metric_namespace, dimensions, at);
    result.thinned += write_group(documents, group, options_.max_values);
    result.documents += documents.count();
  }
  return result;
}

}  // namespace lift
