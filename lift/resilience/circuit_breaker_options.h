#pragma once
// When a circuit breaker opens, and how it closes again.
//
// Thread-safety: a plain value.
// Cost: at start only.

#include <cstdint>
#include <optional>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

struct CircuitBreakerOptions {
  /// Calls of this long are judged together, in ten slots: 100 ms to 1 h.
  Duration window = std::chrono::seconds(10);
  /// Instead of a time, the last so many calls: 1 to 256.
  std::optional<std::uint32_t> count_window = {};
  /// Calls that a share needs to be judged: 1 to 100,000, and `count_window` at most.
  std::uint32_t minimum_calls = 20;
  /// Share of failures that opens: more than 0, up to 1.
  double failure_rate = 0.5;
  /// Share of slow calls that opens: more than 0, up to 1.
  double slow_rate = 1;
  /// A call that took as long is slow, also if it succeeded: 1 ms to 24 h.
  Duration slow_call = std::chrono::seconds(60);
  /// Failures in a row that open while there are less than `minimum_calls`: 1 to 1,000. Absent:
  /// none do.
  std::optional<std::uint32_t> consecutive_failures = 5;
  /// Whether answers of `overload` (429, 503 with Retry-After) count as failures.
  bool count_overload = false;

  /// Time open at first, twice that when a probe fails, and so on: 1 ms to `max_open`.
  Duration open = std::chrono::seconds(5);
  /// 1 ms to 24 h.
  Duration max_open = std::chrono::seconds(60);
  /// Whether half of that time is drawn by chance, so that a fleet does not probe as one.
  bool jitter = true;
  /// Calls that are let through half-open: 1 to 1,000.
  std::uint32_t probes = 5;
  /// Of these, how many must succeed: 1 to `probes`. Absent: enough that fewer than `failure_rate`
  /// failed.
  std::optional<std::uint32_t> probe_successes = {};
  /// Half-open without a decision for so long, it opens again: 1 ms to 24 h. Twice a call's timeout
  /// is right.
  Duration half_open_limit = std::chrono::seconds(60);

  /// Instead of opening, refuse by chance what the service is unlikely to take: a call in
  /// max(0, (calls − k · accepted) / (calls + 1)) of a window. 1 to 10; 2 is usual. The rates, and
  /// what follows them, do not count then. Best towards a shared service that is full.
  std::optional<double> probabilistic = {};

  [[nodiscard]] Problems validate() const;
};

/// The original's defaults: 5 failures in a row, or half of 10 in 5 minutes, open for 60 s; then 3
/// probes must succeed.
[[nodiscard]] CircuitBreakerOptions original_circuit_breaker();

}  // namespace lift
