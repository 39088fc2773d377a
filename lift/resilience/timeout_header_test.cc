#include "lift/resilience/timeout_header.h"

#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Case {
  std::string_view text;
  std::optional<Duration> time;
};

TEST(GrpcTimeout, ReadsEveryUnitAndRefusesAllElse) {
  const Case cases[] = {
      {"1H", 1h},
      {"2M", 2min},
      {"3S", 3s},
      {"4m", 4ms},
      {"5u", 5us},
      {"6n", 6ns},
      {"0n", 0ns},
      {"00000001S", 1s},
      {"99999999n", 99'999'999ns},
      {"99999999S", 99'999'999s},
      {"87600H", kLongestTimeout},
      {"87601H", std::nullopt},
      {"99999999H", std::nullopt},
      {"99999999M", std::nullopt},
      {"100000000n", std::nullopt},
      {"", std::nullopt},
      {"S", std::nullopt},
      {"1", std::nullopt},
      {"1s", std::nullopt},
      {"1h", std::nullopt},
      {"1 S", std::nullopt},
      {" 1S", std::nullopt},
      {"1S ", std::nullopt},
      {"-1S", std::nullopt},
      {"+1S", std::nullopt},
      {"1.5S", std::nullopt},
      {"0x1S", std::nullopt},
      {"1SS", std::nullopt},
      {"\xd9\xa1S", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_grpc_timeout(c.text), c.time) << '"' << c.text << '"';
}

TEST(TimeoutMs, ReadsWholeMillisecondsAndTakesANegativeAsUsedUp) {
  const Case cases[] = {
      {"1", 1ms},
      {"250", 250ms},
      {"0", 0ms},
      {"007", 7ms},
      {"-1", 0ms},
      {"-999999999999999999", 0ms},
      {"315360000000", kLongestTimeout},
      {"315360000001", std::nullopt},
      {"999999999999999999", std::nullopt},
      {"9999999999999999999", std::nullopt},
      {"18446744073709551616", std::nullopt},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"--1", std::nullopt},
      {"+1", std::nullopt},
      {"1.0", std::nullopt},
      {"1e3", std::nullopt},
      {"1ms", std::nullopt},
      {" 1", std::nullopt},
      {"1, 2", std::nullopt},
      {"nan", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_timeout_ms(c.text), c.time) << '"' << c.text << '"';
}

TEST(TimeoutHeaders, WhatIsReadIsNeverNegativeAndNeverTooLong) {
  SeededRandom random(7);
  constexpr std::string_view kAlphabet = "0123456789HMSmun-+ .x";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(21); n > 0; --n)
      text += kAlphabet[random.below(kAlphabet.size())];
    for (const auto time : {parse_grpc_timeout(text), parse_timeout_ms(text)}) {
      if (!time) continue;
      EXPECT_GE(*time, 0ns) << text;
      EXPECT_LE(*time, kLongestTimeout) << text;
    }
  }
}

}  // namespace
}  // namespace lift
