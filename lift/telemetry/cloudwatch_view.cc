#include "lift/telemetry/cloudwatch_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace lift {
namespace {

using Dimensions = std::vector<Label>;

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxValueBytes = 1024;

bool is_printable(char c) noexcept { return c >= ' ' && c <= '~'; }

// `text` as CloudWatch takes it, "" if nothing is left of it.
std::string cleaned(std::string_view text, std::size_t cap) {
  std::string out(text.substr(0, cap));
  std::ranges::replace_if(out, [](char c) { return !is_printable(c); }, '?');
  return out.find_first_not_of(' ') == std::string::npos ? std::string() : out;
}

std::string_view label(const MetricPoint& point, std::string_view name) noexcept {
  const auto found = std::ranges::find(point.labels, name, &Label::first);
  return found == point.labels.end() ? std::string_view() : std::string_view(found->second);
}

// The middle of a bucket (2^(i/8), 2^((i+1)/8)], on the scale that the buckets are even on, with
// the six digits that it is good for at most.
double middle(std::int32_t index, double factor) {
  const double value = std::exp2((index + 0.5) / 8) * factor;
  const double digits = 5 - std::floor(std::log10(value));
  const double scale = std::pow(10, std::abs(digits));
  return digits >= 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
}

/// Series by name and dimensions: points that differ in other labels only are added up.
class Series {
 public:
  explicit Series(const Resource& resource) {
    add_dimension(base_, "service", resource.service);
    add_dimension(base_, "environment", resource.environment);
  }

  /// `labels` added to service and environment; none if a value is empty.
  [[nodiscard]] std::optional<Dimensions> by(
      std::initializer_list<std::pair<std::string_view, std::string_view>> labels) const {
    Dimensions all = base_;
    for (const auto& [name, value] : labels) {
      if (!add_dimension(all, name, value)) return std::nullopt;
    }
    return all;
  }
  /// All of a point's own labels that can be dimensions.
  [[nodiscard]] Dimensions by_labels(const MetricPoint& point) const {
    Dimensions all = base_;
    for (const auto& [name, value] : point.labels) {
      if (all.size() < kMaxDimensions) add_dimension(all, name, value);
    }
    return all;
  }

  void add(std::string_view name, CloudWatchUnit unit, const std::optional<Dimensions>& by,
           double number) {
    if (!by || !std::isfinite(number)) return;
    State& state = at(name, unit, *by);
    state.number = state.number.value_or(0) + number;
  }
  void add(std::string_view name, CloudWatchUnit unit, const std::optional<Dimensions>& by,
           const HistogramPoint& histogram, double factor) {
    if (!by || histogram.count == 0) return;
    State& state = at(name, unit, *by);
    state.factor = factor;
    if (histogram.zeros > 0) state.zeros += histogram.zeros;
    for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
      if (histogram.buckets[i] > 0)
        state.buckets[histogram.first_index + static_cast<std::int32_t>(i)] += histogram.buckets[i];
    }
  }

  [[nodiscard]] std::vector<CloudWatchSeries> take() {
    std::vector<CloudWatchSeries> out;
    for (auto& [key, state] : states_) {
      CloudWatchSeries series{std::get<0>(key), state.unit, std::get<1>(key), {}};
      if (state.number) series.values.push_back({*state.number, 1});
      if (state.zeros > 0) series.values.push_back({0, state.zeros});
      for (const auto& [index, count] : state.buckets)
        series.values.push_back({middle(index, state.factor), count});
      if (!series.values.empty()) out.push_back(std::move(series));
    }
    return out;
  }

 private:
  struct State {
    CloudWatchUnit unit = CloudWatchUnit::none;
    std::optional<double> number;
    double factor = 1;
    std::uint64_t zeros = 0;
    std::map<std::int32_t, std::uint64_t> buckets;
  };

  static bool add_dimension(Dimensions& to, std::string_view name, std::string_view value) {
    std::string key = cleaned(name, kMaxNameBytes);
    std::string text = cleaned(value, kMaxValueBytes);
    if (key.empty() || key.front() == ':' || text.empty()) return false;
    if (std::ranges::find(to, key, &Label::first) != to.end()) return false;
    to.emplace_back(std::move(key), std::move(text));
    return true;
  }
  State& at(std::string_view name, CloudWatchUnit unit, const Dimensions& by) {
    State& state = states_[std::pair(cleaned(name, kMaxNameBytes), by)];
    state.unit = unit;
    return state;
  }

  Dimensions base_;
  std::map<std::pair<std::string, Dimensions>, State> states_;
};

constexpr std::string_view kTotal = "requests.total";
constexpr std::string_view kErrors = "requests.errors";
constexpr std::string_view kDuration = "requests.duration";
constexpr std::string_view kActive = "requests.active";
constexpr std::string_view kSize = "response.size";
constexpr double kMillisecondsASecond = 1000;

std::string status_class(std::string_view status) {
  if (status.size() != 3 || status[0] < '1' || status[0] > '5') return {};
  return std::string(1, status[0]) + "xx";
}

void add_requests(Series& out, const HistogramPoint& histogram, bool failed,
                  const std::optional<Dimensions>& by) {
  const auto count = static_cast<double>(histogram.count);
  out.add(kTotal, CloudWatchUnit::count, by, count);
  if (failed) out.add(kErrors, CloudWatchUnit::count, by, count);
  out.add(kDuration, CloudWatchUnit::milliseconds, by, histogram, kMillisecondsASecond);
}

std::optional<Dimensions> by_operation(const Series& out, const MetricPoint& point) {
  const std::string_view route = label(point, "http.route");
  return out.by({{"operation", route.empty() ? "unmatched" : route},
                 {"method", label(point, "http.request.method")}});
}

void add_duration(Series& out, const MetricPoint& point) {
  if (!point.histogram || point.histogram->count == 0) return;
  const bool failed = !label(point, "error.type").empty();
  add_requests(out, *point.histogram, failed, out.by({}));
  add_requests(out, *point.histogram, failed, by_operation(out, point));
  out.add(kErrors, CloudWatchUnit::count, out.by({}), 0);
  out.add(kTotal, CloudWatchUnit::count,
          out.by({{"status_class", status_class(label(point, "http.response.status_code"))}}),
          static_cast<double>(point.histogram->count));
}

void add_tenant(Series& out, const MetricPoint& point) {
  if (!point.histogram || point.histogram->count == 0) return;
  const bool failed = label(point, "outcome") == "error";
  add_requests(out, *point.histogram, failed, out.by({{"tenant_id", label(point, "tenant.id")}}));
}

void add_active(Series& out, const MetricPoint& point) {
  out.add(kActive, CloudWatchUnit::none, out.by({}), point.value);
}

void add_size(Series& out, const MetricPoint& point) {
  if (!point.histogram) return;
  out.add(kSize, CloudWatchUnit::bytes, out.by({}), *point.histogram, 1);
  out.add(kSize, CloudWatchUnit::bytes, by_operation(out, point), *point.histogram, 1);
}

struct Mapped {
  std::string_view family;
  void (*add)(Series&, const MetricPoint&);
};
constexpr std::array kMapped{Mapped{"http.server.request.duration", add_duration},
                             Mapped{"lift.tenant.request.duration", add_tenant},
                             Mapped{"http.server.active_requests", add_active},
                             Mapped{"http.server.response.body.size", add_size}};

CloudWatchUnit unit_of(const MetricFamily& family) noexcept {
  if (family.unit == "s") return CloudWatchUnit::seconds;
  if (family.unit == "ms") return CloudWatchUnit::milliseconds;
  if (family.unit == "By") return CloudWatchUnit::bytes;
  if (family.unit == "%") return CloudWatchUnit::percent;
  return family.kind == MetricKind::counter ? CloudWatchUnit::count : CloudWatchUnit::none;
}

void add_own(Series& out, const MetricFamily& family, const MetricPoint& point) {
  const Dimensions by = out.by_labels(point);
  if (point.histogram) {
    out.add(family.name, unit_of(family), by, *point.histogram, 1);
  } else if (family.kind != MetricKind::counter || point.value != 0) {
    out.add(family.name, unit_of(family), by, point.value);
  }
}

}  // namespace

std::string_view to_string(CloudWatchUnit unit) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"None",    "Count", "Milliseconds",
                                                   "Seconds", "Bytes", "Percent"};
  return kNames[static_cast<std::size_t>(unit)];
}

bool is_dimension_value(std::string_view text) noexcept {
  return text.size() <= kMaxValueBytes && std::ranges::all_of(text, is_printable) &&
         text.find_first_not_of(' ') != std::string_view::npos;
}

std::vector<CloudWatchSeries> cloudwatch_view(const MetricSnapshot& delta,
                                              const Resource& resource) {
  Series out(resource);
  for (const MetricFamily& family : delta.families) {
    const auto mapped = std::ranges::find(kMapped, family.name, &Mapped::family);
    for (const MetricPoint& point : family.points) {
      if (mapped != kMapped.end()) {
        mapped->add(out, point);
      } else {
        add_own(out, family, point);
      }
    }
  }
  return out.take();
}

std::vector<CloudWatchMetric> cloudwatch_metrics(const Resource& resource) {
  using Names = std::vector<std::string_view>;
  const Names operation{"operation", "method"};
  const Names tenant{"tenant_id"};
  const std::array<std::tuple<std::string_view, CloudWatchUnit, std::vector<Names>>, 5> all{{
      {kActive, CloudWatchUnit::none, {{}}},
      {kDuration, CloudWatchUnit::milliseconds, {{}, operation, tenant}},
      {kErrors, CloudWatchUnit::count, {{}, operation, tenant}},
      {kTotal, CloudWatchUnit::count, {{}, operation, {"status_class"}, tenant}},
      {kSize, CloudWatchUnit::bytes, {{}, operation}},
  }};
  Names base;
  if (!resource.service.empty()) base.emplace_back("service");
  if (!resource.environment.empty()) base.emplace_back("environment");
  std::vector<CloudWatchMetric> out;
  for (const auto& [name, unit, sets] : all) {
    for (const Names& set : sets) {
      Names dimensions = base;
      dimensions.insert(dimensions.end(), set.begin(), set.end());
      out.push_back({name, unit, std::move(dimensions)});
    }
  }
  return out;
}

}  // namespace lift
