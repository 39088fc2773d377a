#pragma once
// Health checks of the app itself: its event loops, its worker threads, its telemetry.
//
// Thread-safety: pure functions; the app outlives the checks, which it does where they are its own.
// Cost: a question to each loop, a job, a look at the exporter, each run.

#include "lift/base/error.h"
#include "lift/health/check.h"

namespace lift {

class App;

struct DelayLimits {
  Duration warn = std::chrono::milliseconds(100);
  Duration fail = std::chrono::seconds(1);

  [[nodiscard]] Problems validate() const;
};

/// How long an event loop takes to turn to new work. Code: `loop_lag`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> loop_check(App& app, CheckOptions options, DelayLimits limits = {});

/// How long blocking work (`ctx.offload`) waits for a thread. Codes: `workers_busy`, and
/// `workers_full` where there is no room in line. Error: `bad_configuration`.
[[nodiscard]] Result<Check> workers_check(App& app, CheckOptions options, DelayLimits limits = {});

/// Whether telemetry reaches its destinations: at worst a warning, as a service must not end for
/// want of being watched. Code: `destination_failing`.
[[nodiscard]] Check telemetry_check(App& app, CheckOptions options = {.name = "telemetry",
                                                                      .required = false});

}  // namespace lift
