#pragma once
// What is told of a bulkhead: how requests fared, and how many places are taken.
//
// Thread-safety: everything from any thread.
// Cost: a counter a request.

#include <string>
#include <vector>

#include "lift/resilience/bulkhead.h"
#include "lift/telemetry/metrics.h"

namespace lift {

class BulkheadReport {
 public:
  BulkheadReport(std::string name, MetricRegistry& metrics);

  /// After this wait, whatever came of it.
  void waited_for(Duration time) const noexcept;
  void refused(const BulkheadRefusal& refusal) const;
  /// The numbers of `bulkhead`, which outlives what is returned.
  [[nodiscard]] std::vector<Observation> observe(Bulkhead& bulkhead) const;

  Counter admitted;
  Counter waited;
  Counter would_reject;

 private:
  const std::string name_;
  MetricRegistry& metrics_;
  Counter rejected_;
  CounterFamily<3> rejections_;
  Histogram wait_;
};

}  // namespace lift
