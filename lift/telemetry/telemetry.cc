#include "lift/telemetry/telemetry.h"

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
  LogLevels tried;
  if (const auto set = tried.set(levels); !set) problems.add("levels", levels, set.error().message);
  problems.add_all("buffer", buffer.validate());
  return problems;
}

Telemetry::Telemetry(const TelemetryOptions& options, const Clock& clock)
    : resource_(options.resource), clock_(clock), records_(options.buffer), metrics_(clock.wall()) {
  static_cast<void>(levels_.set(options.levels));  // validate() has said what is wrong
  synchronise();
}

void Telemetry::synchronise() noexcept {
  const Duration offset = clock_.wall().time_since_epoch() - clock_.now().time_since_epoch();
  offset_.store(offset.count(), std::memory_order_relaxed);
}

void Telemetry::before_fork() {
  mutex_.lock();
  for (const auto& part : parts_) part->before_fork();
  records_.before_fork();
  metrics_.before_fork();
  levels_.before_fork();
}

void Telemetry::after_fork() {
  levels_.after_fork();
  metrics_.after_fork();
  records_.after_fork();
  for (const auto& part : parts_) part->after_fork();
  mutex_.unlock();
}

void Telemetry::reset_after_fork() {
  levels_.after_fork();
  metrics_.reset_after_fork(clock_.wall());
  records_.reset_after_fork();
  for (const auto& part : parts_) part->after_fork();
  parts_.clear();
  mutex_.unlock();
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
