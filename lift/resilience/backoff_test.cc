#include "lift/resilience/backoff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

Backoff exact(BackoffKind kind, Duration base, Duration cap, double factor = 2) {
  return Backoff::make({.kind = kind, .base = base, .cap = cap, .factor = factor, .jitter = false})
      .value();
}

std::vector<Duration> first(const Backoff& backoff, int count) {
  SeededRandom random(1);
  std::vector<Duration> out;
  for (int i = 1; i <= count; ++i) {
    const Duration last = out.empty() ? Duration::zero() : out.back();
    out.push_back(backoff.delay(static_cast<std::uint64_t>(i), last, random));
  }
  return out;
}

TEST(Backoff, EveryKindHasItsSequence) {
  using Waits = std::vector<Duration>;
  EXPECT_EQ(first(exact(BackoffKind::fixed, 10ms, 1s), 3), (Waits{10ms, 10ms, 10ms}));
  EXPECT_EQ(first(exact(BackoffKind::linear, 10ms, 35ms), 5),
            (Waits{10ms, 20ms, 30ms, 35ms, 35ms}));
  EXPECT_EQ(first(exact(BackoffKind::exponential, 10ms, 100ms), 5),
            (Waits{10ms, 20ms, 40ms, 80ms, 100ms}));
  EXPECT_EQ(first(exact(BackoffKind::exponential, 100ms, 1s, 1.5), 4),
            (Waits{100ms, 150ms, 225ms, 337'500us}));
}

TEST(Backoff, DecorrelatedStaysBetweenBaseAndThriceTheLast) {
  const Backoff backoff =
      Backoff::make({.kind = BackoffKind::decorrelated, .base = 10ms, .cap = 1s}).value();
  SeededRandom random(3);
  Duration last{};
  for (std::uint64_t i = 1; i < 10'000; ++i) {
    const Duration wait = backoff.delay(i, last, random);
    ASSERT_GE(wait, 10ms);
    ASSERT_LE(wait, std::min<Duration>(1s, 3 * std::max<Duration>(last, 10ms)));
    last = wait;
  }
}

TEST(Backoff, FullJitterIsUniformFromNothingToTheWait) {
  const Backoff backoff =
      Backoff::make({.kind = BackoffKind::fixed, .base = 100ms, .cap = 1s}).value();
  SeededRandom random(5);
  std::vector<int> tenths(10);
  for (int i = 0; i < 10'000; ++i) {
    const Duration wait = backoff.delay(1, 0ns, random);
    ++tenths[std::min<std::size_t>(9, static_cast<std::size_t>(wait / 10ms))];
  }
  for (const int count : tenths) EXPECT_NEAR(count, 1000, 150);
}

TEST(Backoff, BadOptionsAreNamedAllAtOnce) {
  const BackoffOptions bad{.base = 0ns, .cap = 25h, .factor = std::nan("")};
  const Problems problems = bad.validate();
  ASSERT_EQ(problems.list().size(), 3U);
  EXPECT_EQ(problems.list()[0].field, "base");
  EXPECT_EQ(problems.list()[1].field, "cap");
  EXPECT_EQ(problems.list()[2].field, "factor");
  EXPECT_FALSE(Backoff::make({.kind = BackoffKind::custom}));
  EXPECT_FALSE(Backoff::make({.custom = [](std::uint64_t, Duration) { return Duration(1ms); }}));
  EXPECT_FALSE(Backoff::make({.base = 2s, .cap = 1s}));
  EXPECT_FALSE(Backoff::make({.factor = 0.5}));
  EXPECT_TRUE(Backoff::make({}));
}

TEST(Regression, D_RT_3_no_attempt_number_overflows_or_passes_the_cap) {
  SeededRandom random(7);
  for (const BackoffKind kind : {BackoffKind::fixed, BackoffKind::linear, BackoffKind::exponential,
                                 BackoffKind::decorrelated}) {
    const Backoff backoff = Backoff::make({.kind = kind, .base = 100ms, .cap = 30s}).value();
    const Backoff plain = exact(kind, 100ms, 30s);
    for (const std::uint64_t retry :
         {std::uint64_t{1}, std::uint64_t{38}, std::uint64_t{64}, std::uint64_t{1} << 40U, kAll}) {
      for (const Duration last : {Duration::min(), Duration(0), Duration::max()}) {
        const Duration wait = backoff.delay(retry, last, random);
        EXPECT_GE(wait, 0ns);
        EXPECT_LE(wait, 30s);
      }
      if (kind == BackoffKind::exponential && retry >= 38) {
        EXPECT_EQ(plain.delay(retry, 0ns, random), 30s);
      }
    }
  }
}

TEST(Regression, D_RT_4_jitter_never_passes_the_cap) {
  SeededRandom random(11);
  for (const BackoffKind kind : {BackoffKind::fixed, BackoffKind::linear, BackoffKind::exponential,
                                 BackoffKind::decorrelated}) {
    const Backoff backoff = Backoff::make({.kind = kind, .base = 90ms, .cap = 100ms}).value();
    Duration last{};
    for (std::uint64_t i = 1; i < 20'000; ++i) {
      last = backoff.delay(i, last, random);
      ASSERT_LE(last, 100ms);
      ASSERT_GE(last, 0ns);
    }
  }
}

TEST(Regression, D_RT_5_a_custom_function_is_given_the_last_wait) {
  std::vector<std::pair<std::uint64_t, Duration>> seen;
  const Backoff backoff = Backoff::make({.kind = BackoffKind::custom,
                                         .cap = 1s,
                                         .jitter = false,
                                         .custom =
                                             [&](std::uint64_t retry, Duration last) {
                                               seen.emplace_back(retry, last);
                                               if (retry == 3) return Duration(-5ms);
                                               return retry == 4 ? Duration(2s) : last + 10ms;
                                             }})
                              .value();
  EXPECT_EQ(first(backoff, 4), (std::vector<Duration>{10ms, 20ms, 0ms, 1s}));
  using Call = std::pair<std::uint64_t, Duration>;
  EXPECT_EQ(seen, (std::vector<Call>{{1, 0ms}, {2, 10ms}, {3, 20ms}, {4, 0ms}}));
}

TEST(Regression, D_RT_10_jitter_is_on_by_default) {
  const Backoff backoff;
  SeededRandom random(13);
  EXPECT_TRUE(BackoffOptions{}.jitter);
  EXPECT_NE(backoff.delay(10, 0ns, random), backoff.delay(10, 0ns, random));
}

}  // namespace
}  // namespace lift
