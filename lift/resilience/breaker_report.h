#pragma once
// What is told of circuit breakers: numbers when they are asked for, and every change, soon
// afterwards, as a line of log, a count, and to whoever wants to know.
//
// Thread-safety: counters from any thread; changes are told on the exporter's thread, or by tell().
// Cost: a counter a request; the rest is away from requests.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/resilience/circuit_breakers.h"
#include "lift/telemetry/metrics.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

class BreakerReport final : public TelemetryUpkeep {
 public:
  using Listener = std::function<void(const BreakerEvent&)>;

  BreakerReport(std::string name, Telemetry& telemetry, Listener listener);

  /// From now on: changes of `breakers`, as long as it lives.
  void follow(std::weak_ptr<CircuitBreakers> breakers) { breakers_ = std::move(breakers); }
  void upkeep(Instant now) override;
  void exporting(const RequestRead&, WallTime) override {}
  /// What has not been told yet.
  void tell(CircuitBreakers& breakers);

  /// The numbers of `breakers`, which outlives what is returned.
  [[nodiscard]] std::vector<Observation> observe(CircuitBreakers& breakers) const;

  Counter admitted;
  Counter rejected;
  Counter would_reject;
  Counter stale;

 private:
  const std::string name_;
  Telemetry& telemetry_;
  const Listener listener_;
  CounterFamily<3> transitions_;
  std::weak_ptr<CircuitBreakers> breakers_;
};

}  // namespace lift
