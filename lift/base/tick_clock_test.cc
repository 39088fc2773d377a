#include "lift/base/detail/tick_clock.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "lift/base/clock.h"
#include "lift/base/random.h"

namespace lift {
namespace {

/// A machine whose counter counts 2.5 a nanosecond of its kernel's clock, as long as nothing else
/// is wanted.
struct Machine {
  double ticks = 1e12;
  double ns = 5e9;
  double per_ns = 2.5;
  int looks = 0;
  double look_takes = 0;  // ns, before the kernel's clock is read

  void pass(double more) {
    ns += more;
    ticks += more * per_ns;
  }
};
struct MachineSource {
  Machine* machine;
  [[nodiscard]] std::uint64_t ticks() const { return static_cast<std::uint64_t>(machine->ticks); }
  [[nodiscard]] std::int64_t kernel() const {
    ++machine->looks;
    const auto ns = static_cast<std::int64_t>(machine->ns);
    machine->pass(machine->look_takes);
    return ns;
  }
};

class TickClockTest : public testing::Test {
 protected:
  std::int64_t now() {
    const std::int64_t ns = clock_.now();
    EXPECT_GE(ns, last_);
    return last_ = ns;
  }
  [[nodiscard]] double off() { return static_cast<double>(now()) - machine_.ns; }
  void warm() {
    (void)now();
    machine_.pass(10e6);
    (void)now();
    machine_.looks = 0;
  }

  Machine machine_;
  detail::TickClock<MachineSource> clock_{MachineSource{&machine_}};
  std::int64_t last_ = 0;
};

TEST_F(TickClockTest, AsksTheKernelUntilItKnowsTheRateAndThenOnceASpan) {
  for (int i = 0; i < 90; ++i) {
    EXPECT_NEAR(off(), 0, 1);
    machine_.pass(100e3);
  }
  EXPECT_EQ(machine_.looks, 90);
  machine_.pass(2e6);
  (void)now();
  machine_.looks = 0;
  for (int i = 0; i < 10'000; ++i) {
    machine_.pass(100);
    ASSERT_NEAR(off(), 0, 2);
  }
  EXPECT_NEAR(machine_.looks, 10, 1);
}

TEST_F(TickClockTest, StaysWithTheKernelWhileThatSlewsItsClock) {
  warm();
  SeededRandom random(1);
  for (int i = 0; i < 100'000; ++i) {
    if (i % 1000 == 0) machine_.per_ns = 2.5 * (1 + (random.uniform() - 0.5) * 1e-3);
    machine_.pass(static_cast<double>(random.below(100'000)));
    ASSERT_NEAR(off(), 0, 110) << i;
  }
}

TEST_F(TickClockTest, ALongPauseIsSeenAtOnce) {
  warm();
  machine_.pass(3600e9);
  EXPECT_NEAR(off(), 0, 1);
  machine_.pass(50e3);
  EXPECT_NEAR(off(), 0, 2);
}

TEST_F(TickClockTest, ALookThatWasInterruptedAnchorsNothing) {
  warm();
  machine_.pass(200e3);
  machine_.look_takes = 5e6;  // the thread was taken off its core in the middle
  EXPECT_NEAR(off(), -5e6, 1) << "as any clock";
  machine_.look_takes = 0;
  machine_.pass(10);
  EXPECT_NEAR(off(), 0, 2);
}

TEST_F(TickClockTest, NeverGoesBackWhenTheCounterWasFaster) {
  warm();
  machine_.per_ns = 2.52;
  for (int i = 0; i < 2000; ++i) {
    machine_.pass(90);
    (void)now();  // looks that it does not go back
  }
}

TEST_F(TickClockTest, ACounterThatRunsUnevenlyIsNotAskedAgain) {
  for (const double unevenly : {5.0, 1.0, 0.1, -2.5}) {
    machine_ = Machine{};
    clock_ = detail::TickClock<MachineSource>(MachineSource{&machine_});
    last_ = 0;
    warm();
    machine_.per_ns = unevenly;
    machine_.pass(20e6);
    (void)now();
    machine_.pass(20e6);
    (void)now();
    machine_.looks = 0;
    for (int i = 0; i < 100; ++i) {
      machine_.pass(100);
      EXPECT_NEAR(off(), 0, 1) << unevenly;
    }
    EXPECT_EQ(machine_.looks, 100) << unevenly;
  }
}

TEST(SystemClockTest, IsTheKernelsMonotonicClock) {
  const SystemClock clock;
  const std::int64_t begin = detail::TickSource::kernel();
  std::int64_t before = begin;
  while (before - begin < 50'000'000) {
    before = detail::TickSource::kernel();
    const std::int64_t now = clock.now().time_since_epoch().count();
    const std::int64_t coarse = clock.coarse().time_since_epoch().count();
    const std::int64_t after = detail::TickSource::kernel();
    ASSERT_GE(now, before - 1000);
    ASSERT_LE(now, after + 1000);
    ASSERT_LE(coarse, after);
  }
}

}  // namespace
}  // namespace lift
