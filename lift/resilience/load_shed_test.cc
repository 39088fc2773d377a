#include "lift/resilience/load_shed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <string>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct FixedLoad final : LoadSource {
  MachineLoad read(Instant) override { return load; }
  MachineLoad load;
};

/// One loop that works on what comes, one after another, and a service behind it.
class LoadShedTest : public testing::Test {
 protected:
  struct Counts {
    int came = 0;
    int admitted = 0;
  };

  void make(LoadShedOptions options = {}) {
    options.source = machine;
    shed = LoadShed::make(options, 1, world.loop().random());
  }
  /// One request that takes `work` of the loop's time if it is admitted, and little if not.
  bool request(Duration work, LoadShed::Asked asked = {}) {
    const auto decision = shed->enter(world.loop(), asked, world.now());
    reasons[decision.reason]++;
    if (decision.reason != ShedReason::none) {
      world.loop().spend(10us);
      return false;
    }
    world.loop().spend(work);
    Outcome outcome;
    outcome.duration = work;
    if (asked.counts) shed->leave(world.loop(), outcome);
    return true;
  }
  /// So many a second for `time`, whether or not they are answered in time.
  Counts load(double per_second, Duration work, Duration time, const LoadShed::Asked& asked = {}) {
    Counts counts;
    const Instant begin = world.now();
    while (world.now() < begin + time) {
      const auto due =
          static_cast<int>(std::chrono::duration<double>(world.now() - begin).count() * per_second);
      for (; counts.came < due; ++counts.came) counts.admitted += request(work, asked) ? 1 : 0;
      world.advance(1ms);
    }
    return counts;
  }

  SimWorld world;
  std::shared_ptr<FixedLoad> machine = std::make_shared<FixedLoad>();
  std::shared_ptr<LoadShed> shed;
  std::map<ShedReason, int> reasons;
};

TEST_F(LoadShedTest, ABusyServiceIsNotOverloaded) {
  make();
  const Counts counts = load(900, 1ms, 20s);
  EXPECT_EQ(counts.admitted, counts.came);
}

TEST_F(LoadShedTest, TwiceTheLoadIsServedAsMuchAsCanBe) {
  make();
  load(2000, 1ms, 10s);
  const Counts counts = load(2000, 1ms, 10s);
  EXPECT_NEAR(counts.admitted, 9'500, 700) << "of the ten thousand that fit";
  EXPECT_LT(shed->view().signals.queue_wait, 100ms);
  EXPECT_GT(reasons[ShedReason::queue_wait], 5'000);
  EXPECT_EQ(reasons[ShedReason::in_flight], 0);
}

TEST_F(LoadShedTest, RecoversWithinSecondsOfNormalLoad) {
  make();
  load(5000, 1ms, 10s);
  load(500, 1ms, 8s);
  const Counts after = load(500, 1ms, 5s);
  EXPECT_EQ(after.admitted, after.came);
}

TEST_F(LoadShedTest, AfterAPauseAllIsForgotten) {
  make();
  load(5000, 1ms, 10s);
  world.advance(1min);
  EXPECT_TRUE(request(1ms));
  EXPECT_TRUE(request(1ms, {.priority = Priority::low}));
}

TEST_F(LoadShedTest, AnIdleLoopSleeps) {
  make();
  request(1ms);
  world.advance(1s);
  EXPECT_FALSE(world.loop().timers().next_wake());
}

TEST_F(LoadShedTest, TheImportantAreServedFirst) {
  make();
  std::map<Priority, Counts> counts;
  const Instant begin = world.now();
  int came = 0;
  while (world.now() < begin + 20s) {
    const auto due =
        static_cast<int>(std::chrono::duration<double>(world.now() - begin).count() * 1600);
    for (; came < due; ++came) {
      const auto priority = static_cast<Priority>(came % 4);
      const std::string tenant = "t" + std::to_string(came % 1013);
      const bool admitted = request(1ms, {.priority = priority, .tenant = tenant});
      if (world.now() < begin + 10s) continue;
      ++counts[priority].came;
      counts[priority].admitted += admitted ? 1 : 0;
    }
    world.advance(1ms);
  }
  const auto share = [&](Priority priority) {
    return static_cast<double>(counts[priority].admitted) / counts[priority].came;
  };
  EXPECT_EQ(share(Priority::critical), 1);
  EXPECT_GT(share(Priority::high), 0.8);
  EXPECT_LT(share(Priority::low), 0.1);
}

/// A part of the tenants is served in full rather than all in part.
TEST_F(LoadShedTest, WithinAPriorityItIsATenantOrNot) {
  make();
  std::map<std::string, Counts> counts;
  const Instant begin = world.now();
  int came = 0;
  while (world.now() < begin + 20s) {
    const auto due =
        static_cast<int>(std::chrono::duration<double>(world.now() - begin).count() * 2000);
    for (; came < due; ++came) {
      const std::string tenant = "t" + std::to_string(came % 100);
      const bool admitted = request(1ms, {.tenant = tenant});
      if (world.now() < begin + 10s) continue;
      ++counts[tenant].came;
      counts[tenant].admitted += admitted ? 1 : 0;
    }
    world.advance(1ms);
  }
  int nearly_all = 0;
  int nearly_none = 0;
  for (const auto& [tenant, its] : counts) {
    nearly_all += its.admitted > its.came * 9 / 10 ? 1 : 0;
    nearly_none += its.admitted < its.came / 10 ? 1 : 0;
  }
  EXPECT_GT(nearly_all, 25);
  EXPECT_GT(nearly_none, 25);
}

TEST_F(LoadShedTest, ByChanceItIsAnybodyButTheCritical) {
  make({.strategy = LoadShedStrategy::random});
  load(2000, 1ms, 10s, {.priority = Priority::high, .tenant = "one"});
  const Counts counts = load(2000, 1ms, 5s, {.priority = Priority::high, .tenant = "one"});
  EXPECT_NEAR(counts.admitted, 4'750, 600);
  EXPECT_TRUE(request(1ms, {.priority = Priority::critical}));
}

TEST_F(LoadShedTest, CpuCountsWhereRequestsWait) {
  make();
  machine->load.cpu = 0.99;
  shed->read_machine(world.now());
  Counts counts = load(500, 100us, 5s);
  EXPECT_EQ(counts.admitted, counts.came) << "busy is not overloaded";
  load(700, 1ms, 1s);
  // Eighteen each 19 ms: a wait of some 9 ms.
  for (int i = 0; i < 200; ++i) {
    for (int n = 0; n < 18; ++n) request(1ms);
    world.advance(1ms);
  }
  EXPECT_GT(reasons[ShedReason::cpu], 0);
  EXPECT_EQ(reasons[ShedReason::queue_wait], 0);
}

TEST_F(LoadShedTest, MemoryCountsByItself) {
  make();
  machine->load.memory = 0.97;
  shed->read_machine(world.now());
  load(500, 100us, 5s);
  EXPECT_GT(reasons[ShedReason::memory], 0);
  machine->load.memory = 0.5;
  shed->read_machine(world.now());
  load(500, 100us, 6s);
  const Counts counts = load(500, 100us, 1s);
  EXPECT_EQ(counts.admitted, counts.came);
  machine->load = {.cpu = {}, .memory = {}, .memory_stall = 0.5};
  shed->read_machine(world.now());
  load(500, 100us, 5s);
  EXPECT_EQ(shed->view().reason, ShedReason::memory);
}

TEST_F(LoadShedTest, NoMoreAreAtWorkThanMayBe) {
  make({.strategy = LoadShedStrategy::priority,
        .at_work = AdaptiveLimitOptions{.initial = 10, .minimum = 1, .maximum = 100}});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(shed->enter(world.loop(), {}, world.now()).reason, ShedReason::none);
  }
  EXPECT_EQ(shed->enter(world.loop(), {.priority = Priority::critical}, world.now()).reason,
            ShedReason::in_flight)
      << "no exception";
  EXPECT_EQ(shed->enter(world.loop(), {.counts = false}, world.now()).reason, ShedReason::none);
  shed->leave(world.loop(), {});
  EXPECT_EQ(shed->enter(world.loop(), {}, world.now()).reason, ShedReason::none);
  EXPECT_EQ(shed->view().at_work, 10U);
}

/// Requests that run out of time are congestion, wherever it is.
TEST_F(LoadShedTest, TheLimitFollowsWhatIsLost) {
  make({.at_work = AdaptiveLimitOptions{.initial = 100, .minimum = 5, .maximum = 100}});
  Outcome lost;
  lost.kind = OutcomeKind::timeout;
  lost.duration = 1s;
  for (int second = 0; second < 20; ++second) {
    int count = 0;
    while (shed->enter(world.loop(), {}, world.now()).reason == ShedReason::none) ++count;
    world.advance(1s);
    for (; count > 0; --count) shed->leave(world.loop(), lost);
  }
  EXPECT_LT(shed->limit(), 60U);
  EXPECT_EQ(shed->view().at_work, 0U);
}

TEST_F(LoadShedTest, SomebodyElseMayDecide) {
  LoadSignals seen;
  make({.custom = [&seen](const LoadSignals& signals) {
    seen = signals;
    return 0.25;
  }});
  machine->load.cpu = 0.5;
  shed->read_machine(world.now());
  load(1000, 100us, 2s);
  const Counts counts = load(1000, 100us, 4s);
  EXPECT_NEAR(counts.admitted, 1000, 150);
  EXPECT_EQ(seen.machine.cpu, 0.5);
  EXPECT_NEAR(static_cast<double>(seen.arrived), 250, 30);
  make({.custom = [](const LoadSignals&) -> double { throw 1; }});
  load(1000, 100us, 2s);
  const Counts all = load(1000, 100us, 1s);
  EXPECT_EQ(all.admitted, all.came);
}

TEST_F(LoadShedTest, WhoIsTurnedAwayDoesNotComeBackTogether) {
  make({.retry_after = 2s});
  Duration least = 1h;
  Duration most{};
  for (int i = 0; i < 1000; ++i) {
    const Duration after = shed->retry_after(world.loop().random());
    least = std::min(least, after);
    most = std::max(most, after);
  }
  EXPECT_GE(least, 2s);
  EXPECT_LT(least, 2100ms);
  EXPECT_LE(most, 6s);
  EXPECT_GT(most, 5900ms);
}

TEST_F(LoadShedTest, ALoopThatEndsIsForgotten) {
  make();
  request(1ms);
  {
    SimWorld other;
    EXPECT_EQ(shed->enter(other.loop(), {}, world.now()).reason, ShedReason::none);
    shed->leave(other.loop(), {});
  }
  const Counts counts = load(500, 1ms, 2s);
  EXPECT_EQ(counts.admitted, counts.came);
}

TEST(LoadShedOptions, BadOnesAreNamed) {
  LoadShedOptions options;
  options.target_wait = 0ms;
  options.cpu = 0;
  options.memory = 1.5;
  options.memory_stall = std::numeric_limits<double>::quiet_NaN();
  options.at_work = AdaptiveLimitOptions{.initial = 1};
  options.most_shed = -1;
  options.interval = 1ms;
  options.retry_after = 1h;
  EXPECT_EQ(options.validate().text(),
            "target_wait: value \"0 ms\" must be 1 ms to 10 s\n"
            "cpu: value \"0.000000\" must be more than 0, up to 1\n"
            "memory: value \"1.500000\" must be more than 0, up to 1\n"
            "memory_stall: value \"nan\" must be more than 0, up to 1\n"
            "at_work.initial: value \"1\" must be `minimum` to `maximum`\n"
            "most_shed: value \"-1.000000\" must be more than 0, up to 1\n"
            "interval: value \"1 ms\" must be 50 ms to 10 s\n"
            "retry_after: value \"3600000 ms\" must be 1 s to 10 min");
}

}  // namespace
}  // namespace lift
