// tests/telemetry/cloudwatch_rules.py holds every document against X-Ray's published rules.
#include "lift/telemetry/xray_segment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

std::vector<std::string> documents_of(const RequestView& view) {
  return XraySegmentEncoder(sample_resource()).documents(view);
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(XraySegment, HoldsARequestAndTheSpansWithinIt) {
  const SampleRequest sample;
  const auto documents = documents_of(sample.view);
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(
      documents[0],
      R"({"name":"payments","id":"1112131415161718",)"
      R"("trace_id":"1-67761233-0102030405060708090a0b0c","parent_id":"2122232425262728",)"
      R"("start_time":1773489601.234567,"end_time":1773489601.246912,)"
      R"("service":{"version":"1.2.3"},"user":"ann","http":{"request":{"method":"POST",)"
      R"("url":"/v1/payments/42","user_agent":"curl/8.5.0","client_ip":"203.0.113.9"},)"
      R"("response":{"status":201,"content_length":512}},"annotations":{"kept":"head",)"
      R"("environment":"prod","operation":"/v1/payments/{id}","tenant_id":"acme",)"
      R"("user_id":"ann","request_id":"req-1","outcome":"success"},"metadata":{"lift":{)"
      R"("duration_ms":12.345,"tags":{"team":"core"},"request_body_size":128,"scheme":"https",)"
      R"("query_params":"expand=card","fields":{"amount":12,"currency":"EUR",)"
      R"("card":"************1111","retry":false}}},"subsegments":[{"name":"db.query",)"
      R"("id":"3132333405060708","start_time":1773489601.235567,"end_time":1773489601.239567,)"
      R"("namespace":"remote","fault":true,"metadata":{"lift":{"duration_ms":4,"fields":{)"
      R"("db.system":"sqlite","db.rows":3},"events":[{"time":1773489601.236567,)"
      R"("name":"cache.miss","fields":{"rows":3}}]}},"subsegments":[{"name":"render",)"
      R"("id":"4142434405060708","start_time":1773489601.240567,"in_progress":true}]}]})");
}

TEST(XraySegment, ATraceThatIsNotKeptHasNone) { EXPECT_TRUE(documents_of({}).empty()); }

TEST(XraySegment, SaysWhoseFaultItWas) {
  for (const auto& [status, failed, flags] : std::vector<std::tuple<int, bool, std::string>>{
           {200, false, ""},
           {404, false, R"(,"error":true)"},
           {429, false, R"(,"error":true,"throttle":true)"},
           {500, true, R"(,"fault":true)"},
           {0, true, R"(,"fault":true)"}}) {
    RequestView view{.kept = Kept::head, .method = "GET", .status = status, .failed = failed};
    const std::string document = documents_of(view).at(0);
    const std::size_t at = document.find("}},\"annotations\"");
    if (flags.empty()) {
      EXPECT_TRUE(status == 0 || at != document.npos) << document;
    } else {
      EXPECT_TRUE(document.contains("}" + flags + ",\"annotations\"")) << document;
    }
  }
}

TEST(XraySegment, TellsTheCause) {
  const RequestView view{.span = SpanId{{1, 2, 3, 4, 5, 6, 7, 8}},
                         .kept = Kept::error,
                         .method = "GET",
                         .status = 500,
                         .failed = true,
                         .error_type = "500",
                         .error_message = "no such table"};
  EXPECT_TRUE(documents_of(view).at(0).contains(
      R"("cause":{"exceptions":[{"id":"0102030405060708","type":"500",)"
      R"("message":"no such table"}]})"));
}

TEST(Regression, D_XR_metadata_keeps_all_its_keys) {
  const std::vector<Field> fields{field("request_id", "mine"), field("user_id", "u"),
                                  field("tenant_id", "t")};
  const std::string document =
      documents_of({.kept = Kept::head, .method = "GET", .request_id = "r", .fields = fields})
          .at(0);
  EXPECT_TRUE(document.contains(R"("fields":{"request_id":"mine","user_id":"u","tenant_id":"t"})"));
  EXPECT_TRUE(document.contains(R"("request_id":"r")"));
}

TEST(Regression, D_XR_the_url_holds_no_query) {
  const SampleRequest sample;
  EXPECT_TRUE(documents_of(sample.view).at(0).contains(R"("url":"/v1/payments/42",)"));
}

TEST(Regression, L_O3_what_took_less_than_a_microsecond_took_one) {
  const RequestView view{
      .start = kNoon, .duration = Duration(1), .kept = Kept::head, .method = "GET"};
  EXPECT_TRUE(documents_of(view).at(0).contains(
      R"("start_time":1773489601.234567,"end_time":1773489601.234568)"));
}

TEST(XraySegment, NamesAreWhatXRayTakes) {
  EXPECT_EQ(xray_name("GET /a?b=c"), "GET /a_b=c");
  EXPECT_EQ(xray_name(""), "lift-service");
  EXPECT_EQ(xray_name("\xc3\xa4\"<x>"), "____x_");
  EXPECT_EQ(xray_name(std::string(300, 'a')).size(), 200U);
}

struct ManySpans {
  explicit ManySpans(std::size_t count, std::string_view text = "v") {
    fields = {field("text", text)};
    for (std::size_t i = 0; i < count; ++i) {
      SpanView span{.name = "s", .id = id(i + 1), .parent = id(0), .fields = fields};
      spans.push_back(span);
    }
    view = RequestView{.span = id(0), .kept = Kept::head, .method = "GET", .spans = spans};
  }
  static SpanId id(std::size_t i) {
    return SpanId{
        {1, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
  }
  std::vector<Field> fields;
  std::vector<SpanView> spans;
  RequestView view;
};

TEST(XraySegment, BeyondAHundredSpansEachIsADocument) {
  const ManySpans many(103);
  const auto documents = documents_of(many.view);
  ASSERT_EQ(documents.size(), 4U);
  EXPECT_EQ(count_of(documents[0], R"("name":"s")"), 100U);
  EXPECT_TRUE(documents[3].ends_with(
      R"(,"type":"subsegment","trace_id":"1-00000000-000000000000000000000000",)"
      R"("parent_id":"0100000000000000"})"));
}

TEST(XraySegment, NoDocumentIsLargerThan64Kilobytes) {
  const std::string text(990, 'x');
  const ManySpans many(100, text);
  const auto documents = documents_of(many.view);
  EXPECT_GT(documents.size(), 30U);
  EXPECT_GT(documents[0].size(), 60'000U);
  std::size_t spans = 0;
  for (const std::string& document : documents) {
    EXPECT_LE(document.size(), kXrayDocumentBytes);
    spans += count_of(document, R"("name":"s")");
  }
  EXPECT_EQ(spans, 100U);

  const std::string huge(1024 * 1024, '\x01');
  std::vector<Field> fields;
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(std::to_string(i));
  for (const std::string& name : names) fields.push_back(field(name, huge));
  SampleRequest sample;
  sample.view.fields = sample.spans[0].fields = sample.events[0].fields = fields;
  sample.view.path = sample.view.user_agent = sample.view.query = huge;
  const auto cut = documents_of(sample.view);
  for (const std::string& document : cut) EXPECT_LE(document.size(), kXrayDocumentBytes);
  EXPECT_TRUE(cut[0].contains("\"fields_dropped\":"));
}

TEST(XraySegment, OrphansAreTheRequestsAndChildrenFollowTheirParents) {
  ManySpans many(102);
  many.spans[0].parent = SpanId{{9, 9}};           // nobody's
  many.spans[101].parent = ManySpans::id(101);     // of one that is apart
  std::swap(many.spans[3].id, many.spans[50].id);  // a parent may stand behind its child
  many.spans[2].parent = many.spans[90].id;
  const auto documents = documents_of(many.view);
  EXPECT_EQ(count_of(documents[0], R"("name":"s")"), 100U);
  ASSERT_EQ(documents.size(), 3U);
  bool found = false;
  for (const std::string& document : documents)
    found |= document.contains(R"("parent_id":"0100000000000065")");
  EXPECT_TRUE(found);
}

TEST(XraySegment, ACircleOfSpansEnds) {
  ManySpans many(2);
  many.spans[0].parent = many.spans[1].id;
  many.spans[1].parent = many.spans[0].id;
  EXPECT_EQ(documents_of(many.view).size(), 3U);
}

TEST(XraySegment, ACallTakesFiftyDocuments) {
  const std::vector<std::string> documents(101, R"({"a":"b"})");
  const auto bodies = put_trace_segments(documents);
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies[2], R"({"TraceSegmentDocuments":["{\"a\":\"b\"}"]})");
  EXPECT_TRUE(put_trace_segments({}).empty());
}

}  // namespace
}  // namespace lift
