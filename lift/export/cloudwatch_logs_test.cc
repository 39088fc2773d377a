#include "lift/export/cloudwatch_logs.h"

#include <gtest/gtest.h>

#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_aws.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class CloudWatchLogsTest : public testing::Test {
 protected:
  CloudWatchLogs& start(bool exists = true) {
    if (exists) {
      service_.groups.insert("/lift/payments");
      service_.streams.insert("/lift/payments i-1");
    }
    CloudWatchLogsOptions options;
    options.group = "/lift/payments";
    options.stream = "i-1";
    options.sender.backoff = {.kind = BackoffKind::fixed, .base = 1s, .jitter = false};
    const Url endpoint{"https", "logs.eu-west-1.amazonaws.com", 443, "/"};
    logs_ = CloudWatchLogs::make(options, sample_resource(), endpoint, net_).value();
    running_ = logs_->run();
    return *logs_;
  }
  void line(const std::string& text) { logs_->line(text + "\n", LogLevel::info); }
  void log_at(WallTime time, std::string_view message) {
    logs_->log({.time = time, .message = message, .fields = {}, .span = {}}, nullptr);
  }
  WallTime wall() { return world_.loop().clock().wall(); }
  bool flush(Duration time = 100s) {
    Task<void> flush = logs_->flush(world_.now() + time);
    world_.advance(time);
    return flush.done();
  }
  DestinationStats stats() {
    const DestinationStats out = logs_->stats();
    EXPECT_EQ(out.given, out.delivered + out.dropped + out.pending);
    return out;
  }

  SimWorld world_;
  test::FakeTransport net_;
  test::FakeCloudWatchLogs service_{net_};
  std::unique_ptr<CloudWatchLogs> logs_;
  Task<void> running_;
};

TEST_F(CloudWatchLogsTest, LinesOfRequestsAndProgramsArrive) {
  SampleRequest sample;
  sample.view.start = wall();
  start();
  logs_->request(sample.view);
  log_at(wall(), "started");
  line("{\"own\":1}");
  flush();
  EXPECT_EQ(service_.refusal, "");
  ASSERT_EQ(service_.messages.size(), 3U) << "a line within the request has a time of March";
  EXPECT_EQ(stats().dropped_for(Loss::export_rejected), 1U);
  EXPECT_TRUE(service_.messages[0].contains("started") || service_.messages[0] == "{\"own\":1}");
}

TEST_F(CloudWatchLogsTest, WhatIsMissingIsCreatedWhileLinesWait) {
  start(false);
  service_.create_takes = 2s;
  line("a");
  world_.advance(2s);
  line("b");  // nobody waits for the creation
  flush();
  EXPECT_EQ(service_.messages, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(service_.streams.contains("/lift/payments i-1"));
  EXPECT_EQ(stats().delivered, 2U);
}

TEST_F(CloudWatchLogsTest, AnotherMayHaveCreatedItFirst) {
  start(false);
  service_.groups.insert("/lift/payments");
  line("a");
  flush();
  EXPECT_EQ(stats().delivered, 1U);
}

TEST_F(CloudWatchLogsTest, OnlyWhatMayPassIsRepeated) {
  struct Case {
    ClientResponse response;
    bool repeated;
  };
  const Case cases[] = {
      {test::aws_error(400, "ThrottlingException"), true},
      {test::aws_error(400, "ExpiredTokenException"), true},
      {test::aws_error(500, "InternalFailure"), true},
      {test::aws_error(503, "ServiceUnavailableException"), true},
      {test::answer(400, "", {{"x-amzn-errortype", "ThrottlingException:http://x"}}), true},
      {test::answer(400, "<Error><Code>Throttling</Code></Error>"), true},
      {test::aws_error(400, "InvalidParameterException"), false},
      {test::aws_error(400, "AccessDeniedException"), false},
      {test::answer(403, "{not json"), false},
  };
  for (const auto& [response, repeated] : cases) {
    net_.seen.clear();
    net_.then(response);
    start();
    line("a");
    flush();
    EXPECT_EQ(net_.seen.size(), repeated ? 2U : 1U) << response.body;
    EXPECT_EQ(stats().delivered, repeated ? 1U : 0U) << response.body;
    EXPECT_EQ(stats().dropped_for(Loss::export_rejected), repeated ? 0U : 1U);
  }
}

TEST_F(CloudWatchLogsTest, AnAnswerThatWasLostIsNoLoss) {
  net_.then_error("connection_lost");
  net_.then(test::aws_error(400, "DataAlreadyAcceptedException"));
  start();
  line("a");
  flush();
  EXPECT_EQ(stats().delivered, 1U);
}

TEST_F(CloudWatchLogsTest, BadOptionsAreNamedAllAtOnce) {
  CloudWatchLogsOptions bad;
  bad.stream = "a:b";
  bad.event_cap = 1;
  bad.line.value_cap = 1;
  bad.sender.in_flight = 0;
  EXPECT_EQ(bad.validate().list().size(), 5U) << bad.validate().text();
  EXPECT_FALSE(CloudWatchLogs::make(bad, {}, {}, net_));
}

class LogsRegression : public CloudWatchLogsTest {};

TEST_F(LogsRegression, D_CWL_a_failed_batch_is_counted) {
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return test::aws_error(500, "InternalFailure");
  };
  start();
  line("a");
  line("b");
  flush();
  EXPECT_EQ(stats().dropped_for(Loss::export_failed), 2U);
  EXPECT_TRUE(logs_->problem().contains("InternalFailure"));
}

TEST_F(LogsRegression, D_CWL_batches_are_sorted) {
  SeededRandom random(1);
  start();
  for (int i = 0; i < 1000; ++i) {
    log_at(wall() - std::chrono::seconds(random.below(3600)), "x");
  }
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_EQ(service_.messages.size(), 1000U);
}

TEST_F(LogsRegression, D_CWL_batches_keep_to_the_limits_of_number_size_and_time) {
  start();
  for (int i = 0; i < 25'000; ++i) line("x");
  for (int i = 0; i < 9; ++i) line(std::string(250'000, 'y'));
  line(std::string(300'000, 'z'));
  for (int day = 13; day >= 0; --day) log_at(wall() - std::chrono::hours(24 * day), "old");
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_EQ(*std::ranges::max_element(service_.batches), 10'000U) << "not 25";
  EXPECT_EQ(service_.messages.size(), 25'000U + 9 + 14);
  EXPECT_EQ(stats().dropped_for(Loss::oversize), 1U);
  EXPECT_GE(service_.batches.size(), 3U + 3 + 13);
}

TEST_F(LogsRegression, D_CWL_what_the_service_rejects_is_counted) {
  start();
  log_at(wall() - std::chrono::hours(24 * 15), "too old");
  log_at(wall() + 3h, "too new");
  log_at(wall(), "right");
  // Rejected there and not here: its clock is another.
  net_.then(test::answer(200, R"({"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1}})"));
  flush();
  EXPECT_EQ(stats().dropped_for(Loss::export_rejected), 3U);
  EXPECT_EQ(stats().pending, 0U);
}

TEST_F(LogsRegression, D_CWL_flush_waits_for_the_put_and_not_for_a_time) {
  net_.script.push_back([](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_await sleep(7s);
    co_return test::answer(200, "{}");
  });
  start();
  line("a");
  Task<void> flush = logs_->flush(world_.now() + 1min);
  world_.advance(6999ms);
  EXPECT_FALSE(flush.done());
  world_.advance(1ms);
  EXPECT_TRUE(flush.done());
  EXPECT_EQ(stats().delivered, 1U);
}

TEST_F(LogsRegression, D_CWL_lines_after_the_end_and_a_second_end_do_no_harm) {
  net_.always = test::FakeTransport::never();
  start();
  line("in flight");
  world_.advance(1s);
  line("queued");
  logs_->stop();
  line("late");
  logs_->stop();
  world_.settle();
  EXPECT_TRUE(running_.done());
  EXPECT_EQ(stats().dropped_for(Loss::shutdown), 3U);
}

TEST_F(LogsRegression, D_CWL_an_error_line_starts_nothing_of_its_own) {
  start();
  for (int i = 0; i < 1000; ++i) logs_->line("boom\n", LogLevel::error);
  EXPECT_EQ(net_.in_flight, 0);
  flush();
  EXPECT_EQ(net_.most_in_flight, 1);
}

}  // namespace
}  // namespace lift
