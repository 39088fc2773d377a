#include "lift/telemetry/log_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/telemetry/encoder_fixture_test.h"

namespace lift {
namespace {

std::string line_of(const RequestView& view, const LogLineOptions& options = {}) {
  std::string out;
  LogLineEncoder(sample_resource(), options).request(out, view);
  return out;
}

std::string program_line(std::string_view message, std::span<const Field> fields = {},
                         const LogLineOptions& options = {}) {
  std::string out;
  LogLineEncoder(Resource{}, options)
      .program(out, {.time = kNoon, .module = "app", .message = message, .fields = fields});
  return out;
}

TEST(LogLine, TellsAllThereIsAboutARequest) {
  const SampleRequest sample;
  EXPECT_EQ(
      line_of(sample.view),
      R"({"timestamp":"2026-03-14T12:00:01.246Z","level":"INFO","message":"Request completed",)"
      R"("service":"payments","environment":"prod","version":"1.2.3","tags":{"team":"core"},)"
      R"("request_id":"req-1","tenant_id":"acme","user_id":"ann",)"
      R"("trace_id":"677612330102030405060708090a0b0c","span_id":"1112131415161718",)"
      R"("parent_span_id":"2122232425262728","operation":"/v1/payments/{id}","method":"POST",)"
      R"("path":"/v1/payments/42","query_params":"expand=card","status":201,)"
      R"("status_class":"2xx","duration_ms":12.345,"outcome":"success",)"
      R"("source_ip":"203.0.113.9","user_agent":"curl/8.5.0","request_body_size":128,)"
      R"("response_body_size":512,"sampled":true,"fields":{"amount":12,"currency":"EUR",)"
      R"("card":"************1111","retry":false}})"
      "\n");
}

TEST(LogLine, OmitsWhatIsEmpty) {
  RequestView view;
  view.start = kNoon;
  std::string out;
  LogLineEncoder(Resource{}, {.microseconds = true}).request(out, view);
  EXPECT_EQ(
      out,
      R"({"timestamp":"2026-03-14T12:00:01.234567Z","level":"INFO","message":"Request completed",)"
      R"("service":"lift-service","duration_ms":0,"request_body_size":0,"response_body_size":0,)"
      R"("sampled":false})"
      "\n");
}

TEST(LogLine, SaysHowItWent) {
  RequestView view;
  const auto message = [&view] {
    const std::string line = line_of(view);
    const std::size_t at = line.find(R"("message":")") + 11;
    return line.substr(at, line.find('"', at) - at);
  };
  EXPECT_EQ(message(), "Request completed");
  view.failed = true;
  EXPECT_EQ(message(), "Request failed");
  view.rejected_by = "rate_limit";
  EXPECT_EQ(message(), "Request rejected");
}

TEST(LogLine, KeepsTheCauseForPeople) {
  RequestView view;
  view.status = 503;
  view.failed = true;
  view.rejected_by = "shed";
  view.reason = "overload";
  view.error_type = "503";
  view.error_message = "queue at 100 %";
  EXPECT_TRUE(line_of(view).contains(
      R"("status":503,"status_class":"5xx","duration_ms":0,"rejected_by":"shed",)"
      R"("reason":"overload","error_type":"503","error":"queue at 100 %")"));
}

TEST(LogLine, WritesDurationsToTheMicrosecond) {
  RequestView view;
  for (const auto& [ns, text] :
       std::vector<std::pair<std::int64_t, std::string>>{{0, "0"},
                                                         {1, "0.001"},
                                                         {1'499, "0.001"},
                                                         {1'500, "0.002"},
                                                         {10'000, "0.01"},
                                                         {100'000, "0.1"},
                                                         {1'000'000, "1"},
                                                         {1'200'000, "1.2"},
                                                         {3'600'000'000'001, "3600000"}}) {
    view.duration = Duration(ns);
    EXPECT_TRUE(line_of(view).contains("\"duration_ms\":" + text + ",")) << ns;
  }
}

TEST(Regression, L_O3_a_request_of_less_than_a_millisecond_has_a_duration) {
  RequestView view;
  view.duration = std::chrono::microseconds(420);
  EXPECT_TRUE(line_of(view).contains(R"("duration_ms":0.42,)"));
}

TEST(Regression, D_OBS_2_the_error_text_is_not_replaced_by_a_constant) {
  RequestView view;
  view.failed = true;
  view.error_message = "no such table: payments";
  EXPECT_TRUE(line_of(view).contains(R"("error":"no such table: payments")"));
}

TEST(Regression, D_OBS_1_a_failed_request_is_no_200) {
  RequestView view;
  view.failed = true;
  view.outcome = "disconnect";
  const std::string line = line_of(view);
  EXPECT_FALSE(line.contains("\"status")) << line;
  EXPECT_TRUE(line.contains("Request failed"));
}

TEST(LogLine, AProgramSpeaksOutsideOfRequests) {
  const std::vector<Field> fields{field("n", -1), field("u", 2U), field("r", 0.5),
                                  field("nan", std::numeric_limits<double>::quiet_NaN())};
  EXPECT_EQ(program_line("started", fields),
            R"({"timestamp":"2026-03-14T12:00:01.234Z","level":"INFO","message":"started",)"
            R"("service":"lift-service","module":"app",)"
            R"("fields":{"n":-1,"u":2,"r":0.5,"nan":null}})"
            "\n");
}

TEST(LogLine, AProgramSpeaksWithinARequest) {
  const SampleRequest sample;
  std::string out;
  LogLineEncoder(Resource{.service = "s"}).program(out, sample.logs[0], sample.view);
  EXPECT_EQ(out, R"({"timestamp":"2026-03-14T12:00:01.237Z","level":"WARN","message":"retrying",)"
                 R"("service":"s","module":"ledger","request_id":"req-1","tenant_id":"acme",)"
                 R"("user_id":"ann","trace_id":"677612330102030405060708090a0b0c",)"
                 R"("span_id":"3132333405060708","operation":"/v1/payments/{id}",)"
                 R"("fields":{"attempt":2}})"
                 "\n");
}

TEST(LogLine, NothingBreaksOutOfALine) {
  std::string hostile = "a\"}\n{\"level\":\"FATAL\\ \xe2\x80\xa8 \xff\xc0\xaf \x1b[31m\x7f";
  hostile += '\0';
  const std::vector<Field> fields{field(hostile, hostile)};
  const std::string escaped = R"(a\"}\n{\"level\":\"FATAL\\ )"
                              "\xe2\x80\xa8 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                              R"( \u001b[31m)"
                              "\x7f"
                              R"(\u0000)";
  const std::string line = program_line(hostile, fields);
  EXPECT_TRUE(line.contains("\"message\":\"" + escaped + "\",")) << line;
  EXPECT_TRUE(line.ends_with("{\"" + escaped + "\":\"" + escaped + "\"}}\n")) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(LogLine, CutsLongValuesBetweenCharacters) {
  const LogLineOptions options{.value_cap = 64};
  const std::string whole(64, 'x');
  EXPECT_TRUE(program_line(whole, {}, options).contains("\"" + whole + "\""));
  EXPECT_TRUE(program_line(whole + 'x', {}, options).contains("\"" + whole + "...[truncated]\""));
  const std::string split = std::string(62, 'x') + "\xe2\x82\xac";
  EXPECT_TRUE(
      program_line(split, {}, options).contains("\"" + std::string(62, 'x') + "...[truncated]\""));
}

TEST(LogLine, StaysBelowItsCapWhateverItIsGiven) {
  const std::string huge(10 * 1024 * 1024, '\x01');
  std::vector<std::string> names;
  for (int i = 0; i < 150; ++i) names.push_back(std::to_string(i) + std::string(500, '\n'));
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back(field(name, huge));
  SampleRequest sample;
  sample.view.path = sample.view.query = sample.view.user_agent = sample.view.error_message = huge;
  sample.view.request_body = sample.view.response_body = huge;
  sample.view.fields = fields;
  for (const std::size_t cap : {64UZ * 1024, 256UZ * 1024, 1024UZ * 1024}) {
    const std::string line = line_of(sample.view, {.line_cap = cap});
    EXPECT_LE(line.size(), cap);
    EXPECT_GE(line.size(), cap / 2);
    EXPECT_TRUE(line.ends_with("}\n"));
    EXPECT_TRUE(line.contains("\"fields_dropped\":"));
  }
  EXPECT_LE(program_line(huge).size(), 8192U * 6 + 256);
}

TEST(LogLine, OfTwoFieldsWithOneNameTheLaterIsShown) {
  const std::vector<Field> fields{field("a", 1), field("b", 2), field("a", 3)};
  EXPECT_TRUE(program_line("m", fields)
                  .ends_with(R"("fields":{"b":2,"a":3}})"
                             "\n"));
}

TEST(LogLine, ShowsOfAValueWhatItsSensitivityLets) {
  const std::vector<Field> fields{pii("mail", "ann@example.org"), secret("pin", 1234),
                                  pan("card", std::uint64_t{4111111111111111}),
                                  pan("short", "1234567")};
  EXPECT_TRUE(program_line("m", fields)
                  .contains(R"({"mail":"[REDACTED]","pin":"[REDACTED]",)"
                            R"("card":"************1111","short":"[REDACTED]"})"));
}

TEST(LogLine, ItsOptionsHaveRanges) {
  EXPECT_TRUE(LogLineOptions{}.validate().empty());
  EXPECT_EQ((LogLineOptions{.value_cap = 63, .line_cap = 1024 * 1024 + 1}).validate().text(),
            "value_cap: value \"63\" must be 64 to 262144 bytes\n"
            "line_cap: value \"1048577\" must be 65536 to 1048576 bytes");
}

}  // namespace
}  // namespace lift
