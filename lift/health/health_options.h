#pragma once
// How a service's health is found out and told.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstddef>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

/// Where the endpoints are, each a path of its own without parameters.
struct HealthPaths {
  std::string health = "/health";
  std::string detail = "/health/detail";
  std::string ready = "/ready";
  std::string live = "/live";
};

struct HealthOptions {
  HealthPaths paths;
  /// The role whose callers may read the details on the service's own listener. "": nobody may;
  /// they are on the management listener all the same.
  std::string detail_role;
  /// How long after its start a check that has not been good yet is said to be starting rather than
  /// failing. Not a wait: ready is as soon as the gates are open. 0 to 1 h.
  Duration grace_period = std::chrono::seconds(30);
  /// An event loop that has not answered for so long fails liveness: 1 s to 10 min.
  Duration live_limit = std::chrono::seconds(10);
  /// For checks that block: 1 to 64. Those that hang hold a thread each.
  unsigned threads = 4;
  /// Checks at most; further ones are refused. 1 to 10,000.
  std::size_t max_checks = 1000;

  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
