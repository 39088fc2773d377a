#pragma once
// One check on its loop: runs it when it is due, one run at a time, and tells what came of it.
//
// Thread-safety: belongs to its loop.
// Cost: a timer while it waits, two while it runs.

#include <memory>
#include <optional>
#include <string>

#include "lift/base/loop.h"
#include "lift/base/task.h"
#include "lift/base/timers.h"
#include "lift/health/check.h"
#include "lift/health/check_state.h"
#include "lift/health/detail/blocking_run.h"
#include "lift/health/health_view.h"
#include "lift/telemetry/metric_handles.h"
#include "lift/telemetry/redaction.h"

namespace lift::detail {

class CheckListener {
 public:
  virtual void changed(const CheckView& check, HealthStatus before) noexcept = 0;

 protected:
  ~CheckListener() = default;
};

/// What all checks of a scheduler have in common. Outlives them.
struct CheckSurroundings {
  Loop& loop;
  Workers& workers;
  std::shared_ptr<LoopGate> gate;
  Instant grace_until;
  const Redactor& redactor;
  Counter skipped;
  /// Told when a check's view is another, and what its status was before.
  CheckListener& listener;
};

class ScheduledCheck final : private BlockingRun::Owner {
 public:
  ScheduledCheck(Check check, const CheckSurroundings& around, Histogram durations);
  ScheduledCheck(const ScheduledCheck&) = delete;
  ScheduledCheck& operator=(const ScheduledCheck&) = delete;
  /// A task under way is dropped; a run that blocks goes on, and nobody hears of it.
  ~ScheduledCheck();

  /// Runs it for the first time, at once if it gates anything and else within a second.
  void begin();
  [[nodiscard]] const std::string& name() const noexcept { return check_.options.name; }
  [[nodiscard]] const std::shared_ptr<const CheckView>& view() const noexcept { return view_; }

 private:
  template <void (ScheduledCheck::*Call)() noexcept>
  struct Alarm final : Timer {
    explicit Alarm(ScheduledCheck& its_check) noexcept
        : Timer([](Timer& timer) noexcept { (static_cast<Alarm&>(timer).check.*Call)(); }),
          check(its_check) {}
    ScheduledCheck& check;
  };

  void due() noexcept;
  void run_out() noexcept;
  void aged() noexcept;
  void start() noexcept;
  void start_task(Instant now);
  void start_blocking(Instant now);
  static void task_done(void* check) noexcept;
  void take_task() noexcept;
  void returned(CheckResult result) noexcept override;
  void skipped(Instant now) noexcept;
  void finish(Instant now, CheckResult result) noexcept;
  void make_presentable(CheckResult& result) const;
  void tell(Instant now);

  const Check check_;
  const BlockingRun::Function function_;
  const CheckSurroundings& around_;
  const Histogram durations_;
  CheckState state_;
  Task<CheckResult> task_;
  std::shared_ptr<BlockingRun> blocking_;
  Instant started_{};
  bool overdue_ = false;
  CheckView now_;
  std::shared_ptr<const CheckView> view_;
  Alarm<&ScheduledCheck::due> due_{*this};
  Alarm<&ScheduledCheck::run_out> run_out_{*this};
  Alarm<&ScheduledCheck::aged> aged_{*this};
};

}  // namespace lift::detail
