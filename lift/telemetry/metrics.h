#pragma once
// The metrics of a service: where counters, gauges and histograms are registered and read.
//
//   MetricRegistry metrics(clock.wall());
//   const auto created = metrics.counters({.name = "payments.created", .unit = "{payment}"},
//                                         {"currency"});
//   const Counter euros = created.with("EUR");   // once, as it takes a lock
//   euros.add();                                 // on any thread, at any time
//
// A registration that breaks a rule gives a handle that counts nothing and is told by problems(),
// to be looked at before serving. How handles count, and what it costs, is in metric_handles.h.
// Thread-safety: everything from any thread.
// Cost: registering and resolving take a lock and allocate; so does a snapshot, about 0.2 µs a
// counter and 2 µs a histogram where one thread counts.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/telemetry/metric_handles.h"
#include "lift/telemetry/metric_options.h"
#include "lift/telemetry/metric_snapshot.h"

namespace lift {

namespace detail {
class MetricTable;
struct MetricSource;
}  // namespace detail

/// One value of a metric that is asked for when someone reads.
struct Observed {
  std::vector<std::string> label_values;  ///< as many as its label names
  double value = 0;
};

/// Whose end is the end of asking. May outlive the registry.
class [[nodiscard]] Observation {
 public:
  Observation() = default;
  explicit Observation(std::shared_ptr<detail::MetricSource> source) noexcept
      : source_(std::move(source)) {}
  Observation(Observation&&) = default;
  Observation& operator=(Observation&& other) noexcept;
  ~Observation() { stop(); }

  /// Waits for a snapshot that is asking; never call it from what is asked.
  void stop() noexcept;

 private:
  std::shared_ptr<detail::MetricSource> source_;
};

class MetricRegistry {
 public:
  /// `start` is what cumulative values are said to begin at.
  explicit MetricRegistry(WallTime start);
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;
  ~MetricRegistry();

  /// A metric without labels. The same name with the same kind, unit and labels gives the same
  /// series again, as it was first described; with others it is a problem.
  [[nodiscard]] Counter counter(const MetricOptions& options);
  [[nodiscard]] UpDown up_down(const MetricOptions& options);
  [[nodiscard]] Gauge gauge(const MetricOptions& options);
  [[nodiscard]] Histogram histogram(const HistogramOptions& options);

  /// A metric with labels, in the order that values will be given in. See validate_label_names.
  template <std::size_t N>
  [[nodiscard]] CounterFamily<N> counters(const MetricOptions& options,
                                          const std::string_view (&labels)[N]) {
    return CounterFamily<N>(add(MetricKind::counter, options, labels));
  }
  template <std::size_t N>
  [[nodiscard]] UpDownFamily<N> up_downs(const MetricOptions& options,
                                         const std::string_view (&labels)[N]) {
    return UpDownFamily<N>(add(MetricKind::up_down, options, labels));
  }
  template <std::size_t N>
  [[nodiscard]] GaugeFamily<N> gauges(const MetricOptions& options,
                                      const std::string_view (&labels)[N]) {
    return GaugeFamily<N>(add(MetricKind::gauge, options, labels));
  }
  template <std::size_t N>
  [[nodiscard]] HistogramFamily<N> histograms(const HistogramOptions& options,
                                              const std::string_view (&labels)[N]) {
    return HistogramFamily<N>(add(options, labels));
  }

  /// A metric of any kind but histogram whose values are asked for by each snapshot, on the thread
  /// that takes it. Several may share a name, each with label values of its own. `ask` must not
  /// throw and must not observe or take a snapshot.
  Observation observe(MetricKind kind, const MetricOptions& options, std::function<double()> ask);
  Observation observe(MetricKind kind, const MetricOptions& options,
                      std::span<const std::string_view> labels,
                      std::function<std::vector<Observed>()> ask);

  /// Registrations that broke a rule, the first hundred.
  [[nodiscard]] Problems problems() const;

  /// Everything counted so far. Of what is being counted meanwhile, a histogram's sum may miss a
  /// value that its buckets hold.
  [[nodiscard]] MetricSnapshot snapshot(WallTime now);

  /// Around fork(2), where other threads may be counting: before_fork() in the parent, then
  /// after_fork() in the parent and reset_after_fork() in the child, whose counts begin at zero and
  /// which asks nobody any more whom the parent observes.
  /// No other thread may be in snapshot() or making its first write meanwhile without
  /// before_fork().
  void before_fork();
  void after_fork();
  void reset_after_fork(WallTime now);

 private:
  [[nodiscard]] detail::MetricFamilyState* add(MetricKind kind, const MetricOptions& options,
                                               std::span<const std::string_view> labels);
  [[nodiscard]] detail::MetricFamilyState* add(const HistogramOptions& options,
                                               std::span<const std::string_view> labels);

  std::unique_ptr<detail::MetricTable> table_;
};

}  // namespace lift
