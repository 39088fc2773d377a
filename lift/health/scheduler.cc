#include "lift/health/detail/scheduler.h"

#include <utility>

#include "lift/telemetry/own_metrics.h"

namespace lift::detail {
namespace {

HistogramOptions duration_options() {
  const OwnMetric& own = own_metric::kHealthDuration;
  return {.name = std::string(own.name),
          .description = std::string(own.description),
          .unit = std::string(own.unit)};
}

}  // namespace

Scheduler::Scheduler(Loop& loop, Workers& workers, std::shared_ptr<Telemetry> telemetry,
                     Instant grace_until, SchedulerListener& listener)
    : telemetry_(std::move(telemetry)),
      redactor_(Redactor::make().value()),
      durations_(telemetry_->metrics().histograms(duration_options(), {own_label::kCheck})),
      listener_(listener),
      gate_(std::make_shared<LoopGate>(loop)),
      around_{.loop = loop,
              .workers = workers,
              .gate = gate_,
              .grace_until = grace_until,
              .redactor = *redactor_,
              .skipped = telemetry_->metrics().counter(own_metric::kHealthSkipped.options()),
              .listener = *this},
      alarm_(listener) {}

Scheduler::~Scheduler() { gate_->close(); }

void Scheduler::add(Check check) {
  const Histogram durations = durations_.with(check.options.name);
  checks_.push_back(std::make_unique<ScheduledCheck>(std::move(check), around_, durations));
  checks_.back()->begin();
}

void Scheduler::remove(std::string_view name) {
  std::erase_if(checks_, [name](const auto& check) { return check->name() == name; });
  publish();
}

void Scheduler::wake_at(Instant when) noexcept { around_.loop.timers().arm(alarm_, when); }

void Scheduler::changed(const CheckView& check, HealthStatus before) noexcept {
  publish();
  if (check.status != before) listener_.transition(check, before);
}

void Scheduler::begin() {
  begun_ = true;
  publish();
}

void Scheduler::publish() noexcept {
  if (!begun_) return;
  HealthView view;
  view.checks.reserve(checks_.size());
  for (const auto& check : checks_) view.checks.push_back(check->view());
  view.grace_until = around_.grace_until;
  view.conclude();
  listener_.published(std::move(view));
}

}  // namespace lift::detail
