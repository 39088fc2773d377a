#include "lift/telemetry/telemetry.h"

#include <array>
#include <string>
#include <utility>

namespace lift {
namespace {

constexpr std::size_t kLongestText = 256;

void check(Problems& problems, const std::string& field, const std::string& text, bool needed) {
  if ((needed && text.empty()) || text.size() > kLongestText) {
    problems.add(field, text, needed ? "must have 1 to 256 bytes" : "must have at most 256 bytes");
  }
}

std::vector<Observed> losses(const LossLedger& ledger) {
  std::vector<Observed> all;
  for (std::size_t s = 0; s < kSignals; ++s) {
    for (std::size_t l = 0; l < kLosses; ++l) {
      const auto signal = static_cast<Signal>(s);
      const auto loss = static_cast<Loss>(l);
      all.push_back({{std::string(to_string(signal)), std::string(to_string(loss))},
                     static_cast<double>(ledger.count(signal, loss))});
    }
  }
  return all;
}

}  // namespace

Problems TelemetryOptions::validate() const {
  Problems problems;
  check(problems, "resource.service", resource.service, true);
  check(problems, "resource.version", resource.version, false);
  check(problems, "resource.environment", resource.environment, false);
  check(problems, "resource.instance", resource.instance, false);
  for (const auto& [name, value] : resource.tags) {
    check(problems, "resource.tags", name, true);
    check(problems, "resource.tags." + name, value, true);
  }
  problems.add_all("buffer", buffer.validate());
  return problems;
}

Telemetry::Telemetry(const TelemetryOptions& options, const Clock& clock)
    : resource_(options.resource),
      clock_(clock),
      levels_(options.level),
      records_(options.buffer),
      metrics_(clock.wall()) {
  synchronise();
  constexpr std::array<std::string_view, 2> kLabels{"signal", "reason"};
  dropped_ = metrics_.observe(MetricKind::counter,
                              {.name = "telemetry.dropped",
                               .description = "Log lines, spans and points that were lost, by why.",
                               .unit = ""},
                              kLabels, [this] { return losses(records_.losses()); });
}

void Telemetry::synchronise() noexcept {
  const Duration offset = clock_.wall().time_since_epoch() - clock_.now().time_since_epoch();
  offset_.store(offset.count(), std::memory_order_relaxed);
}

void Telemetry::keep_up(std::shared_ptr<TelemetryUpkeep> part) {
  const std::lock_guard lock(mutex_);
  parts_.push_back(std::move(part));
}

std::vector<std::shared_ptr<TelemetryUpkeep>> Telemetry::parts() const {
  const std::lock_guard lock(mutex_);
  return parts_;
}

}  // namespace lift
