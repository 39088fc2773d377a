// What a registry says of itself at one moment.

#include <algorithm>
#include <utility>

#include "lift/telemetry/detail/metric_table.h"

namespace lift::detail {
namespace {

constexpr std::string_view kOverflowLabel = "otel_metric_overflow";

std::vector<Label> labels_of(const std::vector<std::string>& names,
                             const std::vector<std::string>& values) {
  std::vector<Label> labels;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!values[i].empty()) labels.emplace_back(names[i], values[i]);
  }
  return labels;
}

double number(MetricKind kind, std::uint64_t cell) noexcept {
  if (kind != MetricKind::up_down) return static_cast<double>(cell);
  return static_cast<double>(static_cast<std::int64_t>(cell));
}

/// Adds a block that may be larger than what was added so far: nothing was.
void merge(std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& more) {
  sums.resize(std::max(sums.size(), more.size()));
  add_block(sums, more);
}

MetricPoint point_of(const MetricFamilyState& family, const MetricSeries& series,
                     const std::vector<std::uint64_t>& cells) {
  MetricPoint point;
  if (family.kind == MetricKind::gauge) {
    point.value = series.gauge.load(std::memory_order_relaxed);
  } else if (family.layout) {
    point.histogram = family.layout->point(cells);
    for (const auto& exemplar : series.exemplars) {
      if (exemplar) point.histogram->exemplars.push_back(*exemplar);
    }
  } else {
    point.value = cells.empty() ? 0 : number(family.kind, cells.front());
    point.exemplar = series.exemplars.front();
  }
  return point;
}

/// A family that is about other families.
class SelfMetric {
 public:
  SelfMetric(std::string_view name, std::string_view description) {
    family_.name = name;
    family_.description = description;
  }
  void add(const std::string& metric, std::uint64_t value) {
    MetricPoint point;
    point.labels = {{"metric", metric}};
    point.value = static_cast<double>(value);
    family_.points.push_back(std::move(point));
  }
  void move_to(MetricSnapshot& out) {
    if (!family_.points.empty()) out.families.push_back(std::move(family_));
  }

 private:
  MetricFamily family_;
};

struct HistogramLosses {
  std::uint64_t clamped = 0;
  std::uint64_t ignored = 0;
};

HistogramLosses losses_of(const MetricFamilyState& family, const Totals& totals) {
  HistogramLosses losses;
  const auto add = [&](const MetricSeries& series) {
    const auto& cells = totals[series.id];
    if (cells.empty()) return;
    losses.clamped += family.layout->clamped(cells);
    losses.ignored += cells[HistogramLayout::kIgnored];
  };
  std::ranges::for_each(family.series, add);
  if (family.overflow) add(*family.overflow);
  return losses;
}

/// Puts what a source says into its family; what is past the cap is added up in one point.
void add_observed(MetricFamily& out, const MetricFamilyState& family,
                  const std::vector<Observed>& values) {
  for (const Observed& observed : values) {
    if (observed.label_values.size() != family.labels.size()) continue;
    if (out.points.size() > family.options.max_series) {
      out.points.back().value += observed.value;
      continue;
    }
    MetricPoint point;
    point.labels = labels_of(family.labels, observed.label_values);
    if (out.points.size() == family.options.max_series) {
      point.labels = {{std::string(kOverflowLabel), "true"}};
    }
    point.value = observed.value;
    out.points.push_back(std::move(point));
  }
}

MetricFamily describe(const MetricFamilyState& family) {
  MetricFamily out;
  out.name = family.options.name;
  out.description = family.options.description;
  out.unit = family.options.unit;
  out.kind = family.kind;
  out.bounds = family.bounds;
  return out;
}

void ask(MetricSource& source, MetricSnapshot& out) {
  const std::lock_guard lock(source.mutex);
  if (!source.ask) return;
  auto family = std::ranges::find(out.families, source.family->options.name, &MetricFamily::name);
  if (family == out.families.end()) {
    family = out.families.insert(family, describe(*source.family));
  }
  add_observed(*family, *source.family, source.ask());
}

}  // namespace

MetricFamily family_at(const MetricFamilyState& family, const Totals& totals) {
  MetricFamily out = describe(family);
  std::vector<std::uint64_t> rest;  // counted by series that are no more
  for (const MetricSeries& series : family.series) {
    std::vector<std::uint64_t> cells = totals[series.id];
    merge(rest, series.live ? series.base : cells);
    if (!series.live) continue;
    subtract_block(cells, series.base);
    out.points.push_back(point_of(family, series, cells));
    out.points.back().labels = labels_of(family.labels, series.values);
  }
  if (family.overflow) {
    merge(rest, totals[family.overflow->id]);
    out.points.push_back(point_of(family, *family.overflow, rest));
    out.points.back().labels = {{std::string(kOverflowLabel), "true"}};
  }
  return out;
}

void add_self_metrics(
    MetricSnapshot& out, const Totals& totals,
    const std::map<std::string, std::unique_ptr<MetricFamilyState>, std::less<>>& families) {
  SelfMetric overflow(kSelfMetrics[0],
                      "Times that a label set was counted in the overflow series.");
  SelfMetric clamped(kSelfMetrics[1],
                     "Values above a histogram's highest edge, counted in its last bucket.");
  SelfMetric ignored(kSelfMetrics[2],
                     "Values that were negative or no finite number, and not counted.");
  for (const auto& [name, family] : families) {
    if (!family->labels.empty()) overflow.add(name, family->collapsed);
    if (!family->layout) continue;
    const HistogramLosses losses = losses_of(*family, totals);
    clamped.add(name, losses.clamped);
    ignored.add(name, losses.ignored);
  }
  overflow.move_to(out);
  clamped.move_to(out);
  ignored.move_to(out);
}

std::vector<std::shared_ptr<MetricSource>> MetricTable::gather(MetricSnapshot& out) {
  const std::lock_guard lock(mutex_);
  out.start = start_;
  const Totals totals = cells_.totals(next_id_);
  for (const auto& [name, family] : families_) {
    MetricFamily points = family_at(*family, totals);
    if (!points.points.empty()) out.families.push_back(std::move(points));
  }
  add_self_metrics(out, totals, families_);
  std::vector<std::shared_ptr<MetricSource>> sources;
  for (const auto& known : sources_) {
    if (auto source = known.lock()) sources.push_back(std::move(source));
  }
  return sources;
}

// Sources are asked without the registry's lock, so that they may use the registry.
MetricSnapshot MetricTable::snapshot(WallTime now) {
  MetricSnapshot out;
  out.time = now;
  for (const auto& source : gather(out)) ask(*source, out);
  std::ranges::sort(out.families, {}, &MetricFamily::name);
  return out;
}

}  // namespace lift::detail
