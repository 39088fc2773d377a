#pragma once
// When a service has too much to do, and who is turned away then.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/resilience/adaptive_limit.h"
#include "lift/resilience/machine_load.h"

namespace lift {

enum class LoadShedStrategy : std::uint8_t {
  adaptive,  ///< as priority; and the limit of requests at work follows what serves most
  priority,  ///< the lower priorities first, and within one a part of the tenants
  random,    ///< by chance, whoever it is but the critical
};

/// What is known of a window of time.
struct LoadSignals {
  Duration queue_wait{};      ///< of what became ready until it ran, on average
  std::uint32_t at_work = 0;  ///< requests now
  std::uint64_t arrived = 0;  ///< in the window
  MachineLoad machine = {};
};

struct LoadShedOptions {
  LoadShedStrategy strategy = LoadShedStrategy::adaptive;
  /// Requests may wait as long for a loop to get to them, on average: 1 ms to 10 s. Beyond it the
  /// service is overloaded.
  Duration target_wait = std::chrono::milliseconds(20);
  /// With more CPU in use, it is from a quarter of `target_wait` on: more than 0, up to 1.
  double cpu = 0.95;
  /// And with more memory in use, or with more time lost in waiting for memory: more than 0, up to
  /// 1.
  double memory = 0.95;
  double memory_stall = 0.3;
  /// Requests at work at once. `adaptive` begins with `initial` and moves between the others; with
  /// another strategy `initial` stays. Absent: 512 for each core, between 32 for each and 100,000.
  std::optional<AdaptiveLimitOptions> at_work = {};
  /// Of a window's arrivals never more than this are turned away by level: more than 0, up to 1.
  double most_shed = 0.95;
  /// How often it is decided anew: 50 ms to 10 s.
  Duration interval = std::chrono::milliseconds(250);
  /// Clients that are turned away are told to come back after one to three times this: 1 s to 10
  /// min.
  Duration retry_after = std::chrono::seconds(2);
  /// Decides instead of the rules above which share of arrivals is admitted, 0 to 1; who they are,
  /// the strategy says. Called once an interval, on a loop, away from requests.
  std::function<double(const LoadSignals&)> custom = {};
  /// Where CPU and memory are read; the control group of this process where empty.
  std::shared_ptr<LoadSource> source = {};

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
