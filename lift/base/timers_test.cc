#include "lift/base/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

struct Probe : Timer {
  Probe() : Timer([](Timer& timer) noexcept { ++static_cast<Probe&>(timer).fired; }) {}
  int fired = 0;
};

struct CountingWaker : Waker {
  void wake_at(Instant when) noexcept override { asked.push_back(when); }
  std::vector<Instant> asked;
};

TEST(Timers, FiresAtItsTimeAndNeverBefore) {
  for (const Duration delay : {1ns, 999'999ns, 1'000'000ns, 1'000'001ns, 255'000'000ns}) {
    Timers timers(kStart);
    Probe probe;
    timers.arm(probe, kStart + delay);
    timers.advance(kStart + delay - 1ns);
    EXPECT_EQ(probe.fired, 0) << delay.count();
    timers.advance(kStart + delay + 1ms);
    EXPECT_EQ(probe.fired, 1) << delay.count();
  }
}

TEST(Timers, APastTimeFiresAtTheNextAdvance) {
  Timers timers(kStart);
  Probe probe;
  timers.arm(probe, Instant::min());
  EXPECT_EQ(probe.fired, 0);
  timers.advance(kStart);
  EXPECT_EQ(probe.fired, 1);
}

TEST(Timers, CancelledAndDestroyedTimersDoNotFire) {
  Timers timers(kStart);
  Probe kept;
  {
    Probe destroyed;
    timers.arm(destroyed, kStart + 5ms);
  }
  timers.arm(kept, kStart + 5ms);
  kept.cancel();
  timers.advance(kStart + 1s);
  EXPECT_EQ(kept.fired, 0);
  EXPECT_FALSE(timers.next_wake().has_value()) << "nothing armed, nobody wakes";
}

TEST(Timers, AsksTheWakerOnlyForEarlierTimes) {
  CountingWaker waker;
  Timers timers(kStart, &waker);
  Probe first;
  Probe later;
  Probe earlier;
  timers.arm(first, kStart + 30s);
  timers.arm(later, kStart + 31s);
  EXPECT_EQ(waker.asked.size(), 1U);
  timers.arm(earlier, kStart + 1s);
  EXPECT_EQ(waker.asked.size(), 2U);
}

TEST(Timers, OneForNeverWakesNobodyBeforeItsTime) {
  CountingWaker waker;
  Timers timers(kStart, &waker);
  Probe never;
  timers.arm(never, kNever);
  for (const Instant asked : waker.asked) EXPECT_GT(asked, kStart + 24h);
  timers.advance(kNever);
  EXPECT_EQ(never.fired, 0);
}

TEST(Timers, OneThatIsFarAwayFiresOnTime) {
  Timers timers(kStart);
  Probe probe;
  const Instant when = kStart + std::chrono::days(120);
  timers.arm(probe, when);
  for (Instant now = kStart; now < when; now += std::chrono::hours(7)) timers.advance(now);
  EXPECT_EQ(probe.fired, 0);
  timers.advance(when + 1ms);
  EXPECT_EQ(probe.fired, 1);
}

TEST(Timers, ACallbackMayRearmAndDestroyOthers) {
  struct Chain : Timer {
    explicit Chain(Timers& wheel) : Timer(&Chain::fire), timers(wheel) {}
    static void fire(Timer& timer) noexcept {
      auto& self = static_cast<Chain&>(timer);
      self.victim.reset();
      if (++self.fired < 3) self.timers.arm(self, kStart + 10ms * (self.fired + 1));
    }
    Timers& timers;
    int fired = 0;
    std::unique_ptr<Probe> victim = std::make_unique<Probe>();
  };
  Timers timers(kStart);
  Chain chain(timers);
  timers.arm(chain, kStart + 10ms);
  timers.arm(*chain.victim, kStart + 10ms);
  timers.advance(kStart + 1s);
  EXPECT_EQ(chain.fired, 3);
}

// Random arms, cancels and jumps against a map that knows every deadline.
TEST(Timers, AgreesWithANaiveModel) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    Timers timers(kStart);
    std::vector<std::unique_ptr<Probe>> probes;
    for (int i = 0; i < 20; ++i) probes.push_back(std::make_unique<Probe>());
    std::map<Probe*, Instant> model;
    Instant now = kStart;
    for (int step = 0; step < 60; ++step) {
      Probe& probe = *probes[random.below(probes.size())];
      const auto scale = std::uint64_t{1} << random.below(40);
      const Instant when = now + Duration(static_cast<Duration::rep>(random.below(scale)));
      switch (random.below(3)) {
        case 0:
          timers.arm(probe, when);
          model[&probe] = when;
          break;
        case 1:
          probe.cancel();
          model.erase(&probe);
          break;
        default:
          now = when;
          std::map<Probe*, int> before;
          for (const auto& p : probes) before[p.get()] = p->fired;
          timers.advance(now);
          for (const auto& p : probes) {
            const auto armed = model.find(p.get());
            const bool fired = p->fired > before[p.get()];
            const bool due = armed != model.end() && armed->second <= now;
            const bool surely = armed != model.end() && armed->second <= now - 1ms;
            ASSERT_TRUE(!fired || due) << "fired early, seed " << seed;
            ASSERT_TRUE(fired || !surely) << "fired late, seed " << seed;
            if (fired) model.erase(armed);
          }
      }
      const auto wake = timers.next_wake();
      for (const auto& [armed, at] : model) {
        ASSERT_TRUE(wake.has_value()) << "seed " << seed;
        ASSERT_LE(*wake, std::max(at, now) + 1ms) << "would wake too late, seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace lift
