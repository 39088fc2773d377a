#pragma once
// One alarm of CloudWatch, and the parameters of PutMetricAlarm that it is.
//
// Thread-safety: plain values. Cost: allocates; made at deployment.

#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/detail/cloudwatch_query.h"

namespace lift::detail {

struct CloudWatchAlarm {
  struct Input {
    std::string id;  ///< what the expression calls it; a small letter first
    CloudWatchQuery query;
    std::string statistic;
  };

  std::string name;  ///< what follows the service's name
  std::string description;
  std::vector<Input> inputs;
  std::string expression;  ///< "" to watch the one input itself
  double threshold = 0;    ///< it goes off above
  int period = 300;        ///< seconds
  int periods = 1;         ///< so many in a row
};

/// Appends it as an object. Errors: `too_large` beyond ten metrics or a day.
[[nodiscard]] Result<> write_alarm(const DashboardOptions& options, const CloudWatchAlarm& alarm,
                                   JsonWriter& json);

}  // namespace lift::detail
