#pragma once
// Runs checks on one loop, each in its own time, and publishes what is known after every run.
//
// Thread-safety: belongs to its loop.
// Cost: a run of a check some microseconds besides the check itself, of 1,000 checks 30.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/loop.h"
#include "lift/health/check.h"
#include "lift/health/detail/scheduled_check.h"
#include "lift/health/health_view.h"
#include "lift/telemetry/telemetry.h"

namespace lift::detail {

/// Who is told; on the loop.
class SchedulerListener {
 public:
  virtual void published(HealthView view) = 0;
  /// Behind published(): a check's status was `before`.
  virtual void transition(const CheckView& check, HealthStatus before) = 0;
  /// The time of wake_at() has come.
  virtual void woken() = 0;

 protected:
  ~SchedulerListener() = default;
};

class Scheduler final : private CheckListener {
 public:
  /// All but the telemetry outlive it.
  Scheduler(Loop& loop, Workers& workers, std::shared_ptr<Telemetry> telemetry, Instant grace_until,
            SchedulerListener& listener);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  /// Nothing is published before: what is added until then is published together.
  void begin();
  void add(Check check);
  void remove(std::string_view name);
  /// Tells the listener at that time; a later call moves it.
  void wake_at(Instant when) noexcept;

 private:
  struct Alarm final : Timer {
    explicit Alarm(SchedulerListener& whom) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Alarm&>(timer).listener.woken(); }),
          listener(whom) {}
    SchedulerListener& listener;
  };

  void changed(const CheckView& check, HealthStatus before) noexcept override;
  void publish() noexcept;

  const std::shared_ptr<Telemetry> telemetry_;
  const std::shared_ptr<const Redactor> redactor_;
  const HistogramFamily<1> durations_;
  SchedulerListener& listener_;
  const std::shared_ptr<LoopGate> gate_;
  const CheckSurroundings around_;
  Alarm alarm_;
  bool begun_ = false;
  std::vector<std::unique_ptr<ScheduledCheck>> checks_;
};

}  // namespace lift::detail
