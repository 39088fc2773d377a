#pragma once
// A question to CloudWatch that has an answer: it is built from an entry of cloudwatch_metrics(),
// with exactly its dimensions, as CloudWatch does not add up over dimensions of custom metrics.
//
// Thread-safety: plain values. Cost: allocates; made at deployment.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/json_writer.h"
#include "lift/telemetry/cloudwatch_view.h"
#include "lift/telemetry/dashboards.h"

namespace lift::detail {

class CloudWatchQuery {
 public:
  /// One series: `by` are the dimensions besides service and environment, in the catalogue's order.
  /// Errors: `not_emitted`.
  [[nodiscard]] static Result<CloudWatchQuery> series(const DashboardOptions& options,
                                                      std::string_view metric,
                                                      std::span<const Label> by);
  /// All series of the service and environment that are broken down by `by`, as a SEARCH. Errors:
  /// `not_emitted`.
  [[nodiscard]] static Result<std::string> search(const DashboardOptions& options,
                                                  std::string_view metric,
                                                  std::span<const std::string_view> by,
                                                  std::string_view statistic, int period);

  [[nodiscard]] const std::string& metric() const noexcept { return metric_; }
  [[nodiscard]] const std::vector<Label>& dimensions() const noexcept { return dimensions_; }

 private:
  CloudWatchQuery(std::string metric, std::vector<Label> dimensions) noexcept
      : metric_(std::move(metric)), dimensions_(std::move(dimensions)) {}

  std::string metric_;
  std::vector<Label> dimensions_;
};

}  // namespace lift::detail
