#include "lift/telemetry/detail/metric_table.h"

#include <algorithm>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/prometheus_names.h"

namespace lift::detail {
namespace {

constexpr std::size_t kMaxFamilies = 1000;
constexpr std::size_t kMaxProblems = 100;
constexpr std::size_t kMaxLabelValue = 512;

/// What is exported must be UTF-8, and one text one series.
std::vector<std::string> repaired(std::span<const std::string_view> values) {
  std::vector<std::string> out;
  for (const std::string_view value : values) out.push_back(to_utf8(value));
  return out;
}

/// Values of one length each before the next: no two sets give the same key.
std::string key_of(const std::vector<std::string>& values) {
  std::string key;
  for (const std::string& value : values) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
  }
  return key;
}

bool too_long(const std::string& value) noexcept { return value.size() > kMaxLabelValue; }

std::string list_of(const std::vector<std::string>& labels) {
  std::string out;
  for (const std::string& label : labels) out += (out.empty() ? "" : ", ") + label;
  return out;
}

/// What `wanted` has otherwise than the family of its name.
Problems differences(const MetricFamilyState& there, const MetricFamilyState& wanted) {
  constexpr std::array<std::string_view, 4> kKinds{"counter", "up_down", "gauge", "histogram"};
  const auto kind_of = [&](const MetricFamilyState& family) {
    return std::string(kKinds[static_cast<std::size_t>(family.kind)]);
  };
  Problems problems;
  if (there.kind != wanted.kind) {
    problems.add("kind", kind_of(wanted), "must be " + kind_of(there) + ", as registered before");
  }
  if (there.options.unit != wanted.options.unit) {
    problems.add("unit", wanted.options.unit,
                 "must be \"" + there.options.unit + "\", as registered before");
  }
  if (there.labels != wanted.labels) {
    problems.add("labels", list_of(wanted.labels),
                 "must be \"" + list_of(there.labels) + "\", as registered before");
  }
  if (there.bounds != wanted.bounds) {
    problems.add("bounds", std::to_string(wanted.bounds.size()) + " bounds",
                 "must be the ones registered before");
  }
  return problems;
}

}  // namespace

// What a snapshot adds of its own is taken from the start.
MetricTable::MetricTable(WallTime start) : start_(start) {
  claims_["target_info"] = claims_["target"] = "target_info";
  for (const std::string_view name : kSelfMetrics) {
    for (const auto& claimed : prometheus_names(name, "", MetricKind::counter)) {
      claims_[claimed] = name;
    }
  }
}

void MetricTable::check_new(const MetricFamilyState& wanted, Problems& found) const {
  const std::string& name = wanted.options.name;
  if (families_.size() == kMaxFamilies) {
    found.add("name", name, "must be one of at most 1000 metrics");
  }
  for (const auto& claimed : prometheus_names(name, wanted.options.unit, wanted.kind)) {
    const auto owner = claims_.find(claimed);
    if (owner == claims_.end()) continue;
    found.add("name", name,
              "must not be " + claimed + " in Prometheus, which " + owner->second + " is");
    return;
  }
}

MetricFamilyState* MetricTable::add(MetricFamilyState wanted, Problems found) {
  const std::lock_guard lock(mutex_);
  const std::string name = wanted.options.name;
  const auto there = families_.find(name);
  if (found.empty() && there != families_.end()) found = differences(*there->second, wanted);
  if (found.empty() && there == families_.end()) check_new(wanted, found);
  if (!found.empty()) {
    if (problems_.list().size() < kMaxProblems) problems_.add_all("metric " + name, found);
    return nullptr;
  }
  if (there != families_.end()) return there->second.get();
  for (auto& claimed : prometheus_names(name, wanted.options.unit, wanted.kind)) {
    claims_.emplace(std::move(claimed), name);
  }
  wanted.table = this;
  auto added = std::make_unique<MetricFamilyState>(std::move(wanted));
  return families_.emplace(name, std::move(added)).first->second.get();
}

void MetricTable::start_series(MetricFamilyState& family, MetricSeries& series) {
  series.family = &family;
  series.id = next_id_++;
  series.exemplars.resize(family.bounds.size() + 1);
}

MetricSeries& MetricTable::overflow_of(MetricFamilyState& family) {
  if (family.overflow == nullptr) {
    family.overflow = std::make_unique<MetricSeries>();
    start_series(family, *family.overflow);
  }
  return *family.overflow;
}

SeriesRef MetricTable::ref_to(MetricSeries& series) {
  MetricFamilyState& family = *series.family;
  if (family.kind == MetricKind::gauge) return {.gauge = &series.gauge};
  return {.cells = &cells_,
          .id = series.id,
          .series = &series,
          .layout = family.layout ? &*family.layout : nullptr};
}

SeriesRef MetricTable::resolve(MetricFamilyState& family, std::span<const std::string_view> raw) {
  std::vector<std::string> values = repaired(raw);
  const std::string key = key_of(values);
  const std::lock_guard lock(mutex_);
  const auto found = family.by_values.find(key);
  if (found != family.by_values.end()) return ref_to(*found->second);
  if (family.by_values.size() == family.options.max_series ||
      std::ranges::any_of(values, too_long)) {
    ++family.collapsed;
    return ref_to(overflow_of(family));
  }
  MetricSeries* series = nullptr;
  if (family.free.empty()) {
    series = &family.series.emplace_back();
    start_series(family, *series);
  } else {
    series = family.free.back();
    family.free.pop_back();
    series->base = cells_.total(series->id, family.cells());
  }
  series->live = true;
  series->values = std::move(values);
  family.by_values.emplace(key, series);
  return ref_to(*series);
}

bool MetricTable::remove(MetricFamilyState& family, std::span<const std::string_view> values) {
  const std::lock_guard lock(mutex_);
  const auto found = family.by_values.find(key_of(repaired(values)));
  if (found == family.by_values.end()) return false;
  MetricSeries& series = *found->second;
  family.by_values.erase(found);
  family.free.push_back(&series);
  if (family.kind != MetricKind::gauge) static_cast<void>(overflow_of(family));
  series.live = false;
  series.base.clear();
  series.gauge = 0;
  std::ranges::fill(series.exemplars, std::nullopt);
  return true;
}

void MetricTable::set_exemplar(MetricSeries& series, const Exemplar& exemplar) {
  const auto& layout = series.family->layout;
  const std::size_t bucket = layout ? layout->explicit_bucket_of(exemplar.value) : 0;
  const std::lock_guard lock(mutex_);
  if (series.live) series.exemplars[bucket] = exemplar;
}

HistogramPoint MetricTable::read(const MetricSeries& series) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> cells = cells_.total(series.id, series.family->cells());
  subtract_block(cells, series.base);
  return series.family->layout->point(cells);
}

void MetricTable::observe(const std::shared_ptr<MetricSource>& source) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sources_, [](const auto& known) { return known.expired(); });
  sources_.push_back(source);
}

Problems MetricTable::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

void MetricTable::lock_for_fork() {
  mutex_.lock();
  cells_.lock();
  forking_ = true;
}

void MetricTable::unlock_after_fork() {
  forking_ = false;
  cells_.unlock();
  mutex_.unlock();
}

void MetricTable::reset(WallTime now) {
  if (!forking_) lock_for_fork();
  cells_.reset();
  sources_.clear();
  start_ = now;
  for (const auto& [name, family] : families_) {
    family->collapsed = 0;
    const auto clear = [](MetricSeries& series) {
      series.base.clear();
      series.gauge = 0;
      std::ranges::fill(series.exemplars, std::nullopt);
    };
    std::ranges::for_each(family->series, clear);
    if (family->overflow) clear(*family->overflow);
  }
  unlock_after_fork();
}

}  // namespace lift::detail
