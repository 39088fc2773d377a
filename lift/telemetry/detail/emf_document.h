#pragma once
// EMF documents of one set of dimensions, begun anew whenever one is full.
//
// Thread-safety: none.
// Cost: allocates; see lift/telemetry/emf.h.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/telemetry/cloudwatch_view.h"

namespace lift::detail {

inline constexpr std::size_t kEmfMetrics = 100;
inline constexpr std::size_t kEmfValues = 100;
/// A document is closed at this size; no metric adds more than the rest of 256 KB to it.
inline constexpr std::size_t kEmfBytes = 192 * 1024;

[[nodiscard]] std::int64_t emf_millis(WallTime time) noexcept;

class EmfDocuments {
 public:
  EmfDocuments(std::string& out, std::string_view metric_namespace,
               const std::vector<Label>& dimensions, WallTime at)
      : out_(out), namespace_(metric_namespace), dimensions_(dimensions), at_(at) {}
  ~EmfDocuments() { close(); }
  EmfDocuments(const EmfDocuments&) = delete;
  EmfDocuments& operator=(const EmfDocuments&) = delete;

  /// At most kEmfValues of a metric. Of one metric only once between two close().
  void add(std::string_view name, CloudWatchUnit unit, std::span<const double> values);
  /// Writes what there is; the next metric begins another document.
  void close();
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::string& out_;
  std::string_view namespace_;
  const std::vector<Label>& dimensions_;
  WallTime at_;
  std::string definitions_;  // of `Metrics`
  std::string targets_;      // the values, as members
  std::size_t metrics_ = 0;
  std::size_t count_ = 0;
};

}  // namespace lift::detail
