#pragma once
// Instances that share a limit, on virtual time: what would your quota admit, and cost?
//
//   SimFleet fleet({.quota = {.rate = per_second(1000)}, .instances = 20, .demand = 3000});
//   const SimFleetReport report = fleet.run(30s);
//   EXPECT_LE(report.worst_excess, 0);      // beyond rate · Δ + burst, over any Δ
//   EXPECT_LE(report.writes_per_second, 60);
//
// Requests come at random (Poisson), or in bursts, to instances whose clocks differ and which may
// crash; the store is a SimLimitStore, with its faults. A day takes a few seconds.
// Thread-safety: belongs to its thread.
// Cost: about 1 µs a request in a release build.

#include <cstdint>
#include <memory>
#include <vector>

#include "lift/ratelimit/limit_options.h"
#include "lift/testing/sim_limit_store.h"

namespace lift {

struct SimFleetOptions {
  Quota quota;
  LimitAlgorithm algorithm = LimitAlgorithm::gcra;
  /// Without a store: the fleet has its own.
  LimitSharing sharing = {};
  unsigned instances = 20;
  /// Requests a second, of all instances together; each gets an equal part.
  double demand = 0;
  /// So much more goes to the first instance than to the next, and so on: 0 for equal parts.
  double skewed = 0;
  /// Demand that comes and goes: so long each, 0 for steady. All stop and start together.
  Duration burst_every{};
  /// An instance's clock is off by up to so much, in both directions.
  Duration clock_skew{};
  /// Crashes a second of each instance; it starts anew at once, knowing nothing.
  double crashes = 0;
  std::uint64_t seed = 1;
};

struct SimFleetReport {
  std::uint64_t asked = 0;
  std::uint64_t admitted = 0;
  std::uint64_t unavailable = 0;  ///< refused as the store did not answer
  std::uint64_t fallbacks = 0;    ///< decided without the store
  double admitted_per_second = 0;
  double writes_per_second = 0;
  /// The most that was admitted in any time Δ beyond rate · Δ + burst; below 0: less than that.
  double worst_excess = 0;
  /// The most in one calendar window.
  std::uint64_t worst_window = 0;
  /// What the limit itself says may be admitted beyond rate · Δ + burst.
  double stated_overshoot = 0;
};

class SimFleet {
 public:
  explicit SimFleet(SimFleetOptions options);
  SimFleet(const SimFleet&) = delete;
  SimFleet& operator=(const SimFleet&) = delete;
  ~SimFleet();

  [[nodiscard]] SimLimitStore& store() noexcept;
  /// Lets so much time pass; what was counted before counts on.
  SimFleetReport run(Duration time);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace lift
