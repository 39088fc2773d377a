// Fleets that share a limit: what they admit over any time, and what that costs.
#include <gtest/gtest.h>

#include "lift/testing/sim_fleet.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr Quota kThousand{.rate = per_second(1000)};

TEST(FleetTest, LeasesOfTwentyInstancesKeepTheQuotaForFewWrites) {
  SimFleet fleet({.quota = kThousand, .instances = 20, .demand = 3000});
  const SimFleetReport report = fleet.run(30s);
  EXPECT_LE(report.worst_excess, 0);
  EXPECT_EQ(report.stated_overshoot, 0);
  EXPECT_LE(report.writes_per_second, 60);
  EXPECT_GE(report.admitted_per_second, 990);
  EXPECT_EQ(report.fallbacks, 0U);
}

TEST(FleetTest, NobodyIsRefusedBelowTheLimit) {
  SimFleet fleet({.quota = kThousand, .instances = 20, .demand = 800});
  const SimFleetReport report = fleet.run(30s);
  EXPECT_GE(static_cast<double>(report.admitted), 0.999 * static_cast<double>(report.asked));
  EXPECT_LE(report.writes_per_second, 300);
}

TEST(FleetTest, UnequalDemandGetsItsParts) {
  SimFleet fleet({.quota = kThousand, .instances = 20, .demand = 2000, .skewed = 2});
  const SimFleetReport report = fleet.run(30s);
  EXPECT_LE(report.worst_excess, 0);
  EXPECT_GE(report.admitted_per_second, 990);
}

TEST(FleetTest, MoreOvershootMakesFewerWrites) {
  const auto run = [](std::uint64_t overshoot) {
    SimFleet fleet({.quota = {.rate = per_second(100), .burst = 20},
                    .sharing = {.max_overshoot = overshoot},
                    .instances = 2,
                    .demand = 300});
    return fleet.run(30s);
  };
  const SimFleetReport none = run(0);
  const SimFleetReport some = run(40);
  EXPECT_LE(none.worst_excess, 0);
  EXPECT_EQ(none.stated_overshoot, 0);
  EXPECT_GT(some.stated_overshoot, 0);
  EXPECT_LE(some.stated_overshoot, 40.0001);
  EXPECT_LE(some.worst_excess, some.stated_overshoot);
  EXPECT_LT(some.writes_per_second, none.writes_per_second);
  EXPECT_GE(none.admitted_per_second, 99);
  EXPECT_GE(some.admitted_per_second, 99);
}

TEST(FleetTest, StrictlyEveryDecisionIsTheStores) {
  SimFleet fleet({.quota = {.rate = per_second(100), .burst = 10},
                  .sharing = {.mode = SharingMode::strict},
                  .instances = 5,
                  .demand = 2000});
  const SimFleetReport report = fleet.run(30s);
  EXPECT_LE(report.worst_excess, 1);
  EXPECT_GE(report.admitted_per_second, 99);
  // Without what is known of refusals there would be one for each request.
  EXPECT_LE(report.writes_per_second, 700);
}

TEST(FleetTest, AWindowNeverGivesMoreThanItsCount) {
  const Quota quota{.rate = {.count = 1000, .per = 60s}};
  SimFleet fleet(
      {.quota = quota, .algorithm = LimitAlgorithm::fixed_window, .instances = 20, .demand = 100});
  const SimFleetReport report = fleet.run(300s);
  EXPECT_EQ(report.worst_window, 1000U);
  EXPECT_GE(report.admitted, 4990U);
  EXPECT_LE(report.writes_per_second, 15);
}

/// Everything at once, a thousand times over: clocks that differ, crashes, lost answers, demand
/// that stops and starts. Whatever is admitted while the store is believed away would be on top,
/// so nothing is.
TEST(FleetTest, NothingPassesTheStatedBoundInAThousandRuns) {
  double worst = -1e9;
  std::uint64_t admitted = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    const std::uint64_t rate = 50 + random.below(400);
    const std::uint64_t burst = std::max<std::uint64_t>(rate / 2, 40);
    SimFleet fleet({.quota = {.rate = per_second(rate), .burst = burst},
                    .sharing = {.on_failure = StoreFailure::closed,
                                .max_overshoot = random.below(2) * burst,
                                .clock_error = 50ms},
                    .instances = 2 + static_cast<unsigned>(random.below(8)),
                    .demand = static_cast<double>(rate) * (0.5 + 3 * random.uniform()),
                    .burst_every = random.below(2) == 0 ? 0ms : 700ms,
                    .clock_skew = 50ms,
                    .crashes = random.below(2) == 0 ? 0 : 0.2,
                    .seed = seed});
    fleet.store().faults.ambiguous = 0.1;
    const SimFleetReport report = fleet.run(4s);
    ASSERT_LE(report.worst_excess, report.stated_overshoot + 0.001)
        << "seed " << seed << ", " << rate << "/s, burst " << burst;
    worst = std::max(worst, report.worst_excess - report.stated_overshoot);
    admitted += report.admitted;
  }
  EXPECT_GT(admitted, 100'000U) << "nothing was tried";
  RecordProperty("closest_to_the_bound", std::to_string(worst));
}

TEST(FleetTest, ThrottlingIsNoVerdictAndLengthensLeases) {
  SimFleet fleet({.quota = kThousand, .instances = 20, .demand = 800});
  fleet.store().faults.per_item = 60;
  const SimFleetReport report = fleet.run(30s);
  EXPECT_LE(report.writes_per_second, 62);
  EXPECT_GE(report.admitted_per_second, 500);
  EXPECT_LE(report.worst_excess, 20.0 * 50);  // what each may give away by itself
}

TEST(FleetTest, AnOutageIsNoFreeBurst) {
  SimFleet fleet({.quota = {.rate = per_second(100), .burst = 50},
                  .sharing = {.instances = 4},
                  .instances = 4,
                  .demand = 400});
  const SimFleetReport before = fleet.run(5s);
  fleet.store().faults.away = true;
  const SimFleetReport during = fleet.run(5s);
  EXPECT_GE(during.admitted - before.admitted, 400U);
  EXPECT_LE(during.admitted - before.admitted, 500U + 4 * 50U) << "each its share";
  fleet.store().faults.away = false;
  const SimFleetReport after = fleet.run(5s);
  EXPECT_LE(after.admitted - during.admitted, 500U + 3 * 25 + 10) << "the last is back in a second";
  EXPECT_GE(after.admitted - during.admitted, 250U) << "it is asked again soon";
  EXPECT_LE(after.admitted, 15U * 100 + 50 + 4 * 50);
}

TEST(FleetTest, AStoreThatIsSilentDelaysNobodyForLong) {
  SimFleet fleet({.quota = kThousand, .sharing = {.instances = 4}, .instances = 4, .demand = 400});
  fleet.store().faults.silent = true;
  const SimFleetReport report = fleet.run(10s);
  EXPECT_GE(static_cast<double>(report.admitted), 0.95 * static_cast<double>(report.asked));
  EXPECT_GE(report.fallbacks, report.admitted * 9 / 10);
}

TEST(FleetTest, ClosedMeansThatNobodyPassesWithoutTheStore) {
  SimFleet fleet({.quota = kThousand,
                  .sharing = {.on_failure = StoreFailure::closed},
                  .instances = 4,
                  .demand = 400});
  fleet.store().faults.away = true;
  const SimFleetReport report = fleet.run(5s);
  EXPECT_EQ(report.admitted, 0U);
  EXPECT_GE(report.unavailable, report.asked - 4);
}

TEST(FleetTest, AnItemThatIsDeletedCostsOneBurstAtMost) {
  SimFleet fleet({.quota = {.rate = per_second(100), .burst = 50}, .instances = 4, .demand = 400});
  fleet.run(10s);
  fleet.store().items.clear();
  const SimFleetReport report = fleet.run(10s);
  EXPECT_LE(report.worst_excess, 50);
  EXPECT_GE(report.admitted_per_second, 98);
}

TEST(FleetTest, AnItemWithNonsenseHeals) {
  SimFleet fleet({.quota = {.rate = per_second(100), .burst = 50}, .instances = 4, .demand = 400});
  const SimFleetReport before = fleet.run(5s);
  for (auto& [key, item] : fleet.store().items) item = {.t = -5, .v = 99};
  const SimFleetReport report = fleet.run(5s);
  EXPECT_GE(report.admitted - before.admitted, 490U);
  for (auto& [key, item] : fleet.store().items) item.v = 1;  // another rate's
  const SimFleetReport last = fleet.run(5s);
  EXPECT_LE(last.worst_excess, 50);
}

TEST(FleetTest, ShardsShareOneQuota) {
  SimFleet fleet({.quota = kThousand, .sharing = {.shards = 4}, .instances = 20, .demand = 3000});
  const SimFleetReport report = fleet.run(20s);
  EXPECT_LE(report.worst_excess, 0);
  EXPECT_GE(report.admitted_per_second, 950);
  EXPECT_EQ(fleet.store().items.size(), 4U);
}

TEST(FleetTest, WritesStayWithinTheirBudget) {
  SimFleet fleet({.quota = kThousand,
                  .sharing = {.mode = SharingMode::strict, .max_writes = 20},
                  .instances = 4,
                  .demand = 2000});
  const SimFleetReport report = fleet.run(20s);
  EXPECT_LE(report.writes_per_second, 4 * 20 + 4 * 20 / 20.0 + 1);
}

TEST(FleetTest, AClockThatIsFarOffIsCorrectedByTheStores) {
  SimFleet fleet({.quota = {.rate = per_second(100), .burst = 50},
                  .instances = 2,
                  .demand = 400,
                  .clock_skew = 20s});
  fleet.store().faults.clock = 0s;
  fleet.run(5s);  // until each has heard
  const SimFleetReport before = fleet.run(10s);
  const SimFleetReport report = fleet.run(10s);
  EXPECT_LE(report.admitted - before.admitted, 1000U + 50 + 2 * 100);
  EXPECT_GE(report.admitted - before.admitted, 800U);
}

}  // namespace
}  // namespace lift
