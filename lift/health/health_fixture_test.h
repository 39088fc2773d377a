#pragma once
// A Health on virtual time, and workers whose checks return when the test says so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "lift/health/health.h"
#include "lift/testing/sim_world.h"

namespace lift {

/// Takes jobs and runs them when told.
class HeldWorkers final : public Workers {
 public:
  [[nodiscard]] bool submit(Job& job) noexcept override {
    if (refuse) return false;
    jobs.push_back(&job);
    return true;
  }
  void run_one() {
    Job* const job = jobs.front();
    jobs.pop_front();
    job->run();
  }
  std::deque<Job*> jobs;
  bool refuse = false;
};

class HealthTest : public testing::Test, protected RecordBuffer::Reader {
 protected:
  ~HealthTest() override {
    if (health_) health_->stop(Duration::zero());
    world_.loop().settle();  // what is on its way to the loop is alive until then
  }
  Health& health(HealthOptions options = {}) {
    if (!health_) health_ = Health::make(options, telemetry_).value();
    return *health_;
  }
  /// Begins to run checks; blocking ones by workers_, if `held`.
  void start(bool held = false) {
    if (held) {
      health().start(world_.loop(), workers_);
    } else {
      health().start(world_.loop(), world_.loop().workers());
    }
    health().started();
    world_.loop().settle();
  }
  [[nodiscard]] Instant now() { return world_.now(); }
  [[nodiscard]] const CheckView& check(std::string_view name) {
    kept_ = health().share();
    for (const auto& check : kept_->checks) {
      if (check->name == name) return *check;
    }
    ADD_FAILURE() << "no check " << name;
    static const CheckView kNone;
    return kNone;
  }
  [[nodiscard]] HealthStatus status_of(std::string_view name) { return check(name).status; }
  /// A check whose result is `result_`, told by a count of its runs.
  Check scripted(CheckOptions options) {
    return async_check(std::move(options), [this]() -> Task<CheckResult> {
      ++runs_;
      CheckResult copy = result_;
      co_return copy;
    });
  }
  std::vector<std::string> lines() {
    lines_.clear();
    telemetry_->records().drain(*this, SIZE_MAX);
    return lines_;
  }
  double metric(std::string_view name) {
    double sum = 0;
    const MetricSnapshot snapshot = telemetry_->metrics().snapshot(world_.loop().clock().wall());
    for (const MetricFamily& family : snapshot.families) {
      if (family.name != name) continue;
      for (const MetricPoint& point : family.points) {
        sum += point.histogram ? static_cast<double>(point.histogram->count) : point.value;
      }
    }
    return sum;
  }

  void request(const RequestRead&) override { lines_.emplace_back("a request"); }
  void line(const LineReadAlone& read) override { lines_.emplace_back(read.line.message); }

  SimWorld world_;
  std::shared_ptr<Telemetry> telemetry_ =
      std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
  HeldWorkers workers_;
  CheckResult result_;
  int runs_ = 0;

 private:
  std::shared_ptr<Health> health_;
  std::shared_ptr<const HealthView> kept_;
  std::vector<std::string> lines_;
};

}  // namespace lift
