#pragma once
// What is known of a service's health at one moment: what every probe and page reads.
//
// Thread-safety: immutable once published; share it.
// Cost: a check's part is copied when that check changes, and no other.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lift/base/clock.h"
#include "lift/health/check.h"
#include "lift/health/check_state.h"

namespace lift {

struct CheckView {
  std::string name;
  std::string type;
  bool required = true;
  HealthGate gates = HealthGate::none;

  HealthStatus status = HealthStatus::unknown;
  bool lets_through = false;  ///< its gate is open
  bool been_good = false;     ///< at some time
  CheckResult last;           ///< of its last run, fit to be shown; code "not_run" before the first
  CheckState::Circuit circuit = CheckState::Circuit::closed;
  bool flapping = false;
  bool overdue = false;  ///< a run has passed its timeout and has not returned
  unsigned failures_in_row = 0;
  std::uint64_t runs = 0;
  std::uint64_t transitions = 0;
  Instant since{};                  ///< of this status
  std::optional<Instant> last_run;  ///< when it ended
  Duration took{};                  ///< of the last run
  Instant next_run{};
  Instant stale_at = kNever;  ///< then what is said here is too old
  std::array<HealthStatus, CheckState::kHistory> history{};
  std::size_t history_size = 0;
};

struct HealthView {
  std::vector<std::shared_ptr<const CheckView>> checks;  ///< in the order they were added
  // Before the first is published nobody knows.
  HealthStatus status = HealthStatus::unknown;
  bool gates_open = false;
  bool starting = true;   ///< a closed gate is one that has never been open
  Instant grace_until{};  ///< of the app's start
  Instant stale_at = kNever;
  Duration slowest{};  ///< of the checks' last runs

  /// Works out what follows from the checks.
  void conclude() noexcept;
};

}  // namespace lift
