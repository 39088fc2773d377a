#pragma once
// The families of a registry, their series, and what a snapshot is made of.
//
// A removed series leaves its place, with its cells, to the next label set. What the cells held at
// that moment is the new one's `base`: it is taken off its counts and added to the overflow series.
// While a place is free, all that its cells hold is the overflow series'. So whatever a forgotten
// handle still counts, no sum over a family ever loses it.

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lift/telemetry/metrics.h"

namespace lift::detail {

struct MetricSeries {
  MetricFamilyState* family = nullptr;
  SeriesId id = 0;
  bool live = true;                 ///< not removed
  std::vector<std::string> values;  ///< of its labels
  std::vector<std::uint64_t> base;  ///< counted by former owners of its cells; none if empty
  std::atomic<double> gauge = 0;
  std::vector<std::optional<Exemplar>> exemplars;  ///< by explicit bucket; one of a counter
};

struct MetricFamilyState {
  MetricTable* table = nullptr;
  MetricKind kind = MetricKind::counter;
  MetricOptions options;
  std::vector<double> bounds;
  std::vector<std::string> labels;
  std::optional<HistogramLayout> layout;  ///< of a histogram

  std::deque<MetricSeries> series;  ///< without the overflow series
  std::unordered_map<std::string, MetricSeries*> by_values;
  std::vector<MetricSeries*> free;  ///< removed, by place
  std::unique_ptr<MetricSeries> overflow;
  std::uint64_t collapsed = 0;  ///< times that a label set was given the overflow series

  /// Of a block of cells; none of a gauge.
  [[nodiscard]] std::size_t cells() const noexcept { return layout ? layout->cell_count() : 1; }
};

/// One who is asked by snapshots.
struct MetricSource {
  MetricFamilyState* family = nullptr;
  std::mutex mutex;
  std::function<std::vector<Observed>()> ask;  ///< none once it is stopped
};

/// What a snapshot tells of other metrics: label sets collapsed, values clamped, values ignored.
inline constexpr std::array<std::string_view, 3> kSelfMetrics = {
    "telemetry.metric.overflow", "telemetry.metric.clamped", "telemetry.metric.ignored"};

/// The sums of all threads, by series.
using Totals = std::vector<std::vector<std::uint64_t>>;

class MetricTable {
 public:
  explicit MetricTable(WallTime start);

  /// The family that is like `wanted`, added if there is none of its name. Null if a rule is broken
  /// or `found` says so.
  [[nodiscard]] MetricFamilyState* add(MetricFamilyState wanted, Problems found);
  [[nodiscard]] SeriesRef resolve(MetricFamilyState& family,
                                  std::span<const std::string_view> values);
  bool remove(MetricFamilyState& family, std::span<const std::string_view> values);
  void set_exemplar(MetricSeries& series, const Exemplar& exemplar);
  [[nodiscard]] HistogramPoint read(const MetricSeries& series);
  void observe(const std::shared_ptr<MetricSource>& source);

  [[nodiscard]] Problems problems() const;
  [[nodiscard]] MetricSnapshot snapshot(WallTime now);

  void lock_for_fork();
  void unlock_after_fork();
  void reset(WallTime now);

 private:
  void check_new(const MetricFamilyState& wanted, Problems& found) const;
  [[nodiscard]] MetricSeries& overflow_of(MetricFamilyState& family);
  [[nodiscard]] SeriesRef ref_to(MetricSeries& series);
  void start_series(MetricFamilyState& family, MetricSeries& series);
  [[nodiscard]] std::vector<std::shared_ptr<MetricSource>> gather(MetricSnapshot& out);

  mutable std::mutex mutex_;
  WallTime start_;
  std::map<std::string, std::unique_ptr<MetricFamilyState>, std::less<>> families_;
  std::map<std::string, std::string> claims_;  ///< names in Prometheus, and whose they are
  SeriesId next_id_ = 0;
  Problems problems_;
  std::vector<std::weak_ptr<MetricSource>> sources_;
  MetricCells cells_;
  bool forking_ = false;
};

/// A family's points, and what the self metrics say of it.
[[nodiscard]] MetricFamily family_at(const MetricFamilyState& family, const Totals& totals);
void add_self_metrics(
    MetricSnapshot& out, const Totals& totals,
    const std::map<std::string, std::unique_ptr<MetricFamilyState>, std::less<>>& families);

}  // namespace lift::detail
