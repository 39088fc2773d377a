#include "lift/export/cloudwatch_metrics.h"

#include <gtest/gtest.h>

#include "lift/export/emf_destination.h"
#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_aws.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// `by` orders more.
MetricSnapshot orders(double count, WallTime time) {
  return {.start = kNoon,
          .time = time,
          .families = {family("orders.placed", "{order}", MetricKind::counter,
                              {number_point({{"shop", "berlin"}}, count)})}};
}

class CloudWatchMetricsTest : public testing::Test {
 protected:
  Destination& start(CloudWatchMetricsOptions options = {}) {
    options.sender.backoff = {.kind = BackoffKind::fixed, .base = 1s, .jitter = false};
    const Url endpoint{"https", "monitoring.eu-west-1.amazonaws.com", 443, "/"};
    metrics_ = make_cloudwatch_metrics(options, sample_resource(), endpoint, net_).value();
    running_ = metrics_->run();
    return *metrics_;
  }
  bool flush(Duration time = 100s) {
    Task<void> flush = metrics_->flush(world_.now() + time);
    world_.advance(time);
    return flush.done();
  }
  DestinationStats stats() {
    const DestinationStats out = metrics_->stats();
    EXPECT_EQ(out.given, out.delivered + out.dropped + out.pending);
    return out;
  }

  SimWorld world_;
  test::FakeTransport net_;
  test::FakeCloudWatch service_{net_};
  std::unique_ptr<Destination> metrics_;
  Task<void> running_;
};

TEST_F(CloudWatchMetricsTest, ASnapshotArrivesWithinTheLimits) {
  start();
  metrics_->metrics(sample_snapshot());
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_GT(service_.datums, 5U);
  EXPECT_EQ(stats().delivered, service_.datums);
  EXPECT_EQ(stats().pending, 0U);
}

TEST_F(CloudWatchMetricsTest, ManySeriesGoInSeveralCalls) {
  MetricFamily many = family("queue.depth", "1", MetricKind::gauge, {});
  for (int i = 0; i < 2500; ++i) {
    many.points.push_back(number_point({{"queue", "q" + std::to_string(i)}}, i));
  }
  start();
  metrics_->metrics({.start = kNoon, .time = kNoon + 1min, .families = {many}});
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_GE(net_.seen.size(), 3U);
  EXPECT_EQ(service_.datums, stats().delivered);
  EXPECT_GE(service_.datums, 2500U);
}

TEST_F(CloudWatchMetricsTest, BadOptionsAreNamed) {
  CloudWatchMetricsOptions bad;
  bad.metric_namespace = "AWS/Mine";
  bad.sender.in_flight = 0;
  EXPECT_EQ(bad.validate().list().size(), 2U);
  EXPECT_FALSE(make_cloudwatch_metrics(bad, {}, {}, net_));
}

class MetricsRegression : public CloudWatchMetricsTest {};

TEST_F(MetricsRegression, D_CWM_flush_waits_and_a_failure_is_counted_and_told) {
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_await sleep(2s);
    co_return test::answer(400, "<Error><Code>InvalidClientTokenId</Code></Error>");
  };
  start();
  metrics_->metrics(orders(1, kNoon + 1min));
  Task<void> flush = metrics_->flush(world_.now() + 1min);
  world_.advance(1999ms);
  EXPECT_FALSE(flush.done());
  world_.advance(1ms);
  EXPECT_TRUE(flush.done());
  EXPECT_EQ(stats().dropped_for(Loss::export_rejected), 1U);
  EXPECT_TRUE(metrics_->problem().contains("InvalidClientTokenId"));
}

TEST_F(MetricsRegression, D_CWM_an_empty_tenant_spoils_no_call) {
  MetricSnapshot snapshot = sample_snapshot();  // holds the tenant ""
  start();
  metrics_->metrics(snapshot);
  flush();
  EXPECT_EQ(service_.refusal, "");
}

TEST_F(MetricsRegression, D_CWM_measurements_are_sums_of_a_period_and_counted_once) {
  start();
  metrics_->metrics(orders(12, kNoon + 1min));
  metrics_->metrics(orders(12, kNoon + 2min));
  metrics_->metrics(orders(15, kNoon + 3min));
  flush();
  EXPECT_EQ(service_.refusal, "");
  EXPECT_EQ(service_.datums, 2U) << "a period in which nothing happened sends nothing";
}

TEST_F(MetricsRegression, D_CWM_overflow_is_counted) {
  CloudWatchMetricsOptions options;
  options.sender.max_queue_items = 100;
  net_.always = test::FakeTransport::never();
  start(options);
  for (int i = 1; i <= 200; ++i) metrics_->metrics(orders(i, kNoon + i * 1min));
  EXPECT_EQ(stats().dropped_for(Loss::queue_full), 110U);
}

TEST_F(MetricsRegression, D_CWM_a_second_end_does_no_harm) {
  start();
  metrics_->stop();
  metrics_->stop();
  metrics_->metrics(orders(1, kNoon + 1min));
  world_.settle();
  EXPECT_TRUE(running_.done());
  EXPECT_EQ(stats().dropped_for(Loss::shutdown), 1U);
}

struct Lines final : LineSink {
  void line(std::string_view bytes, LogLevel) override { all.emplace_back(bytes); }
  std::vector<std::string> all;
};

TEST(EmfDestination, WritesADocumentALineOfEachPeriod) {
  SimWorld world;
  Lines sink;
  const auto emf = make_emf_destination({}, sample_resource(), sink).value();
  Task<void> running = emf->run();
  emf->metrics(sample_snapshot());
  const std::size_t documents = sink.all.size();
  ASSERT_GT(documents, 0U);
  for (const std::string& line : sink.all) {
    EXPECT_TRUE(line.starts_with('{') && line.ends_with("}\n"));
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_TRUE(line.contains("\"_aws\""));
  }
  EXPECT_EQ(emf->stats().delivered, documents);
  emf->stop();
  world.settle();
  EXPECT_TRUE(running.done());
  EXPECT_FALSE(make_emf_destination({.metric_namespace = ""}, {}, sink));
}

}  // namespace
}  // namespace lift
