#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/aws/detail/aws_time.h"
#include "lift/base/random.h"

namespace lift::detail {
namespace {

using namespace std::chrono_literals;
constexpr WallTime kThen{std::chrono::seconds(1'440'938'160)};

TEST(AwsTime, WritesTheDateOfASignature) {
  EXPECT_EQ(amz_date(kThen), "20150830T123600Z");
  EXPECT_EQ(amz_date(kThen + 999ms), "20150830T123600Z");
  EXPECT_EQ(amz_date(WallTime{}), "19700101T000000Z");
  EXPECT_EQ(amz_date(WallTime{std::chrono::seconds(1'709'251'199)}), "20240229T235959Z");
}

TEST(AwsTime, ReadsIso8601) {
  const std::vector<std::pair<std::string, std::optional<WallTime>>> table = {
      {"2015-08-30T12:36:00Z", kThen},
      {"2015-08-30T12:36:00.123456789012Z", kThen},
      {"2015-08-30T14:36:00+02:00", kThen},
      {"2015-08-30T05:06:00-07:30", kThen},
      {"2015-08-30T12:36:00", std::nullopt},
      {"2015-08-30T12:36:00.Z", std::nullopt},
      {"2015-08-30T12:36:00ZZ", std::nullopt},
      {"2015-08-30 12:36:00Z", std::nullopt},
      {"2015-02-30T12:36:00Z", std::nullopt},
      {"2015-08-30T24:36:00Z", std::nullopt},
      {"9999-08-30T12:36:00Z", std::nullopt},
      {"1969-12-31T23:59:59Z", std::nullopt},
      {"20150830T123600Z", std::nullopt},
      {"", std::nullopt},
      {"never", std::nullopt},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(parse_iso8601(text), expected) << text;
}

TEST(AwsTime, ReadsTheDateHeader) {
  EXPECT_EQ(parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), kThen);
  for (const std::string_view bad :
       {"", "Sun, 30 Aug 2015 12:36:00", "Sun, 30 Aug 2015 12:36:00 UTC",
        "Sunday, 30-Aug-15 12:36:00 GMT", "Sun Aug 30 12:36:00 2015",
        "Sun, 31 Feb 2015 12:36:00 GMT", "Sun, 3 Aug 2015 12:36:00 GMT",
        "Sun, 30 Agu 2015 12:36:00 GMT"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
}

TEST(AwsTime, ReadsWhatItWrites) {
  SeededRandom random(7);
  for (int i = 0; i < 1000; ++i) {
    const WallTime time{std::chrono::seconds(random.below(7'000'000'000))};
    const std::string s = amz_date(time);
    const std::string iso = s.substr(0, 4) + '-' + s.substr(4, 2) + '-' + s.substr(6, 5) + ':' +
                            s.substr(11, 2) + ':' + s.substr(13);
    ASSERT_EQ(parse_iso8601(iso), time) << iso;
  }
}

}  // namespace
}  // namespace lift::detail
