// tests/telemetry/cloudwatch_rules.py holds every document against the format's rules; here stands
// what they say.
#include "lift/telemetry/emf.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

std::string document_of(const RequestView& view, const Resource& resource = sample_resource()) {
  std::string out;
  EmfEncoder(resource).request(out, view);
  return out;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Emf, ARequestsLineIsItsDocument) {
  const SampleRequest sample;
  std::string line;
  LogLineEncoder(sample_resource()).request(line, sample.view);
  const std::string base = R"(["service","environment")";
  EXPECT_EQ(
      document_of(sample.view),
      line.substr(0, line.size() - 2) +
          R"(,"requests.total":1,"requests.duration":12.345,"requests.errors":0,)"
          R"("response.size":512,"_aws":{"Timestamp":1773489601246,"CloudWatchMetrics":[)"
          R"({"Namespace":"Lift","Dimensions":[)" +
          base + "]," + base + R"(,"operation","method"],)" + base +
          R"(,"tenant_id"]],"Metrics":[{"Name":"requests.duration","Unit":"Milliseconds"},)"
          R"({"Name":"requests.errors","Unit":"Count"}]},{"Namespace":"Lift","Dimensions":[)" +
          base + "]," + base + R"(,"operation","method"],)" + base + R"(,"tenant_id"],)" + base +
          R"(,"status_class"]],"Metrics":[{"Name":"requests.total","Unit":"Count"}]},)"
          R"({"Namespace":"Lift","Dimensions":[)" +
          base + "]," + base +
          R"(,"operation","method"]],"Metrics":[{"Name":"response.size","Unit":"Bytes"}]}]}})"
          "\n");
}

TEST(Regression, D_CWM_a_request_without_tenant_has_no_tenant_dimension) {
  SampleRequest sample;
  sample.view.tenant = "";
  EXPECT_FALSE(document_of(sample.view).contains("tenant_id"));
  sample.view.tenant = "\xc3\xa4";
  EXPECT_FALSE(document_of(sample.view).contains("\"environment\",\"tenant_id\""));
  const std::string whole = document_of(RequestView{}, {.service = ""});
  EXPECT_EQ(count_of(whole, "\"Dimensions\":[[]]"), 3U) << whole;
}

TEST(Regression, D_OBS_1_a_failure_counts_as_an_error) {
  SampleRequest sample;
  sample.view.failed = true;
  sample.view.status = 0;
  const std::string document = document_of(sample.view);
  EXPECT_TRUE(document.contains(R"("requests.errors":1,)"));
  EXPECT_FALSE(document.contains("status_class"));
}

TEST(Emf, AHugeRequestStaysBelow256Kilobytes) {
  const std::string huge(10 * 1024 * 1024, '\x01');
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back(std::to_string(i));
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back(field(name, huge));
  SampleRequest sample;
  sample.view.path = sample.view.user_agent = sample.view.error_message = huge;
  sample.view.fields = fields;
  const std::string document = document_of(sample.view);
  EXPECT_LE(document.size(), 256U * 1024);
  EXPECT_TRUE(document.ends_with("]}}\n"));
}

TEST(Emf, APeriodIsADocumentForEachSetOfDimensions) {
  std::string out;
  const auto result =
      EmfEncoder(sample_resource())
          .periodic(out, cloudwatch_view(sample_snapshot(), sample_resource()), kNoon);
  EXPECT_EQ(result.documents, 6U);
  EXPECT_EQ(result.thinned, 0U);
  EXPECT_EQ(count_of(out, "\n"), 6U);
  EXPECT_TRUE(out.contains(
      R"({"_aws":{"Timestamp":1773489601234,"CloudWatchMetrics":[{"Namespace":"Lift",)"
      R"("Dimensions":[["service","environment","tenant_id"]],"Metrics":[)"
      R"({"Name":"requests.duration","Unit":"Milliseconds"},)"
      R"({"Name":"requests.errors","Unit":"Count"},{"Name":"requests.total","Unit":"Count"}]}]},)"
      R"("service":"payments","environment":"prod","tenant_id":"acme",)"
      R"("requests.duration":[0,11.5377,12.582,12.582,12.582,957.603,957.603],)"
      R"("requests.errors":2,"requests.total":7})"
      "\n"))
      << out;
}

TEST(Emf, ManyValuesTakeManyDocuments) {
  const std::vector<CloudWatchSeries> series{{"a", CloudWatchUnit::none, {}, {{1, 150}, {2, 151}}},
                                             {"b", CloudWatchUnit::none, {}, {{5, 1}}}};
  std::string out;
  const auto result = EmfEncoder(sample_resource()).periodic(out, series, kNoon);
  EXPECT_EQ(result.documents, 4U);
  EXPECT_EQ(count_of(out, "\"b\":5"), 1U);
  EXPECT_EQ(count_of(out, "1,") + count_of(out, "1]"), 150U);
  EXPECT_EQ(result.thinned, 0U);
}

TEST(Emf, TooManyValuesAreThinnedEvenlyAndCounted) {
  const std::vector<CloudWatchSeries> series{
      {"a", CloudWatchUnit::none, {}, {{1, 900'000}, {2, 90'000}, {3, 10'000}}}};
  std::string out;
  const EmfEncoder emf(sample_resource(), {.max_values = 1000});
  const auto result = emf.periodic(out, series, kNoon);
  EXPECT_EQ(result.documents, 10U);
  EXPECT_EQ(result.thinned, 999'000U);
  EXPECT_EQ(count_of(out, "3,") + count_of(out, "3]"), 10U);
  EXPECT_EQ(count_of(out, ",2") + count_of(out, "[2"), 90U);
}

TEST(Emf, AHundredMetricsADocument) {
  std::vector<CloudWatchSeries> series;
  for (int i = 0; i < 250; ++i)
    series.push_back({"m" + std::to_string(i), CloudWatchUnit::count, {}, {{1, 1}}});
  std::string out;
  EXPECT_EQ(EmfEncoder(sample_resource()).periodic(out, series, kNoon).documents, 3U);
}

TEST(Emf, AMetricIsNoDimension) {
  const std::vector<CloudWatchSeries> series{
      {"shop", CloudWatchUnit::count, {{"shop", "x"}}, {{1, 1}}},
      {"_aws", CloudWatchUnit::count, {}, {{1, 1}}}};
  std::string out;
  const auto result = EmfEncoder(sample_resource()).periodic(out, series, kNoon);
  EXPECT_EQ(result.refused, 2U);
  EXPECT_EQ(out, "");
}

TEST(Emf, ItsOptionsHaveRules) {
  EXPECT_TRUE(EmfOptions{}.validate().empty());
  const EmfOptions bad{
      .metric_namespace = "AWS/Lambda", .line = {.line_cap = 1024 * 1024}, .max_values = 1};
  EXPECT_EQ(bad.validate().list().size(), 3U);
}

}  // namespace
}  // namespace lift
