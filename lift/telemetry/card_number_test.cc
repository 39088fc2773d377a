#include "lift/telemetry/detail/card_number.h"

#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"

namespace lift::detail {
namespace {

// The numbers that schemes and processors publish for tests.
TEST(CardNumber, KnowsTheSchemes) {
  for (const std::string_view digits :
       {"4111111111111111", "4242424242424242", "4012888888881881", "4222222222222",
        "5555555555554444", "5105105105105100", "2223003122003222", "2720994326581252",
        "378282246310005",  "371449635398431",  "6011111111111117", "6011000990139424",
        "30569309025904",   "38520000023237",   "36227206271667",   "3530111333300000",
        "3566002020360505", "6200000000000005", "6759649826438453", "6304000000000000",
        "5019717010103742", "2200000000000004", "6362970000457013", "9792030000000000"}) {
    EXPECT_TRUE(plausible_card(digits)) << digits;
  }
}

TEST(CardNumber, RefusesWhatIsIssuedByNobody) {
  for (const std::string_view digits :
       {"", "4111", "411111111111", "4111111111111112", "0000000000000000", "1111111111111117",
        "1700000000123", "9999999999999995", "41111111111111111111", "37828224631000",
        "55555555555544448", "411111111111116"}) {
    EXPECT_FALSE(plausible_card(digits)) << digits;
  }
}

// What the masking costs those who log long numbers: how many random ones look like a card.
TEST(CardNumber, FewRandomNumbersLookLikeOne) {
  constexpr int kTries = 50'000;
  constexpr double kMost[] = {0.018, 0.012, 0.014, 0.036, 0.023, 0.023, 0.032};  // 13 … 19
  SeededRandom random(2024);
  for (std::size_t length = 13; length <= 19; ++length) {
    int found = 0;
    for (int i = 0; i < kTries; ++i) {
      std::string digits;
      while (digits.size() < length) digits += static_cast<char>('0' + random.below(10));
      found += plausible_card(digits) ? 1 : 0;
    }
    const double rate = static_cast<double>(found) / kTries;
    RecordProperty("rate" + std::to_string(length), std::to_string(rate));
    EXPECT_LT(rate, kMost[length - 13]) << length;
    EXPECT_GT(rate, kMost[length - 13] / 2) << length << ": the bound tells nothing";
  }
}

TEST(CardNumber, MillisecondsOfOurTimeNeverLookLikeOne) {
  for (std::int64_t ms = 1'500'000'000'000; ms < 1'999'000'000'000; ms += 99'999'937)
    ASSERT_FALSE(plausible_card(std::to_string(ms))) << ms;
}

TEST(CardNumber, MeasuresGroupsFromWhereTheyBegin) {
  struct Case {
    std::string_view text;
    std::size_t at;
    std::size_t length;
  };
  const Case cases[] = {
      {"4111111111111111", 0, 16},
      {"x4111111111111111y", 1, 16},
      {"4111 1111 1111 1111", 0, 19},
      {"4111-1111-1111-1111-", 0, 19},
      {"4111 1111-1111 1111", 0, 0},
      {"4111  1111 1111 1111", 0, 0},
      {"4111 1111 1111 1111 123", 0, 19},
      {"4111111111111111 1", 0, 16},
      {"41111111111111111111", 0, 0},
      {"1", 0, 0},
      {"4111 1111 1111 1111 1111 1111", 0, 19},
  };
  for (const Case& c : cases) EXPECT_EQ(card_length(c.text, c.at), c.length) << c.text;
}

}  // namespace
}  // namespace lift::detail
