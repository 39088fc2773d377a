#pragma once
// What a CloudWatch dashboard is made of, and its JSON.
//
// Thread-safety: plain values. Cost: allocates; made at deployment.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/detail/cloudwatch_query.h"

namespace lift::detail {

inline constexpr int kDashboardPeriod = 300;  // seconds

/// A line of a graph: a series, or an expression over others.
struct CloudWatchLine {
  std::optional<CloudWatchQuery> query = {};
  std::string statistic;   ///< of the query
  std::string expression;  ///< if there is no query
  std::string label;
  std::string id;  ///< what expressions call it
  bool visible = true;
};

struct CloudWatchGraph {
  std::string title;
  std::string axis = {};
  std::vector<CloudWatchLine> lines = {};
  bool stacked = false;
  struct Threshold {
    std::string label;
    double value = 0;
  };
  std::optional<Threshold> threshold = {};
};

/// The dashboard's JSON. Errors: `too_large` beyond CloudWatch's 500 graphs, 500 metrics a graph
/// and 2,500 in all.
[[nodiscard]] Result<std::string> cloudwatch_board(const DashboardOptions& options,
                                                   std::span<const CloudWatchGraph> graphs);

}  // namespace lift::detail
