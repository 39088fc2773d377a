#include "lift/telemetry/cloudwatch_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

using namespace cloudwatch;

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
    add_dimension(base_, kService, resource.service);
    add_dimension(base_, kEnvironment, resource.environment);
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
  const std::string_view route = label(point, own_label::kRoute);
  return out.by({{kOperation, route.empty() ? "unmatched" : route},
                 {kMethod, label(point, own_label::kMethod)}});
}

void add_duration(Series& out, const MetricPoint& point) {
  if (!point.histogram || point.histogram->count == 0) return;
  const bool failed = !label(point, own_label::kErrorType).empty();
  add_requests(out, *point.histogram, failed, out.by({}));
  add_requests(out, *point.histogram, failed, by_operation(out, point));
  out.add(kErrors, CloudWatchUnit::count, out.by({}), 0);
  out.add(kTotal, CloudWatchUnit::count,
          out.by({{kStatusClass, status_class(label(point, own_label::kStatus))}}),
          static_cast<double>(point.histogram->count));
}

void add_tenant(Series& out, const MetricPoint& point) {
  if (!point.histogram || point.histogram->count == 0) return;
  const bool failed = label(point, own_label::kOutcome) == "error";
  add_requests(out, *point.histogram, failed,
               out.by({{kTenant, label(point, own_label::kTenant)}}));
}

void add_active(Series& out, const MetricPoint& point) {
  out.add(kActive, CloudWatchUnit::none, out.by({}), point.value);
}

void add_size(Series& out, const MetricPoint& point) {
  if (!point.histogram) return;
  out.add(kSize, CloudWatchUnit::bytes, out.by({}), *point.histogram, 1);
  out.add(kSize, CloudWatchUnit::bytes, by_operation(out, point), *point.histogram, 1);
}

void add_dropped(Series& out, const MetricPoint& point) {
  out.add(own_metric::kDropped.name, CloudWatchUnit::count, out.by({}), point.value);
  if (point.value == 0) return;
  out.add(own_metric::kDropped.name, CloudWatchUnit::count, out.by_labels(point), point.value);
}

struct Mapped {
  std::string_view family;
  void (*add)(Series&, const MetricPoint&);
};
constexpr std::array kMapped{Mapped{own_metric::kRequestDuration.name, add_duration},
                             Mapped{own_metric::kTenantDuration.name, add_tenant},
                             Mapped{own_metric::kActiveRequests.name, add_active},
                             Mapped{own_metric::kResponseSize.name, add_size},
                             Mapped{own_metric::kDropped.name, add_dropped}};

void (*mapped(std::string_view family))(Series&, const MetricPoint&) {
  const auto found = std::ranges::find(kMapped, family, &Mapped::family);
  return found == kMapped.end() ? nullptr : found->add;
}

/// Of a MetricFamily or an OwnMetric.
template <class Family>
CloudWatchUnit unit_of(const Family& family) noexcept {
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
    const auto add = mapped(family.name);
    for (const MetricPoint& point : family.points) {
      if (add != nullptr) {
        add(out, point);
      } else {
        add_own(out, family, point);
      }
    }
  }
  return out.take();
}

std::vector<CloudWatchMetric> cloudwatch_metrics(const Resource& resource) {
  std::vector<std::string_view> base;
  if (!resource.service.empty()) base.emplace_back(kService);
  if (!resource.environment.empty()) base.emplace_back(kEnvironment);
  std::vector<CloudWatchMetric> out;
  const auto add = [&](std::string_view name, CloudWatchUnit unit,
                       std::span<const std::string_view> by) {
    out.push_back({name, unit, base});
    out.back().dimensions.insert(out.back().dimensions.end(), by.begin(), by.end());
  };
  constexpr std::array kByOperation{kOperation, kMethod};
  constexpr std::array kByTenant{kTenant};
  constexpr std::array kByStatus{kStatusClass};
  add(kActive, CloudWatchUnit::none, {});
  add(kSize, CloudWatchUnit::bytes, {});
  add(kSize, CloudWatchUnit::bytes, kByOperation);
  add(kTotal, CloudWatchUnit::count, kByStatus);
  const std::array<std::span<const std::string_view>, 3> each{{{}, kByOperation, kByTenant}};
  for (const auto by : each) {
    add(kTotal, CloudWatchUnit::count, by);
    add(kErrors, CloudWatchUnit::count, by);
    add(kDuration, CloudWatchUnit::milliseconds, by);
  }
  add(own_metric::kDropped.name, CloudWatchUnit::count, {});
  add(own_metric::kDropped.name, CloudWatchUnit::count, own_metric::kDropped.labels);
  for (const OwnMetric& own : own_metric::kAll) {
    if (mapped(own.name) == nullptr) add(own.name, unit_of(own), own.labels);
  }
  return out;
}

}  // namespace lift
