#include "lift/telemetry/metrics.h"

#include "lift/telemetry/detail/metric_table.h"

namespace lift {
namespace detail {

SeriesRef resolve_series(MetricFamilyState* family, std::span<const std::string_view> values) {
  return family == nullptr ? SeriesRef{} : family->table->resolve(*family, values);
}

bool remove_series(MetricFamilyState* family, std::span<const std::string_view> values) {
  return family != nullptr && family->table->remove(*family, values);
}

void set_exemplar(const SeriesRef& ref, const Exemplar& exemplar) {
  if (ref.series != nullptr) ref.series->family->table->set_exemplar(*ref.series, exemplar);
}

HistogramPoint read_histogram(const SeriesRef& ref) {
  if (ref.series == nullptr) return {};
  return ref.series->family->table->read(*ref.series);
}

}  // namespace detail

void Observation::stop() noexcept {
  if (source_ == nullptr) return;
  {
    const std::lock_guard lock(source_->mutex);
    source_->ask = nullptr;
  }
  source_.reset();
}

Observation& Observation::operator=(Observation&& other) noexcept {
  stop();
  source_ = std::move(other.source_);
  return *this;
}

MetricRegistry::MetricRegistry(WallTime start)
    : table_(std::make_unique<detail::MetricTable>(start)) {}
MetricRegistry::~MetricRegistry() = default;

detail::MetricFamilyState* MetricRegistry::add(MetricKind kind, const MetricOptions& options,
                                               std::span<const std::string_view> labels) {
  Problems found = options.validate();
  found.add_all("labels", validate_label_names(labels));
  detail::MetricFamilyState wanted;
  wanted.kind = kind;
  wanted.options = options;
  wanted.labels.assign(labels.begin(), labels.end());
  return table_->add(std::move(wanted), std::move(found));
}

detail::MetricFamilyState* MetricRegistry::add(const HistogramOptions& options,
                                               std::span<const std::string_view> labels) {
  Problems found = options.validate();
  found.add_all("labels", validate_label_names(labels));
  detail::MetricFamilyState wanted;
  wanted.kind = MetricKind::histogram;
  wanted.options = {options.name, options.description, options.unit, options.max_series};
  wanted.labels.assign(labels.begin(), labels.end());
  wanted.bounds = options.bounds;
  if (found.empty()) {
    wanted.layout.emplace(options.bounds, options.lowest_exponent, options.highest_exponent);
  }
  return table_->add(std::move(wanted), std::move(found));
}

Counter MetricRegistry::counter(const MetricOptions& options) {
  return Counter(detail::resolve_series(add(MetricKind::counter, options, {}), {}));
}

UpDown MetricRegistry::up_down(const MetricOptions& options) {
  return UpDown(detail::resolve_series(add(MetricKind::up_down, options, {}), {}));
}

Gauge MetricRegistry::gauge(const MetricOptions& options) {
  return Gauge(detail::resolve_series(add(MetricKind::gauge, options, {}), {}));
}

Histogram MetricRegistry::histogram(const HistogramOptions& options) {
  return Histogram(detail::resolve_series(add(options, {}), {}));
}

Observation MetricRegistry::observe(MetricKind kind, const MetricOptions& options,
                                    std::function<double()> ask) {
  return observe(kind, options, {}, [ask = std::move(ask)] {
    return std::vector<Observed>{{.label_values = {}, .value = ask()}};
  });
}

Observation MetricRegistry::observe(MetricKind kind, const MetricOptions& options,
                                    std::span<const std::string_view> labels,
                                    std::function<std::vector<Observed>()> ask) {
  Problems found = options.validate();
  found.add_all("labels", validate_label_names(labels));
  if (kind == MetricKind::histogram) found.add("kind", "histogram", "must not be observed");
  detail::MetricFamilyState wanted;
  wanted.kind = kind;
  wanted.options = options;
  wanted.labels.assign(labels.begin(), labels.end());
  detail::MetricFamilyState* const family = table_->add(std::move(wanted), std::move(found));
  if (family == nullptr) return {};
  auto source = std::make_shared<detail::MetricSource>();
  source->family = family;
  source->ask = std::move(ask);
  table_->observe(source);
  return Observation(std::move(source));
}

Problems MetricRegistry::problems() const { return table_->problems(); }
MetricSnapshot MetricRegistry::snapshot(WallTime now) { return table_->snapshot(now); }
void MetricRegistry::before_fork() { table_->lock_for_fork(); }
void MetricRegistry::after_fork() { table_->unlock_after_fork(); }
void MetricRegistry::reset_after_fork(WallTime now) { table_->reset(now); }

}  // namespace lift
