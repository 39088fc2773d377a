#include "lift/telemetry/put_log_events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

PutLogEvents put(const std::vector<LogEvent>& events, std::size_t cap = 256 * 1024 - 26) {
  return put_log_events({.group = "g", .stream = "s", .event_cap = cap}, events, kNoon);
}

TEST(PutLogEvents, SortsByTimeAndKeepsTheOrderOfEqualTimes) {
  const auto result = put({{kNoon + milliseconds(2), "c\n"},
                           {kNoon, "a"},
                           {kNoon + milliseconds(2), "d"},
                           {kNoon + milliseconds(1), "{\"b\":\"\xff\"}\n"}});
  ASSERT_EQ(result.bodies.size(), 1U);
  EXPECT_EQ(result.bodies[0].events, 4U);
  EXPECT_EQ(result.bodies[0].text,
            R"({"logGroupName":"g","logStreamName":"s","logEvents":[)"
            R"({"timestamp":1773489601234,"message":"a"},)"
            "{\"timestamp\":1773489601235,\"message\":\"{\\\"b\\\":\\\"\xef\xbf\xbd\\\"}\"},"
            R"({"timestamp":1773489601236,"message":"c"},)"
            R"({"timestamp":1773489601236,"message":"d"}]})");
}

TEST(PutLogEvents, DropsAndCountsWhatWouldRefuseTheBatch) {
  const std::string large(2000, 'x');
  const auto result = put({{kNoon - hours(14 * 24) - milliseconds(1), "old"},
                           {kNoon - hours(14 * 24), "just"},
                           {kNoon + hours(2) + milliseconds(1), "new"},
                           {kNoon, "\n"},
                           {kNoon, large}},
                          1999);
  EXPECT_EQ(result.drops.too_old, 1U);
  EXPECT_EQ(result.drops.too_new, 1U);
  EXPECT_EQ(result.drops.empty, 1U);
  EXPECT_EQ(result.drops.too_large, 1U);
  ASSERT_EQ(result.bodies.size(), 1U);
  EXPECT_EQ(result.bodies[0].events, 1U);
}

TEST(Regression, L_O8_a_batch_spans_less_than_a_day) {
  const auto result =
      put({{kNoon, "3"}, {kNoon - hours(24), "1"}, {kNoon - hours(24) + milliseconds(1), "2"}});
  ASSERT_EQ(result.bodies.size(), 2U);
  EXPECT_EQ(result.bodies[0].events, 2U);
  EXPECT_EQ(result.bodies[1].events, 1U);
}

TEST(Regression, L_O7_a_batch_has_up_to_ten_thousand_events) {
  const std::vector<LogEvent> events(25'001, {kNoon, "x"});
  const auto result = put(events);
  ASSERT_EQ(result.bodies.size(), 3U);
  EXPECT_EQ(result.bodies[0].events, 10'000U);
  EXPECT_EQ(result.bodies[2].events, 5'001U);
}

TEST(Regression, L_O8_a_batch_counts_utf8_and_26_bytes_an_event) {
  // 1,048,576 bytes are 1,024 events of 998 + 26 bytes exactly.
  const std::string line(998, 'x');
  EXPECT_EQ(put(std::vector<LogEvent>(1024, {kNoon, line})).bodies.size(), 1U);
  EXPECT_EQ(put(std::vector<LogEvent>(1025, {kNoon, line})).bodies.size(), 2U);
  // 332 bytes that are not UTF-8 become 996.
  const std::string broken = std::string(332, '\xff') + "xx";
  EXPECT_EQ(put(std::vector<LogEvent>(1024, {kNoon, broken})).bodies.size(), 1U);
  EXPECT_EQ(put(std::vector<LogEvent>(1025, {kNoon, broken})).bodies.size(), 2U);
}

TEST(PutLogEvents, NothingGivenIsNothingSent) { EXPECT_TRUE(put({}).bodies.empty()); }

TEST(PutLogEvents, CountsWhatAnAnswerRefused) {
  EXPECT_EQ(RejectedLogEvents{}.count(10), 0U);
  EXPECT_EQ((RejectedLogEvents{.too_new_start = 7, .too_old_end = 2, .expired_end = 3}).count(10),
            6U);
  EXPECT_EQ((RejectedLogEvents{.too_new_start = 0, .too_old_end = 99, .expired_end = {}}).count(10),
            10U);
  EXPECT_EQ(
      (RejectedLogEvents{.too_new_start = 99, .too_old_end = {}, .expired_end = {}}).count(10), 0U);
}

TEST(PutLogEvents, ItsOptionsHaveRules) {
  EXPECT_TRUE((PutLogEventsOptions{.group = "/aws/x-y_z.#", .stream = "a b"}).validate().empty());
  EXPECT_EQ(
      (PutLogEventsOptions{.group = "a b", .stream = "c:d", .event_cap = 1}).validate().text(),
      "group: value \"a b\" must be 1 to 512 of A-Z a-z 0-9 . - _ / #\n"
      "stream: value \"c:d\" must be 1 to 512 bytes without : and *\n"
      "event_cap: value \"1\" must be 1024 to 1048550 bytes");
}

}  // namespace
}  // namespace lift
