#include "lift/app/self_metrics.h"

#include <array>
#include <string>
#include <utility>

namespace lift {
namespace {

struct ServerMetric {
  const OwnMetric& metric;
  std::uint64_t ServerStats::* value;
};

constexpr std::array kServerMetrics{
    ServerMetric{own_metric::kConnections, &ServerStats::connections},
    ServerMetric{own_metric::kAccepted, &ServerStats::accepted},
    ServerMetric{own_metric::kRunning, &ServerStats::running},
    ServerMetric{own_metric::kMalformed, &ServerStats::malformed},
    ServerMetric{own_metric::kTooLarge, &ServerStats::too_large},
    ServerMetric{own_metric::kTimedOut, &ServerStats::timed_out},
    ServerMetric{own_metric::kAcceptPaused, &ServerStats::accept_paused},
    ServerMetric{own_metric::kAcceptFailed, &ServerStats::accept_failed},
};

struct ChainMetric {
  const OwnMetric& metric;
  std::atomic<std::uint64_t> ChainCounters::* value;
};

constexpr std::array kChainMetrics{
    ChainMetric{own_metric::kExceptions, &ChainCounters::exceptions},
    ChainMetric{own_metric::kTimeouts, &ChainCounters::timeouts},
    ChainMetric{own_metric::kOverruns, &ChainCounters::overruns},
    ChainMetric{own_metric::kLingering, &ChainCounters::lingering},
    ChainMetric{own_metric::kCancelled, &ChainCounters::cancelled},
};

/// Says when a new token file cannot be used.
class TokenWatch final : public TelemetryUpkeep {
 public:
  TokenWatch(Telemetry& telemetry, std::shared_ptr<TokenFile> tokens) noexcept
      : telemetry_(telemetry), tokens_(std::move(tokens)) {}
  void upkeep(Instant) override {
    const std::uint64_t failures = tokens_->reload_failures();
    if (failures == std::exchange(seen_, failures)) return;
    telemetry_.log("identity")
        .error("the token file cannot be used; the last good one is kept",
               field("why", tokens_->last_error()));
  }
  void exporting(const RequestRead&, WallTime) override {}

 private:
  Telemetry& telemetry_;
  const std::shared_ptr<TokenFile> tokens_;
  std::uint64_t seen_ = 0;
};

}  // namespace

Observation SelfMetrics::ask(const OwnMetric& metric, std::function<double()> value) {
  return telemetry_.metrics().observe(metric.kind, metric.options(), std::move(value));
}

void SelfMetrics::observe(const Server& server) {
  for (const ServerMetric& one : kServerMetrics) {
    of_server_.push_back(ask(one.metric, [&server, value = one.value] {
      return static_cast<double>(server.stats().*value);
    }));
  }
}

void SelfMetrics::ended(const ServerStats& last) {
  of_server_.clear();
  for (const ServerMetric& one : kServerMetrics) {
    of_server_.push_back(
        ask(one.metric, [value = static_cast<double>(last.*one.value)] { return value; }));
  }
}

void SelfMetrics::observe(const ChainCounters& counters) {
  for (const ChainMetric& one : kChainMetrics) {
    observations_.push_back(ask(one.metric, [&counters, value = one.value] {
      return static_cast<double>((counters.*value).load(std::memory_order_relaxed));
    }));
  }
}

void SelfMetrics::observe(const std::shared_ptr<TokenFile>& tokens) {
  observations_.push_back(
      ask(own_metric::kTokenReloads, [tokens] { return static_cast<double>(tokens->reloads()); }));
  observations_.push_back(ask(own_metric::kTokenReloadFailures,
                              [tokens] { return static_cast<double>(tokens->reload_failures()); }));
  telemetry_.keep_up(std::make_shared<TokenWatch>(telemetry_, tokens));
}

}  // namespace lift
