#pragma once
// What counts: handles of the series of a MetricRegistry (metrics.h), which makes them.
//
// A thread counts in cells of its own and whoever reads adds them up: nothing is sampled, and
// nothing is lost when a thread ends. Handles are small; copy them, keep them, but not longer than
// their registry. One made by default counts nothing.
// Thread-safety: everything from any thread.
// Cost: add() about 2 ns, record() about 5 ns, no lock and no allocation but the first time that a
// thread writes to a series (8 bytes for a counter, 2.2 KB for a histogram of the default size).

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "lift/telemetry/detail/histogram_layout.h"
#include "lift/telemetry/detail/metric_cells.h"
#include "lift/telemetry/metric_snapshot.h"

namespace lift {

class MetricRegistry;

namespace detail {

struct MetricFamilyState;
struct MetricSeries;

/// What a handle knows of its series.
struct SeriesRef {
  MetricCells* cells = nullptr;
  SeriesId id = 0;
  MetricSeries* series = nullptr;
  const HistogramLayout* layout = nullptr;  ///< of a histogram
  std::atomic<double>* gauge = nullptr;     ///< of a gauge
};

[[nodiscard]] SeriesRef resolve_series(MetricFamilyState* family,
                                       std::span<const std::string_view> values);
bool remove_series(MetricFamilyState* family, std::span<const std::string_view> values);
void set_exemplar(const SeriesRef& ref, const Exemplar& exemplar);
[[nodiscard]] HistogramPoint read_histogram(const SeriesRef& ref);

}  // namespace detail

/// Only grows.
class Counter {
 public:
  Counter() = default;
  explicit Counter(const detail::SeriesRef& ref) noexcept : ref_(ref) {}

  void add(std::uint64_t by = 1) const noexcept {
    if (ref_.cells == nullptr) return;
    ref_.cells->write(ref_.id, 1, [by](detail::Cell* cell) { detail::bump(*cell, by); });
  }
  /// An example of what was counted last. Takes a lock: for who exports, not for who counts.
  void set_exemplar(const Exemplar& exemplar) const { detail::set_exemplar(ref_, exemplar); }

 private:
  detail::SeriesRef ref_;
};

/// A sum that may shrink: requests in flight, bytes in a queue.
class UpDown {
 public:
  UpDown() = default;
  explicit UpDown(const detail::SeriesRef& ref) noexcept : ref_(ref) {}

  void add(std::int64_t by = 1) const noexcept {
    if (ref_.cells == nullptr) return;
    const auto bits = static_cast<std::uint64_t>(by);
    ref_.cells->write(ref_.id, 1, [bits](detail::Cell* cell) { detail::bump(*cell, bits); });
  }

 private:
  detail::SeriesRef ref_;
};

/// The last value set, 0 before. All threads share it.
class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(const detail::SeriesRef& ref) noexcept : value_(ref.gauge) {}

  void set(double value) const noexcept {
    if (value_ != nullptr) value_->store(value, std::memory_order_relaxed);
  }

 private:
  std::atomic<double>* value_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(const detail::SeriesRef& ref) noexcept : ref_(ref) {}

  /// A value that is negative, infinite or no number is counted in `telemetry.metric.ignored` only.
  void record(double value) const noexcept {
    if (ref_.cells == nullptr) return;
    const bool counts = value >= 0 && value <= std::numeric_limits<double>::max();
    const std::size_t at = counts ? ref_.layout->cell_of(value) : detail::HistogramLayout::kIgnored;
    const auto write = [=](detail::Cell* cells) {
      detail::bump(cells[at], 1);
      if (counts) detail::bump_real(cells[detail::HistogramLayout::kSum], value);
    };
    ref_.cells->write(ref_.id, ref_.layout->cell_count(), write);
  }
  /// What was recorded so far, without exemplars; empty of a handle that counts nothing. Takes
  /// locks.
  [[nodiscard]] HistogramPoint read() const { return detail::read_histogram(ref_); }
  /// An example of what is in its bucket. Takes a lock: for who exports, not for who counts.
  void set_exemplar(const Exemplar& exemplar) const { detail::set_exemplar(ref_, exemplar); }

 private:
  detail::SeriesRef ref_;
};

/// The series of one metric, told apart by N labels.
template <class Handle, std::size_t N>
class FamilyOf {
 public:
  FamilyOf() = default;

  /// The series of these values, in the order of the names: `with("GET", "/cards")` or
  /// `with({"GET", "/cards"})`. Past the family's cap, or where a value is longer than 512 bytes,
  /// it is the overflow series. Takes a lock: keep the handle.
  template <std::convertible_to<std::string_view>... Values>
    requires(sizeof...(Values) == N)
  [[nodiscard]] Handle with(const Values&... values) const {
    return with({std::string_view(values)...});
  }
  template <std::size_t Count>
    requires(Count == N)
  [[nodiscard]] Handle with(const std::string_view (&values)[Count]) const {
    return Handle(detail::resolve_series(family_, values));
  }

  /// Frees the place of these values: what the series has counted moves to the overflow series, so
  /// that sums over all series stay as they were; a gauge's value is forgotten. A handle of it goes
  /// on counting, for the overflow series or for who has the place next. False if there is none.
  template <std::convertible_to<std::string_view>... Values>
    requires(sizeof...(Values) == N)
  bool remove(const Values&... values) const {
    return remove({std::string_view(values)...});
  }
  template <std::size_t Count>
    requires(Count == N)
  bool remove(const std::string_view (&values)[Count]) const {
    return detail::remove_series(family_, values);
  }

 private:
  friend class MetricRegistry;
  explicit FamilyOf(detail::MetricFamilyState* family) noexcept : family_(family) {}

  detail::MetricFamilyState* family_ = nullptr;
};

template <std::size_t N>
using CounterFamily = FamilyOf<Counter, N>;
template <std::size_t N>
using UpDownFamily = FamilyOf<UpDown, N>;
template <std::size_t N>
using GaugeFamily = FamilyOf<Gauge, N>;
template <std::size_t N>
using HistogramFamily = FamilyOf<Histogram, N>;

}  // namespace lift
