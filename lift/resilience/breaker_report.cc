#include "lift/resilience/breaker_report.h"

#include <array>
#include <utility>

#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

std::vector<Observed> states_of(const std::string& name, CircuitBreakers& breakers, Instant now) {
  std::array<double, 6> in_state{};
  for (const CircuitBreakers::View& one : breakers.view(now)) {
    ++in_state[static_cast<std::size_t>(one.mode)];
  }
  std::vector<Observed> all;
  for (std::size_t i = 0; i < in_state.size(); ++i) {
    const auto state = to_string(static_cast<BreakerMode>(i));
    all.push_back({.label_values = {name, std::string(state)}, .value = in_state[i]});
  }
  return all;
}

std::vector<Observed> number(const std::string& name, std::uint64_t value) {
  return {{.label_values = {name}, .value = static_cast<double>(value)}};
}

}  // namespace

BreakerReport::BreakerReport(std::string name, Telemetry& telemetry, Listener listener)
    : name_(std::move(name)), telemetry_(telemetry), listener_(std::move(listener)) {
  MetricRegistry& metrics = telemetry_.metrics();
  const auto requests =
      metrics.counters(own_metric::kBreakerRequests.options(), own_label::kOfBreakerResult);
  admitted = requests.with(name_, "admitted");
  rejected = requests.with(name_, "rejected");
  would_reject = requests.with(name_, "would_reject");
  stale = requests.with(name_, "stale");
  transitions_ =
      metrics.counters(own_metric::kBreakerTransitions.options(), own_label::kOfBreakerChange);
}

void BreakerReport::upkeep(Instant) {
  if (const auto breakers = breakers_.lock()) tell(*breakers);
}

void BreakerReport::tell(CircuitBreakers& breakers) {
  const Log log = telemetry_.log("circuit_breaker");
  while (const std::optional<BreakerEvent> event = breakers.next_event()) {
    const BreakerChange& change = event->change;
    transitions_.with(name_, to_string(change.to), to_string(change.cause)).add();
    const bool bad = change.to == BreakerMode::open || change.to == BreakerMode::forced_open;
    const auto write = [&](auto to) {
      to("circuit breaker changed", field("breaker", name_), field("operation", event->operation),
         field("tenant", event->tenant), field("from", to_string(change.from)),
         field("to", to_string(change.to)), field("cause", to_string(change.cause)),
         field("calls", change.counts.calls), field("failures", change.counts.failures),
         field("slow", change.counts.slow), field("reason", event->reason));
    };
    if (bad) {
      write([&](auto... all) { log.warn(all...); });
    } else {
      write([&](auto... all) { log.info(all...); });
    }
    if (listener_) listener_(*event);
  }
}

std::vector<Observation> BreakerReport::observe(CircuitBreakers& breakers) const {
  MetricRegistry& metrics = telemetry_.metrics();
  std::vector<Observation> all;
  const auto add = [&](const OwnMetric& metric, auto ask) {
    all.push_back(metrics.observe(metric.kind, metric.options(), metric.labels, ask));
  };
  add(own_metric::kBreakerStates, [name = name_, &breakers, &clock = telemetry_.clock()] {
    return states_of(name, breakers, clock.now());
  });
  add(own_metric::kBreakerOverflow,
      [name = name_, &breakers] { return number(name, breakers.overflowed()); });
  add(own_metric::kBreakerLostEvents,
      [name = name_, &breakers] { return number(name, breakers.lost_events()); });
  return all;
}

}  // namespace lift
