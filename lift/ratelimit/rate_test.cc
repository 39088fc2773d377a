#include "lift/ratelimit/rate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(RateTest, IsReadAndWritten) {
  const struct {
    std::string text;
    Rate rate;
    std::string written;
  } cases[] = {
      {"100/s", per_second(100), "100/s"},
      {"1000/1h", per_hour(1000), "1000/h"},
      {"5/15m", {.count = 5, .per = 15min}, "5/15m"},
      {"1/250ms", {.count = 1, .per = 250ms}, "1/250ms"},
      {"600/60s", per_minute(600), "600/m"},
      {"1000000000/100d", {.count = 1'000'000'000, .per = 2400h}, "1000000000/100d"},
  };
  for (const auto& c : cases) {
    const Result<Rate> rate = Rate::parse(c.text);
    ASSERT_TRUE(rate) << c.text;
    EXPECT_EQ(*rate, c.rate) << c.text;
    EXPECT_EQ(rate->to_string(), c.written);
  }
}

TEST(RateTest, AnythingElseIsRefused) {
  for (const std::string text : {"",
                                 "100",
                                 "/s",
                                 "100/",
                                 "100/x",
                                 "-1/s",
                                 "0/s",
                                 "1.5/s",
                                 "100/s ",
                                 " 100/s",
                                 "100/0s",
                                 "100/-1s",
                                 "1000000001/s",
                                 "1/101d",
                                 "1/99999999999999999999s",
                                 "1e3/s",
                                 "100/ss",
                                 "100//s",
                                 "18446744073709551616/s",
                                 "100/18446744073709551615d"}) {
    const Result<Rate> rate = Rate::parse(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_EQ(rate.error().code, "bad_rate");
    EXPECT_FALSE(rate.error().message.empty());
  }
}

TEST(QuotaTest, BadOnesAreNamed) {
  const struct {
    Quota quota;
    std::vector<std::string> fields;
  } cases[] = {
      {{.rate = per_second(1)}, {}},
      {{.rate = per_second(0)}, {"rate.count"}},
      {{.rate = {.count = 1, .per = 0s}}, {"rate.per"}},
      {{.rate = {.count = 0, .per = -1s}}, {"rate.count", "rate.per"}},
      {{.rate = {.count = 1, .per = 2401h}}, {"rate.per"}},
      {{.rate = per_second(10), .burst = 0}, {"burst"}},
      {{.rate = per_second(10), .burst = 1'000'000'001}, {"burst"}},
      {{.rate = per_day(1), .burst = 100}, {}},
      {{.rate = per_day(1), .burst = 101}, {"burst"}},
  };
  for (const auto& c : cases) {
    std::vector<std::string> fields;
    for (const Problem& problem : c.quota.validate().list()) fields.push_back(problem.field);
    EXPECT_EQ(fields, c.fields) << c.quota.rate.to_string();
  }
  EXPECT_EQ(Quota{.rate = per_minute(60)}.burst_size(), 60U);
}

}  // namespace
}  // namespace lift
