#include "lift/telemetry/put_metric_data.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(PutMetricData, IsAQueryForm) {
  const std::vector<CloudWatchSeries> series{
      {"requests.total", CloudWatchUnit::count, {{"operation", "/v1/{id}"}}, {{7, 1}}},
      {"requests.duration", CloudWatchUnit::milliseconds, {}, {{0, 2}, {12.5, 1}}}};
  const PutMetricData put = put_metric_data("Lift/x", series, kNoon);
  ASSERT_EQ(put.bodies.size(), 1U);
  EXPECT_EQ(put.datums, 2U);
  EXPECT_EQ(put.bodies[0],
            "Action=PutMetricData&Version=2010-08-01&Namespace=Lift%2Fx"
            "&MetricData.member.1.MetricName=requests.total"
            "&MetricData.member.1.Dimensions.member.1.Name=operation"
            "&MetricData.member.1.Dimensions.member.1.Value=%2Fv1%2F%7Bid%7D"
            "&MetricData.member.1.Timestamp=2026-03-14T12%3A00%3A01Z"
            "&MetricData.member.1.Value=7&MetricData.member.1.Unit=Count"
            "&MetricData.member.1.StorageResolution=60"
            "&MetricData.member.2.MetricName=requests.duration"
            "&MetricData.member.2.Timestamp=2026-03-14T12%3A00%3A01Z"
            "&MetricData.member.2.Values.member.1=0&MetricData.member.2.Values.member.2=12.5"
            "&MetricData.member.2.Counts.member.1=2&MetricData.member.2.Counts.member.2=1"
            "&MetricData.member.2.Unit=Milliseconds&MetricData.member.2.StorageResolution=60");
}

TEST(PutMetricData, NoDatumHasMoreThan150Values) {
  CloudWatchSeries series{"h", CloudWatchUnit::none, {}, {}};
  for (int i = 0; i < 301; ++i) series.values.push_back({static_cast<double>(i), 2});
  const PutMetricData put = put_metric_data("Lift", {&series, 1}, kNoon);
  EXPECT_EQ(put.datums, 3U);
  EXPECT_EQ(count_of(put.bodies[0], ".MetricName="), 3U);
  EXPECT_EQ(count_of(put.bodies[0], "&MetricData.member.1.Values."), 150U);
  EXPECT_EQ(count_of(put.bodies[0], "&MetricData.member.3.Counts."), 1U);
}

TEST(PutMetricData, NoBodyIsTooLargeOrHasMoreThanAThousand) {
  std::vector<CloudWatchSeries> series(2500, {"m", CloudWatchUnit::count, {}, {{1, 1}}});
  const PutMetricData small = put_metric_data("Lift", series, kNoon);
  EXPECT_EQ(small.bodies.size(), 3U);
  EXPECT_EQ(count_of(small.bodies[2], ".MetricName="), 500U);
  for (CloudWatchSeries& one : series) one.dimensions = {{"long", std::string(1000, '/')}};
  const PutMetricData large = put_metric_data("Lift", series, kNoon);
  std::size_t datums = 0;
  for (const std::string& body : large.bodies) {
    EXPECT_LE(body.size(), kPutMetricBytes);
    EXPECT_TRUE(body.contains("MetricData.member.1.MetricName="));
    datums += count_of(body, ".MetricName=");
  }
  EXPECT_EQ(datums, 2500U);
  EXPECT_EQ(large.datums, 2500U);
}

TEST(PutMetricData, RefusesWhatCloudWatchRefuses) {
  const double inf = std::numeric_limits<double>::infinity();
  const CloudWatchSeries series{"m",
                                CloudWatchUnit::none,
                                {},
                                {{-inf, 1},
                                 {std::ldexp(-1.1, 360), 2},
                                 {std::ldexp(1.0, 360), 1},
                                 {inf, 3},
                                 {std::nan(""), 4}}};
  const PutMetricData put = put_metric_data("Lift", {&series, 1}, kNoon);
  EXPECT_EQ(put.refused_values, 10U);
  EXPECT_EQ(put.datums, 1U);
  EXPECT_TRUE(put.bodies[0].contains(".Value=2.3485425827738332e%2B108&"));
  EXPECT_TRUE(put_metric_data("Lift", {}, kNoon).bodies.empty());
}

TEST(PutMetricData, NamespacesHaveRules) {
  for (const std::string_view good : {"Lift", "a", "A.b-c_d/e#f:g", "AWSome"})
    EXPECT_TRUE(is_metric_namespace(good)) << good;
  const std::string longest(256, 'x');
  for (const std::string_view bad : {"", ":a", "AWS/x", "a b", "\xc3\xa4", longest.c_str()})
    EXPECT_FALSE(is_metric_namespace(bad)) << bad;
}

TEST(Regression, D_CWM_a_period_is_one_datum_a_series) {
  const auto series = cloudwatch_view(sample_snapshot(), sample_resource());
  const PutMetricData put = put_metric_data("Lift", series, kNoon);
  EXPECT_EQ(put.datums, series.size());
  EXPECT_EQ(put.bodies.size(), 1U);
}

}  // namespace
}  // namespace lift
