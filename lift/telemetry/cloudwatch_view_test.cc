#include "lift/telemetry/cloudwatch_view.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

// "name unit {a=b,c=d}" -> "value*count …", without service and environment.
std::map<std::string, std::string> view_of(const MetricSnapshot& delta,
                                           const Resource& resource = {.service = {}}) {
  std::map<std::string, std::string> out;
  for (const CloudWatchSeries& series : cloudwatch_view(delta, resource)) {
    std::string key = series.name + " " + std::string(to_string(series.unit)) + " {";
    for (const Label& label : series.dimensions) {
      if (!key.ends_with('{')) key += ',';
      key += label.first + "=" + label.second;
    }
    std::string values;
    for (const WeightedValue& value : series.values) {
      if (!values.empty()) values += ' ';
      std::array<char, 32> text;
      std::snprintf(text.data(), text.size(), "%.6g*%llu", value.value,
                    static_cast<unsigned long long>(value.count));
      values += text.data();
    }
    out[key + "}"] = values;
  }
  return out;
}

TEST(CloudWatchView, HasTheOriginalsNamesAndDimensions) {
  const std::string quick = "0*1 11.5377*1 12.582*3";
  const std::string both = quick + " 957.603*2";
  const std::string route = "{operation=/v1/payments/{id},method=GET}";
  EXPECT_EQ(view_of(sample_snapshot()),
            (std::map<std::string, std::string>{
                {"orders.placed Count {shop=berlin}", "12*1"},
                {"queue.depth None {}", "2.5*1"},
                {"requests.active None {}", "3*1"},
                {"requests.duration Milliseconds " + route, both},
                {"requests.duration Milliseconds {}", both},
                {"requests.duration Milliseconds {tenant_id=acme}", both},
                {"requests.errors Count " + route, "2*1"},
                {"requests.errors Count {}", "2*1"},
                {"requests.errors Count {tenant_id=acme}", "2*1"},
                {"requests.total Count " + route, "7*1"},
                {"requests.total Count {status_class=2xx}", "5*1"},
                {"requests.total Count {status_class=5xx}", "2*1"},
                {"requests.total Count {tenant_id=acme}", "7*1"},
                {"requests.total Count {}", "7*1"},
                {"response.size Bytes " + route, "980.586*7"},
                {"response.size Bytes {}", "980.586*7"},
            }));
}

TEST(CloudWatchView, EachSeriesIsByServiceAndEnvironment) {
  for (const CloudWatchSeries& series : cloudwatch_view(sample_snapshot(), sample_resource())) {
    ASSERT_GE(series.dimensions.size(), 2U);
    EXPECT_EQ(series.dimensions[0], Label("service", "payments"));
    EXPECT_EQ(series.dimensions[1], Label("environment", "prod"));
  }
  for (const CloudWatchSeries& series : cloudwatch_view(sample_snapshot(), {.service = "s"})) {
    EXPECT_EQ(series.dimensions[0], Label("service", "s"));
    for (const Label& label : series.dimensions) EXPECT_NE(label.first, "environment");
  }
}

TEST(CloudWatchView, WhatCanBeAskedForIsWhatIsEmitted) {
  using Key = std::pair<std::string, std::vector<std::string>>;
  for (const Resource& resource : {sample_resource(), Resource{.service = "s"}}) {
    std::set<Key> promised;
    for (const CloudWatchMetric& metric : cloudwatch_metrics(resource)) {
      if (!metric.name.starts_with("re")) continue;
      promised.emplace(metric.name, std::vector<std::string>(metric.dimensions.begin(),
                                                             metric.dimensions.end()));
    }
    std::set<Key> emitted;
    for (const CloudWatchSeries& series : cloudwatch_view(sample_snapshot(), resource)) {
      if (!series.name.starts_with("re")) continue;
      std::vector<std::string> names;
      for (const Label& label : series.dimensions) names.push_back(label.first);
      emitted.emplace(series.name, names);
    }
    EXPECT_EQ(emitted, promised);
  }
}

TEST(Regression, D_CWM_no_dimension_is_empty) {
  for (const CloudWatchSeries& series : cloudwatch_view(sample_snapshot(), {.service = ""})) {
    std::set<std::string> names;
    for (const Label& label : series.dimensions) {
      EXPECT_TRUE(is_dimension_value(label.second));
      EXPECT_TRUE(names.insert(label.first).second);
    }
  }
}

TEST(Regression, D_CWM_durations_are_in_milliseconds_and_say_so) {
  const auto view = view_of(sample_snapshot());
  EXPECT_TRUE(view.contains("requests.duration Milliseconds {}"));
}

TEST(Regression, L_O2_requests_active_is_what_is_active) {
  MetricSnapshot delta;
  delta.families = {family("http.server.active_requests", "{request}", MetricKind::up_down,
                           {number_point({{"http.request.method", "GET"}}, 3),
                            number_point({{"http.request.method", "PUT"}}, 2)})};
  EXPECT_EQ(view_of(delta)["requests.active None {}"], "5*1");
}

TEST(Regression, L_O4_no_operation_is_in_a_metrics_name) {
  for (const CloudWatchSeries& series : cloudwatch_view(sample_snapshot(), sample_resource()))
    EXPECT_FALSE(series.name.contains('/'));
}

TEST(CloudWatchView, NoErrorsAreAZeroOnce) {
  MetricSnapshot delta;
  delta.families = {family("http.server.request.duration", "s", MetricKind::histogram,
                           {quick_point({{"http.request.method", "GET"}, {"http.route", ""}})})};
  const auto view = view_of(delta);
  EXPECT_EQ(view.at("requests.errors Count {}"), "0*1");
  EXPECT_FALSE(view.contains("requests.errors Count {operation=unmatched,method=GET}"));
  EXPECT_EQ(view.at("requests.total Count {operation=unmatched,method=GET}"), "5*1");
}

TEST(CloudWatchView, LossesAreSummedForAlarmsAndToldByWhy) {
  MetricSnapshot delta;
  const auto lost = [](std::string signal, std::string reason, double count) {
    return number_point({{"signal", std::move(signal)}, {"reason", std::move(reason)}}, count);
  };
  delta.families = {family("telemetry.dropped", "", MetricKind::counter,
                           {lost("logs", "ring_full", 0), lost("traces", "queue_full", 0)})};
  using View = std::map<std::string, std::string>;
  EXPECT_EQ(view_of(delta), (View{{"telemetry.dropped Count {}", "0*1"}}));
  delta.families[0].points = {lost("logs", "ring_full", 2), lost("traces", "queue_full", 3)};
  EXPECT_EQ(view_of(delta),
            (View{{"telemetry.dropped Count {}", "5*1"},
                  {"telemetry.dropped Count {signal=logs,reason=ring_full}", "2*1"},
                  {"telemetry.dropped Count {signal=traces,reason=queue_full}", "3*1"}}));
}

TEST(CloudWatchView, WhatCountedNothingIsLeftOut) {
  MetricSnapshot delta;
  delta.families = {family("http.server.request.duration", "s", MetricKind::histogram,
                           {histogram_point({{"http.request.method", "GET"}}, 0, {}, 0)}),
                    family("c", "1", MetricKind::counter, {number_point({}, 0)}),
                    family("g", "1", MetricKind::gauge,
                           {number_point({}, std::numeric_limits<double>::quiet_NaN())})};
  EXPECT_TRUE(view_of(delta).empty());
}

TEST(CloudWatchView, LabelsBecomeDimensionsThatCloudWatchTakes) {
  std::vector<Label> labels{{"", "x"},
                            {"a", ""},
                            {"b", "  "},
                            {":c", "x"},
                            {"d", "\xc3\xa4\n"},
                            {"e", std::string(2000, 'v')},
                            {"service", "forged"}};
  for (int i = 0; i < 40; ++i) labels.emplace_back("l" + std::to_string(i), "v");
  MetricSnapshot delta;
  delta.families = {family("c", "1", MetricKind::counter, {number_point(labels, 1)})};
  const auto series = cloudwatch_view(delta, sample_resource());
  ASSERT_EQ(series.size(), 1U);
  ASSERT_EQ(series[0].dimensions.size(), kMaxDimensions);
  EXPECT_EQ(series[0].dimensions[0], Label("service", "payments"));
  EXPECT_EQ(series[0].dimensions[2], Label("d", "???"));
  EXPECT_EQ(series[0].dimensions[3], Label("e", std::string(1024, 'v')));
}

}  // namespace
}  // namespace lift
