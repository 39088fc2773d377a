#include "lift/export/otlp_destination.h"

#include <gtest/gtest.h>

#include <map>

#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_collector.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

OtlpDestinationOptions to(std::string path) {
  OtlpDestinationOptions options;
  options.endpoint = "http://collector:4318" + std::move(path);
  options.sender.backoff = {.kind = BackoffKind::fixed, .base = 1s, .jitter = false};
  return options;
}

class OtlpDestinationTest : public testing::Test {
 protected:
  Destination& start(Signal signal, const OtlpDestinationOptions& options) {
    destination_ = make_otlp_destination(signal, options, sample_resource(), net_).value();
    running_ = destination_->run();
    return *destination_;
  }
  void flush() {
    Task<void> flush = destination_->flush(world_.now() + 100s);
    world_.advance(100s);
    EXPECT_TRUE(flush.done());
  }

  SimWorld world_;
  test::FakeTransport net_;
  test::FakeCollector collector_{net_};
  SampleRequest sample_;
  std::unique_ptr<Destination> destination_;
  Task<void> running_;
};

TEST_F(OtlpDestinationTest, SpansArriveInEveryFormat) {
  for (const OtlpFormat format : {OtlpFormat::protobuf, OtlpFormat::json}) {
    for (const bool gzip : {false, true}) {
      collector_.items = 0;
      OtlpDestinationOptions options = to("/v1/traces");
      options.format = format;
      options.gzip = gzip;
      options.headers = {{"x-key", "k"}};
      Destination& traces = start(Signal::traces, options);
      for (int i = 0; i < 400; ++i) traces.request(sample_.view);
      flush();
      EXPECT_EQ(collector_.refusal, "");
      EXPECT_EQ(collector_.items, 1200U);
      EXPECT_EQ(traces.stats().delivered, 1200U);
      EXPECT_EQ(net_.seen.back().headers.value("x-key"), "k");
    }
  }
}

TEST_F(OtlpDestinationTest, LogsArriveWithThoseFromOutsideOfRequests) {
  Destination& logs = start(Signal::logs, to("/v1/logs"));
  logs.request(sample_.view);
  logs.log({.time = kNoon, .message = "started", .fields = {}, .span = {}}, nullptr);
  logs.log(sample_.logs[0], &sample_.view);
  flush();
  EXPECT_EQ(collector_.refusal, "");
  EXPECT_EQ(collector_.items, 4U);
  EXPECT_EQ(logs.stats().delivered, 4U);
}

TEST_F(OtlpDestinationTest, ASnapshotIsOneRequest) {
  Destination& metrics = start(Signal::metrics, to("/v1/metrics"));
  metrics.metrics(sample_snapshot());
  metrics.metrics(sample_snapshot());
  flush();
  EXPECT_EQ(collector_.refusal, "");
  EXPECT_EQ(net_.seen.size(), 2U);
  EXPECT_EQ(metrics.stats().delivered, metrics.stats().given);
  EXPECT_GT(metrics.stats().given, 12U);
}

TEST_F(OtlpDestinationTest, WhatATraceDoesNotKeepIsNotSent) {
  Destination& traces = start(Signal::traces, to("/v1/traces"));
  sample_.view.kept = Kept::no;
  traces.request(sample_.view);
  flush();
  EXPECT_EQ(traces.stats().given, 0U);
  EXPECT_TRUE(net_.seen.empty());
}

TEST_F(OtlpDestinationTest, TheProtocolSaysWhatIsRepeated) {
  struct Case {
    int status;
    bool repeated;
  };
  constexpr Case kCases[] = {{200, false}, {202, false}, {400, false}, {401, false}, {404, false},
                             {408, false}, {413, false}, {429, true},  {500, false}, {501, false},
                             {502, true},  {503, true},  {504, true}};
  for (const auto& [status, repeated] : kCases) {
    net_.seen.clear();
    net_.then(test::answer(status));
    Destination& traces = start(Signal::traces, to("/v1/traces"));
    traces.request(sample_.view);
    flush();
    EXPECT_EQ(net_.seen.size(), repeated ? 2U : 1U) << status;
    EXPECT_EQ(traces.stats().delivered, repeated || status < 300 ? 3U : 0U) << status;
    EXPECT_EQ(traces.stats().dropped_for(Loss::export_rejected), 3 - traces.stats().delivered);
  }
}

TEST_F(OtlpDestinationTest, WhatAPartialSuccessRejectsIsCountedAndNotRepeated) {
  struct Case {
    OtlpFormat format;
    std::string answer;
    std::uint64_t rejected;
    std::string problem;
  };
  const Case cases[] = {
      {OtlpFormat::protobuf, std::string("\x0a\x06\x08\x02\x12\x02no"), 2, "no"},
      {OtlpFormat::protobuf, "\xff\xff", 0, ""},
      {OtlpFormat::json, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}})", 2,
       "no"},
      {OtlpFormat::json, R"({"partialSuccess":{"rejectedSpans":1,"x":[]}})", 1, ""},
      {OtlpFormat::json, R"({"partialSuccess":{"rejectedSpans":"99"}})", 3, ""},
      {OtlpFormat::json, R"({"partialSuccess":{"rejectedSpans":"-1"}})", 0, ""},
      {OtlpFormat::json, R"({"partialSuccess":{}})", 0, ""},
      {OtlpFormat::json, "{}", 0, ""},
      {OtlpFormat::json, "", 0, ""},
      {OtlpFormat::json, "nonsense", 0, ""},
  };
  for (const Case& c : cases) {
    net_.seen.clear();
    OtlpDestinationOptions options = to("/v1/traces");
    options.format = c.format;
    collector_.answer = c.answer;
    Destination& traces = start(Signal::traces, options);
    traces.request(sample_.view);
    flush();
    EXPECT_EQ(net_.seen.size(), 1U);
    EXPECT_EQ(traces.stats().dropped_for(Loss::export_rejected), c.rejected) << c.answer;
    EXPECT_EQ(traces.stats().delivered, 3 - c.rejected) << c.answer;
    EXPECT_EQ(traces.problem(), c.problem);
  }
}

TEST(OtlpOptionsTest, BadOnesAreNamedAllAtOnce) {
  OtlpDestinationOptions bad;
  bad.endpoint = "collector:4318";
  bad.headers = {{"a b", "secret"}};
  bad.value_cap = 1;
  bad.sender.in_flight = 9;
  const Problems problems = bad.validate();
  ASSERT_EQ(problems.list().size(), 4U);
  EXPECT_EQ(problems.list()[2].field, "value_cap");
  EXPECT_EQ(problems.list()[3].field, "sender.in_flight");
  EXPECT_FALSE(problems.text().contains("secret"));
}

using Variables = std::map<std::string, std::string>;

ReadVariable from(Variables variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(OtlpEnvironment, WithoutVariablesItIsTheCollectorNextDoor) {
  const auto options = otlp_from_environment(Signal::traces, from({})).value();
  EXPECT_EQ(options.endpoint, "http://localhost:4318/v1/traces");
  EXPECT_EQ(options.format, OtlpFormat::protobuf);
  EXPECT_FALSE(options.gzip);
  EXPECT_EQ(options.sender.timeout, 10s);
  EXPECT_TRUE(options.validate().empty()) << options.validate().text();
}

TEST(OtlpEnvironment, ASignalsOwnVariablesComeFirst) {
  const Variables variables{
      {"OTEL_EXPORTER_OTLP_ENDPOINT", " https://otel.example/base/ "},
      {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%2Cc, x-team = core ,"},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
      {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
      {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs.example/ingest"},
      {"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "own=1"},
      {"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"},
      {"OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none"},
      {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "90000"},
      {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", ""},
  };
  using HeaderList = std::vector<std::pair<std::string, std::string>>;
  const auto traces = otlp_from_environment(Signal::traces, from(variables)).value();
  EXPECT_EQ(traces.endpoint, "https://otel.example/base/v1/traces");
  EXPECT_EQ(traces.headers, (HeaderList{{"api-key", "a b,c"}, {"x-team", "core"}}));
  EXPECT_EQ(traces.format, OtlpFormat::json);
  EXPECT_TRUE(traces.gzip);
  EXPECT_EQ(traces.sender.timeout, 2500ms);
  const auto logs = otlp_from_environment(Signal::logs, from(variables)).value();
  EXPECT_EQ(logs.endpoint, "http://logs.example/ingest");
  EXPECT_EQ(logs.headers, (HeaderList{{"own", "1"}}));
  EXPECT_EQ(logs.format, OtlpFormat::protobuf);
  EXPECT_FALSE(logs.gzip);
  EXPECT_EQ(logs.sender.timeout, 90s);
  EXPECT_TRUE(logs.validate().empty()) << logs.validate().text();
  const auto metrics = otlp_from_environment(Signal::metrics, from(variables)).value();
  EXPECT_EQ(metrics.endpoint, "https://otel.example/base/v1/metrics");
  EXPECT_EQ(metrics.sender.timeout, 2500ms);
}

TEST(OtlpEnvironment, EveryBadVariableIsNamedAndNoHeaderShown) {
  const Variables variables{
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=hush,broken"},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
      {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd"},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
  };
  const auto options = otlp_from_environment(Signal::traces, from(variables));
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, "bad_configuration");
  for (const auto& [name, value] : variables) {
    EXPECT_TRUE(options.error().message.contains(name)) << name;
  }
  EXPECT_FALSE(options.error().message.contains("hush"));
}

}  // namespace
}  // namespace lift
