#pragma once
// What the service itself counts, as metrics: its server, its chains, its tokens.
//
// Thread-safety: asked by whoever takes a snapshot. Everything observed outlives it.
// Cost: a few loads a snapshot.

#include <functional>
#include <memory>
#include <vector>

#include "lift/chain/chain.h"
#include "lift/identity/token_file.h"
#include "lift/net/server.h"
#include "lift/telemetry/own_metrics.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

class SelfMetrics {
 public:
  explicit SelfMetrics(Telemetry& telemetry) noexcept : telemetry_(telemetry) {}

  void observe(const Server& server);
  /// From here on these last numbers stand in for it, for the metrics that are still to be sent.
  void ended(const ServerStats& last);
  void observe(const ChainCounters& counters);
  /// Tells also, on a line of log, when a new token file cannot be used.
  void observe(const std::shared_ptr<TokenFile>& tokens);
  void clear() noexcept {
    of_server_.clear();
    observations_.clear();
  }

 private:
  [[nodiscard]] Observation ask(const OwnMetric& metric, std::function<double()> value);

  Telemetry& telemetry_;
  std::vector<Observation> of_server_;
  std::vector<Observation> observations_;
};

}  // namespace lift
