// What has no place in tests/telemetry/otlp_decode.py, which compares every value: limits, repair,
// batches.
#include "lift/telemetry/otlp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/base/utf8.h"
#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string json_span(const RequestView& view, std::size_t value_cap = 8192) {
  std::string out;
  OtlpEncoder({}, {.format = OtlpFormat::json, .value_cap = value_cap}).spans(out, view);
  return out;
}

TEST(Otlp, ATraceThatIsNotKeptHasNoSpansButLogs) {
  SampleRequest sample;
  sample.view.kept = Kept::no;
  const OtlpEncoder otlp({});
  std::string batch;
  EXPECT_EQ(otlp.spans(batch, sample.view), 0U);
  EXPECT_EQ(batch, "");
  EXPECT_EQ(otlp.logs(batch, sample.view), 2U);
  sample.view.logged = false;
  EXPECT_EQ(otlp.logs(batch, sample.view), 1U);
  sample.view.logs = {};
  EXPECT_EQ(otlp.logs(batch, sample.view), 0U);
}

TEST(Otlp, BatchesGrowByAppending) {
  const SampleRequest sample;
  for (const OtlpFormat format : {OtlpFormat::protobuf, OtlpFormat::json}) {
    const OtlpEncoder otlp({}, {.format = format});
    std::string one;
    EXPECT_EQ(otlp.spans(one, sample.view), 3U);
    std::string two = one;
    EXPECT_EQ(otlp.spans(two, sample.view), 3U);
    EXPECT_EQ(two, one + (format == OtlpFormat::json ? "," : "") + one);
  }
}

TEST(Otlp, StatusIsErrorForFailuresAndServerErrorsOnly) {
  for (const auto& [status, failed, error] :
       std::vector<std::tuple<int, bool, bool>>{{200, false, false},
                                                {404, false, false},
                                                {429, false, false},
                                                {500, true, true},
                                                {503, false, true},
                                                {0, true, true}}) {
    RequestView view{.kept = Kept::head, .status = status, .failed = failed};
    EXPECT_EQ(json_span(view).contains(R"("status":{"code":2})"), error) << status;
  }
}

TEST(Otlp, AttributesAreLimitedInNumberAndCounted) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("f" + std::to_string(i));
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back(field(name, 1));
  const RequestView view{.kept = Kept::head, .method = "GET", .fields = fields};
  const std::string span = json_span(view);
  EXPECT_EQ(count_of(span, R"("key":)"), 128U);
  const std::size_t own =
      count_of(span, "http.") + count_of(span, "network.") + count_of(span, "lift.kept");
  EXPECT_TRUE(span.contains("\"droppedAttributesCount\":" + std::to_string(200 - (128 - own))));
}

TEST(Otlp, KeysAreUnique) {
  const std::vector<Field> fields{field("a", 1), field("http.request.method", "forged"),
                                  field("a", 2)};
  const std::string span = json_span({.kept = Kept::head, .method = "GET", .fields = fields});
  EXPECT_EQ(count_of(span, R"("http.request.method")"), 1U);
  EXPECT_TRUE(span.contains(R"({"key":"a","value":{"intValue":"2"}})"));
  EXPECT_FALSE(span.contains("forged"));
  EXPECT_TRUE(span.contains(R"("droppedAttributesCount":1)"));
}

TEST(Otlp, ValuesAreCutBetweenCharacters) {
  const std::string path = std::string(63, '/') + "\xe2\x82\xac";
  EXPECT_TRUE(json_span({.kept = Kept::head, .path = path}, 64)
                  .contains("\"" + std::string(63, '/') + "...[truncated]\""));
}

TEST(Otlp, WhatIsNotUtf8IsRepaired) {
  std::string batch;
  OtlpEncoder({}).spans(batch, {.kept = Kept::head, .path = "/a\xff", .user_agent = "\xc3\xa4"});
  EXPECT_TRUE(batch.contains("/a\xef\xbf\xbd"));
  EXPECT_TRUE(batch.contains("\xc3\xa4"));
}

TEST(Otlp, NumbersKeepTheirValue) {
  const std::vector<Field> fields{field("big", UINT64_MAX), field("small", INT64_MIN),
                                  field("nan", std::numeric_limits<double>::quiet_NaN()),
                                  field("inf", -std::numeric_limits<double>::infinity())};
  const std::string span = json_span({.kept = Kept::head, .fields = fields});
  EXPECT_TRUE(span.contains(R"({"key":"big","value":{"stringValue":"18446744073709551615"}})"));
  EXPECT_TRUE(span.contains(R"({"key":"small","value":{"intValue":"-9223372036854775808"}})"));
  EXPECT_TRUE(span.contains(R"({"key":"nan","value":{"doubleValue":"NaN"}})"));
  EXPECT_TRUE(span.contains(R"({"key":"inf","value":{"doubleValue":"-Infinity"}})"));
}

std::string histogram_json(HistogramPoint point) {
  MetricSnapshot snapshot;
  MetricPoint labelled{.labels = {}, .histogram = std::move(point), .exemplar = {}};
  snapshot.families.push_back({.name = "h",
                               .description = {},
                               .unit = {},
                               .kind = MetricKind::histogram,
                               .bounds = {},
                               .points = {std::move(labelled)}});
  std::string out;
  OtlpEncoder({}, {.format = OtlpFormat::json}).metric_request(out, snapshot);
  return out;
}

TEST(Otlp, ManyBucketsAreMergedInPairs) {
  // 161 buckets from -3: -3 alone, (-2,-1), (0,1) … (156,157).
  HistogramPoint point{.count = 161,
                       .first_index = -3,
                       .buckets = std::vector<std::uint64_t>(161, 1),
                       .explicit_counts = {},
                       .exemplars = {}};
  const std::string out = histogram_json(point);
  EXPECT_TRUE(out.contains(R"("scale":2,)")) << out;
  EXPECT_TRUE(out.contains(R"("offset":-2,"bucketCounts":["1","2","2")"));
  EXPECT_EQ(count_of(out, R"("2")"), 80U);
  EXPECT_EQ(count_of(out, R"("1")"), 1U);
  point.buckets.resize(160);
  EXPECT_TRUE(histogram_json(point).contains(R"("scale":3,)"));
}

TEST(Otlp, TheWidestHistogramFits) {
  // All that a double can hold: exponents -1074 to 1023, eight buckets each.
  const HistogramPoint point{.count = 16784,
                             .first_index = -8592,
                             .buckets = std::vector<std::uint64_t>(16784, 1),
                             .explicit_counts = {},
                             .exemplars = {}};
  const std::string out = histogram_json(point);
  EXPECT_TRUE(out.contains(R"("scale":-4,)")) << out;
}

TEST(Regression, D_CWM_a_histogram_has_a_unit) {
  std::string out;
  OtlpEncoder({}, {.format = OtlpFormat::json}).metric_request(out, sample_snapshot());
  EXPECT_TRUE(out.contains(
      R"("name":"http.server.request.duration","description":"What it counts.","unit":"s")"));
}

TEST(Otlp, ItsOptionsHaveRanges) {
  EXPECT_TRUE(OtlpOptions{}.validate().empty());
  EXPECT_EQ(OtlpOptions{.value_cap = 1}.validate().text(),
            "value_cap: value \"1\" must be 64 to 65536 bytes");
}

}  // namespace
}  // namespace lift
