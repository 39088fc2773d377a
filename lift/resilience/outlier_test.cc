#include "lift/resilience/outlier.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;
using enum OutcomeKind;

constexpr Instant kStart{100s};

class OutlierTest : public testing::Test {
 protected:
  void fail(OutlierDetector& outliers, std::size_t endpoint, int times, Instant now) {
    for (int i = 0; i < times; ++i) outliers.record(endpoint, failure, now, random_);
  }
  void requests(OutlierDetector& outliers, std::size_t endpoint, int good, int bad, Instant now) {
    for (int i = 0; i < good; ++i) outliers.record(endpoint, success, now, random_);
    for (int i = 0; i < bad; ++i) {
      outliers.record(endpoint, failure, now, random_);
      outliers.record(endpoint, success, now, random_);  // never many in a row
    }
  }
  SeededRandom random_{7};
};

TEST_F(OutlierTest, EjectsAfterFailuresInARowAndTakesItBackByItself) {
  OutlierDetector outliers(3, {});
  fail(outliers, 1, 4, kStart);
  EXPECT_TRUE(outliers.available(1, kStart));
  fail(outliers, 1, 1, kStart);
  EXPECT_FALSE(outliers.available(1, kStart));
  EXPECT_TRUE(outliers.available(0, kStart));
  EXPECT_EQ(outliers.ejected(kStart), 1U);
  EXPECT_FALSE(outliers.available(1, kStart + 30s - 1ns));
  EXPECT_TRUE(outliers.available(1, kStart + 33s));
  EXPECT_EQ(outliers.ejected(kStart + 33s), 0U);
  EXPECT_EQ(outliers.ejections(), 1U);
}

TEST_F(OutlierTest, ASuccessEndsTheRowAndNeutralOutcomesDoNot) {
  OutlierDetector outliers(3, {});
  fail(outliers, 1, 4, kStart);
  outliers.record(1, success, kStart, random_);
  fail(outliers, 1, 4, kStart);
  EXPECT_TRUE(outliers.available(1, kStart));
  for (const OutcomeKind kind : {rejected, overload, cancelled_by_caller, cancelled_by_us}) {
    outliers.record(1, kind, kStart, random_);
  }
  outliers.record(1, timeout, kStart, random_);
  EXPECT_FALSE(outliers.available(1, kStart));
}

TEST_F(OutlierTest, EachEjectionIsLongerAndTheCapHolds) {
  OutlierDetector outliers(2, {.interval = 1h, .base_ejection = 10s, .max_ejection = 25s});
  Instant now = kStart;
  for (const Duration least : {10s, 20s, 25s, 25s}) {
    fail(outliers, 0, 5, now);
    EXPECT_FALSE(outliers.available(0, now + least - 1ns));
    now += least * 11 / 10;
    EXPECT_TRUE(outliers.available(0, now));
  }
}

TEST_F(OutlierTest, WhoDidWellForAnIntervalIsForgivenOne) {
  OutlierDetector outliers(2, {.base_ejection = 10s});
  outliers.record(1, success, kStart, random_);
  fail(outliers, 0, 5, kStart);
  outliers.record(1, success, kStart + 20s, random_);  // the end of an interval, back again
  fail(outliers, 0, 5, kStart + 20s);
  EXPECT_TRUE(outliers.available(0, kStart + 31s)) << "ten seconds again, not twenty";
}

TEST_F(OutlierTest, NeverMoreThanItsPartIsOutAndNeverTheOnlyOne) {
  OutlierDetector ten(10, {.max_ejected = 0.3});
  for (std::size_t i = 0; i < 10; ++i) fail(ten, i, 5, kStart);
  EXPECT_EQ(ten.ejected(kStart), 3U);
  OutlierDetector two(2, {.max_ejected = 0});
  for (std::size_t i = 0; i < 2; ++i) fail(two, i, 5, kStart);
  EXPECT_EQ(two.ejected(kStart), 1U);
  OutlierDetector one(1, {.max_ejected = 1});
  fail(one, 0, 50, kStart);
  EXPECT_EQ(one.ejected(kStart), 0U);
}

TEST_F(OutlierTest, EjectsWhoIsFarBelowTheMean) {
  OutlierDetector outliers(6, {.consecutive_failures = 1000});
  requests(outliers, 0, 1, 0, kStart);  // begins the interval
  for (std::size_t i = 0; i < 5; ++i) requests(outliers, i, 198, 1, kStart + 1s);
  requests(outliers, 5, 100, 50, kStart + 1s);
  EXPECT_EQ(outliers.ejected(kStart + 9s), 0U) << "only at the interval's end";
  outliers.record(0, success, kStart + 10s, random_);
  EXPECT_FALSE(outliers.available(5, kStart + 10s));
  EXPECT_EQ(outliers.ejected(kStart + 10s), 1U);
}

TEST_F(OutlierTest, ComparesNobodyWithFewRequestsOrFewEndpoints) {
  for (const auto& [endpoints, scale] : {std::pair{6, 10}, std::pair{4, 1}}) {
    OutlierDetector outliers(static_cast<std::size_t>(endpoints), {.consecutive_failures = 1000});
    outliers.record(0, success, kStart, random_);
    for (std::size_t i = 1; i < static_cast<std::size_t>(endpoints); ++i) {
      requests(outliers, i, 200 / scale, 0, kStart + 1s);
    }
    requests(outliers, 0, 0, 100 / scale, kStart + 1s);
    outliers.record(1, success, kStart + 10s, random_);
    EXPECT_EQ(outliers.ejected(kStart + 10s), 0U) << endpoints;
  }
}

TEST_F(OutlierTest, ThreadsNeverEjectMoreThanMayBeOut) {
  OutlierDetector outliers(20, {.consecutive_failures = 2, .max_ejected = 0.25});
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&outliers, t] {
      SeededRandom random(t);
      for (int i = 0; i < 20'000; ++i) {
        outliers.record(random.below(20), random.below(2) == 0 ? success : failure,
                        kStart + i * 1ms, random);
        EXPECT_LE(outliers.ejected(kStart + i * 1ms), 5U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(outliers.ejections(), 5U);
}

TEST_F(OutlierTest, BadOptionsAreNamed) {
  const OutlierOptions bad{.consecutive_failures = 0,
                           .interval = 1ms,
                           .base_ejection = 1h,
                           .max_ejection = 1min,
                           .max_ejected = 1.5,
                           .deviations = 0,
                           .minimum_endpoints = 1,
                           .minimum_requests = 0};
  EXPECT_EQ(bad.validate().text(),
            "consecutive_failures: value \"0\" must be 1 to 1000\n"
            "interval: value \"1 ms\" must be 100 ms to 1 h\n"
            "base_ejection: value \"3600000 ms\" must be 100 ms to max_ejection\n"
            "max_ejected: value \"1.500000\" must be 0 to 1\n"
            "deviations: value \"0.000000\" must be 0.1 to 10\n"
            "minimum_endpoints: value \"1\" must be 2 to 1000\n"
            "minimum_requests: value \"0\" must be 1 to 1000000");
  EXPECT_TRUE(OutlierOptions().validate().empty());
}

}  // namespace
}  // namespace lift
