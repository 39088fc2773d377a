#include "lift/telemetry/probability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

TEST(Probability, ThresholdsAreThoseOfTheSpecification) {
  struct Case {
    double probability;
    std::uint64_t threshold;
  };
  const Case cases[] = {
      {1, 0},
      {0.5, 0x80000000000000},
      {0.25, 0xc0000000000000},
      {0.75, 0x40000000000000},
      {0x1p-56, 0xffffffffffffff},
      {0, kKeepNone},
      {-1, kKeepNone},
      {2, 0},
      {std::numeric_limits<double>::quiet_NaN(), kKeepNone},
      {std::numeric_limits<double>::infinity(), 0},
  };
  for (const Case& c : cases) EXPECT_EQ(threshold_of(c.probability), c.threshold) << c.probability;
  for (const double p : {1.0, 0.5, 0.1, 0.01, 1e-6, 0.0})
    EXPECT_NEAR(probability_of(threshold_of(p)), p, 0x1p-52);
  EXPECT_EQ(probability_of(~std::uint64_t{0}), 0);
}

TEST(Probability, RandomnessIsTheLastSevenBytesUnlessTheStateGivesAnother) {
  const TraceId id = *parse_trace_id("0123456789abcdef01fedcba98765432");
  EXPECT_EQ(randomness_of(id, ""), 0xfedcba98765432);
  EXPECT_EQ(randomness_of(id, "ot=th:8;rv:00112233445566"), 0x00112233445566);
  EXPECT_EQ(randomness_of(id, "a=1,ot=rv:00112233445566,b=2"), 0x00112233445566);
  for (const std::string_view state :
       {"ot=rv:0011223344556", "ot=rv:001122334455667", "ot=rv:0011223344556G",
        "ot=rv:", "not=rv:00112233445566", "ot=th:8"}) {
    EXPECT_EQ(randomness_of(id, state), 0xfedcba98765432) << state;
  }
}

TEST(Probability, ReadsTheThresholdThatOthersState) {
  EXPECT_EQ(stated_threshold("ot=th:8"), 0x80000000000000);
  EXPECT_EQ(stated_threshold("ot=th:0"), 0);
  EXPECT_EQ(stated_threshold("a=1,ot=rv:00112233445566;th:c"), 0xc0000000000000);
  EXPECT_EQ(stated_threshold("ot=th:fffffffffffffe"), 0xfffffffffffffe);
  for (const std::string_view state :
       {"", "ot=", "ot=th:", "ot=th:fffffffffffffff", "ot=th:x", "ot=th:C", "th:8", "o=th:8"}) {
    EXPECT_EQ(stated_threshold(state), std::nullopt) << state;
  }
}

TEST(Probability, StatesItsOwnThresholdInFront) {
  struct Case {
    std::string_view state;
    std::uint64_t threshold;
    std::string_view then;
  };
  const Case cases[] = {
      {"", 0x80000000000000, "ot=th:8"},
      {"", 0, "ot=th:0"},
      {"", 0xfd70a3d70a3d71, "ot=th:fd70a3d70a3d71"},
      {"", 0x0c000000000000, "ot=th:0c"},
      {"a=1,b=2", 0x80000000000000, "ot=th:8,a=1,b=2"},
      {"a=1,ot=th:4,b=2", 0x80000000000000, "ot=th:8,a=1,b=2"},
      {"a=1,ot=rv:00112233445566;th:4;x:y", 0x80000000000000, "ot=th:8;rv:00112233445566;x:y,a=1"},
      {"a=1,ot=th:4", kKeepNone, "a=1"},
      {"ot=th:4", kKeepNone, ""},
      {"ot=th:4;rv:00112233445566", kKeepNone, "ot=rv:00112233445566"},
  };
  for (const Case& c : cases) {
    Arena arena;
    EXPECT_EQ(with_threshold(c.state, c.threshold, arena), c.then) << c.state;
  }
}

TEST(Probability, WhatItStatesStaysWithinTheLimits) {
  Arena arena;
  std::string state = "ot=";
  state += std::string().append(256, 'x');
  for (int i = 0; i < 31; ++i) state += ",k" + std::to_string(i) + "=v";
  const std::string_view checked = *parse_tracestate(std::array{std::string_view(state)}, arena);
  ASSERT_LE(checked.size(), kMaxTraceState);
  const std::string_view made = with_threshold(checked, 0xfd70a3d70a3d71, arena);
  EXPECT_LE(made.size(), kMaxTraceState);
  EXPECT_TRUE(made.starts_with("ot=th:fd70a3d70a3d71,k0=v,"));
  EXPECT_EQ(parse_tracestate(std::array{made}, arena), made);
  std::string full;
  for (int i = 0; i < 32; ++i) full += (i > 0 ? ",k" : "k") + std::to_string(i) + "=v";
  const std::string_view one_less = with_threshold(full, 0, arena);
  EXPECT_EQ(parse_tracestate(std::array{one_less}, arena), one_less);
  EXPECT_TRUE(one_less.ends_with(",k30=v"));
}

}  // namespace
}  // namespace lift
