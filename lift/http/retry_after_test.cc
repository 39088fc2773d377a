#include "lift/http/retry_after.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h};

TEST(RetryAfter, ReadsSecondsAndDates) {
  struct Case {
    std::string_view text;
    std::optional<Duration> time;
  };
  const Case cases[] = {
      {"0", 0s},
      {"1", 1s},
      {"0120", 120s},
      {"999999999", std::chrono::hours(24 * 3650)},
      {"Fri, 02 Jan 2026 03:00:30 GMT", 30s},
      {"Fri, 02 Jan 2026 02:59:59 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
      {"Sat, 31 Dec 9999 23:59:60 GMT", std::chrono::hours(24 * 3650)},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"+1", std::nullopt},
      {"1.5", std::nullopt},
      {" 1", std::nullopt},
      {"soon", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"Fri, 30 Feb 2026 03:00:30 GMT", std::nullopt},
      {"Fri, 02 anF 2026 03:00:30 GMT", std::nullopt},
      {"Fri, 02 Jan 2026 24:00:30 GMT", std::nullopt},
      {"Fri, 02 Jan 2026 03:00:30 CET", std::nullopt},
      {"Fri, 02 Jan 2026 03-00:30 GMT", std::nullopt},
      {"Fri, -2 Jan 2026 03:00:30 GMT", std::nullopt},
      {"Sunday, 06-Nov-94 08:49:37 GMT", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_retry_after(c.text, kNow), c.time) << c.text;
}

}  // namespace
}  // namespace lift
