#include "lift/app/self_metrics.h"

#include <array>
#include <string>
#include <utility>

namespace lift {
namespace {

struct ServerMetric {
  const char* name;
  const char* description;
  MetricKind kind;
  std::uint64_t ServerStats::* value;
};

constexpr std::array kServerMetrics{
    ServerMetric{"lift.server.connections", "Connections now open.", MetricKind::up_down,
                 &ServerStats::connections},
    ServerMetric{"lift.server.accepted", "Connections accepted.", MetricKind::counter,
                 &ServerStats::accepted},
    ServerMetric{"lift.server.running", "Requests between their head and their last layer's end.",
                 MetricKind::up_down, &ServerStats::running},
    ServerMetric{"lift.server.malformed", "Requests refused before any chain saw them.",
                 MetricKind::counter, &ServerStats::malformed},
    ServerMetric{"lift.server.too_large", "Requests refused for their size.", MetricKind::counter,
                 &ServerStats::too_large},
    ServerMetric{"lift.server.timed_out", "Clients that were too slow.", MetricKind::counter,
                 &ServerStats::timed_out},
    ServerMetric{"lift.server.accept_paused", "Times that accepting stopped at a limit.",
                 MetricKind::counter, &ServerStats::accept_paused},
    ServerMetric{"lift.server.accept_failed", "Connections that the system could not give.",
                 MetricKind::counter, &ServerStats::accept_failed},
};

struct ChainMetric {
  const char* name;
  const char* description;
  MetricKind kind;
  std::atomic<std::uint64_t> ChainCounters::* value;
};

constexpr std::array kChainMetrics{
    ChainMetric{"lift.requests.exceptions", "Handlers and layers that let an exception out.",
                MetricKind::counter, &ChainCounters::exceptions},
    ChainMetric{"lift.requests.timeouts", "Requests answered at their deadline.",
                MetricKind::counter, &ChainCounters::timeouts},
    ChainMetric{"lift.requests.overruns", "Timeouts found only when the handler returned.",
                MetricKind::counter, &ChainCounters::overruns},
    ChainMetric{"lift.requests.lingering", "Handlers that run on after their timeout.",
                MetricKind::up_down, &ChainCounters::lingering},
    ChainMetric{"lift.requests.cancelled", "Requests whose client went away first.",
                MetricKind::counter, &ChainCounters::cancelled},
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

void SelfMetrics::add(MetricKind kind, const char* name, const char* description,
                      std::function<double()> ask) {
  observations_.push_back(telemetry_.metrics().observe(
      kind, {.name = name, .description = description}, std::move(ask)));
}

void SelfMetrics::observe(const Server& server) {
  for (const ServerMetric& one : kServerMetrics) {
    add(one.kind, one.name, one.description,
        [&server, value = one.value] { return static_cast<double>(server.stats().*value); });
  }
}

void SelfMetrics::observe(const ChainCounters& counters) {
  for (const ChainMetric& one : kChainMetrics) {
    add(one.kind, one.name, one.description, [&counters, value = one.value] {
      return static_cast<double>((counters.*value).load(std::memory_order_relaxed));
    });
  }
}

void SelfMetrics::observe(const std::shared_ptr<TokenFile>& tokens) {
  add(MetricKind::counter, "lift.tokens.reloads", "Times that a new token file was taken.",
      [tokens] { return static_cast<double>(tokens->reloads()); });
  add(MetricKind::counter, "lift.tokens.reload_failures", "New token files that cannot be used.",
      [tokens] { return static_cast<double>(tokens->reload_failures()); });
  telemetry_.keep_up(std::make_shared<TokenWatch>(telemetry_, tokens));
}

}  // namespace lift
