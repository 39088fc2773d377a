#pragma once
// A health check: what it looks at, how often, and what follows from it.
//
//   health.add(blocking_check({.name = "database", .gates = HealthGate::ready}, [store] {
//     return store->ping() ? CheckResult::pass() : CheckResult::fail("no_answer");
//   }));
//
// Thread-safety: plain values; where a check's function runs is told at its maker.
// Cost: see health.h.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/task.h"

namespace lift {

/// The words of draft-inadarei-api-health-check; the original's are healthy, degraded, unhealthy
/// and unknown.
enum class HealthStatus : std::uint8_t { pass, warn, fail, unknown };

[[nodiscard]] std::string_view to_string(HealthStatus status) noexcept;
/// "healthy", "degraded", "unhealthy" or "unknown".
[[nodiscard]] std::string_view original_word(HealthStatus status) noexcept;
/// The worse of two: pass, then warn, unknown, fail.
[[nodiscard]] HealthStatus worse(HealthStatus one, HealthStatus other) noexcept;

/// What stands in the way of readiness while the check is bad.
enum class HealthGate : std::uint8_t {
  none,     ///< nothing: of a dependency that all instances share, all would go at once
  ready,    ///< the instance is ready only while the check is good
  startup,  ///< the instance is ready only once the check has been good
};

[[nodiscard]] std::string_view to_string(HealthGate gate) noexcept;

struct CheckResult {
  HealthStatus status = HealthStatus::pass;  ///< pass, warn or fail
  /// Why, for whoever may see details: 1 to 64 of `a-z 0-9 _`, a letter first; "" where it passes.
  std::string code = {};
  /// Why, for operators: on the management listener and on the line of log, redacted, its first 256
  /// bytes.
  std::string message = {};
  /// What was measured, and its unit in UCUM ("By", "ms", "1").
  std::optional<double> observed = {};
  std::string unit = {};

  [[nodiscard]] static CheckResult pass() { return {}; }
  [[nodiscard]] static CheckResult warn(std::string code, std::string message = {}) {
    return {.status = HealthStatus::warn, .code = std::move(code), .message = std::move(message)};
  }
  [[nodiscard]] static CheckResult fail(std::string code, std::string message = {}) {
    return {.status = HealthStatus::fail, .code = std::move(code), .message = std::move(message)};
  }
  [[nodiscard]] CheckResult&& measured(double value, std::string its_unit) && {
    observed = value;
    unit = std::move(its_unit);
    return std::move(*this);
  }
};

struct CheckOptions {
  /// 1 to 64 of `A-Z a-z 0-9 . _ : -`, unique.
  std::string name;
  /// What it looks at: "datastore", "component", "system".
  std::string type = "component";
  /// Whether the service is unhealthy while it fails; if not, it is degraded.
  bool required = true;
  HealthGate gates = HealthGate::none;
  /// From one run to the next, give or take a tenth: 100 ms to 24 h.
  Duration interval = std::chrono::seconds(30);
  /// A run that takes longer fails as `timeout`: 1 ms to 10 min.
  Duration timeout = std::chrono::seconds(5);
  /// Failures in a row until it is bad, successes in a row until it is good again: 1 to 100.
  unsigned fall = 3;
  unsigned rise = 2;
  /// Time between two changes at least: 0 to 24 h.
  Duration dwell = Duration::zero();
  /// After `open_after` failures in a row, 1 to 1,000 and `fall` at least, the dependency is left
  /// in peace: a single run after `recovery_time`, the next ones after twice that, up to
  /// `max_recovery_time`; give or take a quarter. 100 ms to 24 h.
  unsigned open_after = 3;
  Duration recovery_time = std::chrono::seconds(60);
  Duration max_recovery_time = std::chrono::minutes(5);

  [[nodiscard]] Problems validate() const;
};

struct Check {
  CheckOptions options;
  /// One of the two. What it throws is a failure `exception`.
  std::function<Task<CheckResult>()> run = {};     ///< on the scheduler's loop; must not block it
  std::function<CheckResult()> run_blocking = {};  ///< on a thread of a bounded pool
};

/// A check that waits by co_await. At its timeout its task is dropped.
[[nodiscard]] Check async_check(CheckOptions options, std::function<Task<CheckResult>()> run);
/// A check that blocks. It cannot be interrupted: one that overruns is not started again until it
/// has returned. What it uses must outlive it, also beyond the app's end if it hangs.
[[nodiscard]] Check blocking_check(CheckOptions options, std::function<CheckResult()> run);
/// The same for a function that succeeds or not; the error's code is the check's.
[[nodiscard]] Check blocking_check(CheckOptions options, std::function<Result<>()> run);

}  // namespace lift
