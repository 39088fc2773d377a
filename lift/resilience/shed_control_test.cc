#include "lift/resilience/shed_control.h"

#include <gtest/gtest.h>

#include <chrono>

namespace lift {
namespace {

using namespace std::chrono_literals;

class ShedControlTest : public testing::Test {
 protected:
  static ShedControl::Arrivals even(std::uint64_t each) {
    ShedControl::Arrivals arrivals{};
    for (std::uint64_t& level : arrivals) level = each;
    return arrivals;
  }
  /// Of 1,000 requests of a level.
  int admitted(ShedLevel level) {
    int count = 0;
    for (int i = 0; i < 1000; ++i) count += control.admits(level, random) ? 1 : 0;
    return count;
  }
  double share_of(const ShedControl::Arrivals& arrivals) {
    double all = 0;
    double passed = 0;
    for (std::size_t level = 0; level < arrivals.size(); ++level) {
      all += static_cast<double>(arrivals[level]);
      passed +=
          static_cast<double>(arrivals[level]) * admitted(static_cast<ShedLevel>(level)) / 1000;
    }
    return passed / all;
  }
  ShedControl control{0.95};
  SeededRandom random{1};
};

TEST_F(ShedControlTest, AdmitsAllAtFirst) {
  EXPECT_TRUE(control.open());
  EXPECT_EQ(admitted(0), 1000);
}

TEST_F(ShedControlTest, TurnsTheLowestAwayFirst) {
  control.admit_share(even(10), 0.6);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::low, 5)), 0);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::normal, 5)), 0);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::normal, 120)), 1000);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::high, 5)), 1000);
  EXPECT_NEAR(share_of(even(10)), 0.6, 0.005);
}

/// One tenant that is most of the traffic is turned away in part.
TEST_F(ShedControlTest, AnyShareIsMetWhateverTheLevels) {
  ShedControl::Arrivals arrivals{};
  arrivals[ShedControl::level_of(Priority::normal, 40)] = 9000;
  arrivals[ShedControl::level_of(Priority::normal, 80)] = 500;
  arrivals[ShedControl::level_of(Priority::low, 3)] = 500;
  for (const double share : {0.9, 0.5, 0.2, 0.06}) {
    control.admit_share(arrivals, share);
    EXPECT_NEAR(share_of(arrivals), share, 0.04) << share;
  }
}

TEST_F(ShedControlTest, NeverTheCriticalAndNeverMoreThanItMay) {
  control.admit_share(even(10), 0);
  EXPECT_EQ(admitted(ShedControl::kNever), 1000);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::critical, 0)), 1000);
  EXPECT_EQ(admitted(ShedControl::level_of(Priority::high, 127)), 0);
  ShedControl::Arrivals only_low{};
  only_low[3] = 1000;
  control.admit_share(only_low, 0);
  EXPECT_NEAR(admitted(3), 50, 30) << "some come through, and tell how it is";
}

TEST_F(ShedControlTest, AdmitsLessTheLongerTheWait) {
  const auto arrivals = even(100);
  control.window(arrivals, true, 21ms, 20ms);
  EXPECT_NEAR(share_of(arrivals), 0.95, 0.01);
  control.window(arrivals, true, 25ms, 20ms);
  EXPECT_NEAR(share_of(arrivals), 0.95 * 0.8, 0.01);
  control.window(arrivals, true, 10s, 20ms);
  EXPECT_NEAR(share_of(arrivals), 0.95 * 0.8 * 0.7, 0.01) << "by 30 % at most";
  control.window(arrivals, true, 0ms, 20ms);
  EXPECT_NEAR(share_of(arrivals), 0.95 * 0.8 * 0.7 * 0.95, 0.01) << "for other reasons, by little";
}

TEST_F(ShedControlTest, OpensAgainWithinSeconds) {
  ShedControl::Arrivals only_normal{};
  for (std::size_t i = 0; i < ShedControl::kCohorts; ++i) {
    only_normal[ShedControl::level_of(Priority::normal, i)] = 100;
  }
  control.admit_share(only_normal, 0.05);
  int windows = 0;
  for (; !control.open(); ++windows) control.window(only_normal, false, 1ms, 20ms);
  EXPECT_LE(windows, 10);
  control.admit_share(only_normal, 0.05);
  for (windows = 0; !control.open(); ++windows) control.window(only_normal, false, 15ms, 20ms);
  EXPECT_NEAR(windows, 95, 2) << "slowly, where it is near the limit";
}

TEST_F(ShedControlTest, WithoutArrivalsItIsOver) {
  control.admit_share(even(1), 0.1);
  control.window({}, false, 0ms, 20ms);
  EXPECT_TRUE(control.open());
}

}  // namespace
}  // namespace lift
