#include "lift/export/exporter.h"

#include "lift/export/exporter_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST_F(ExporterTest, GivesEveryRequestToItsDestinationsWithinAPoll) {
  exporter();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  EXPECT_EQ(destination_->requests, 0U);
  world_.advance(50ms);
  EXPECT_EQ(destination_->requests, 1U);
  EXPECT_THAT(destination_->text, HasSubstr("\"Request completed\""));
}

TEST_F(ExporterTest, AnIdleProcessDoesNotWake) {
  exporter();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  world_.advance(3s);
  EXPECT_FALSE(world_.loop().timers().next_wake().has_value()) << "asleep";
  world_.get(chain, "/payments/1");
  world_.settle();
  EXPECT_EQ(destination_->requests, 2U) << "the first record after the quiet wakes it";
  world_.advance(3s);
  EXPECT_FALSE(world_.loop().timers().next_wake().has_value());
}

TEST_F(ExporterTest, D_CWL_FlushWaitsForWhatWasRecordedAndReportsIt) {
  Exporter& exporter = this->exporter();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  for (int i = 0; i < 1000; ++i) world_.get(chain, "/payments/1");
  Task<FlushReport> flush = exporter.flush(world_.now() + 5s);
  world_.settle();
  ASSERT_TRUE(flush.done());
  const FlushReport report = flush.take();
  EXPECT_EQ(report.flushed, 1000U);
  EXPECT_EQ(report.dropped, 0U);
  EXPECT_EQ(report.pending, 0U);
  EXPECT_EQ(destination_->flush_deadline, world_.now() + 5s);
}

TEST_F(ExporterTest, MetricsGoOutInTheirRhythmToWhoWantsThem) {
  exporter({.metrics_every = 10s}, Signal::metrics);
  const Counter counter = telemetry_->metrics().counter({.name = "payments.created"});
  counter.add(3);
  world_.advance(9s);
  EXPECT_EQ(destination_->snapshots.size(), 0U);
  world_.advance(1s);
  ASSERT_EQ(destination_->snapshots.size(), 1U);
  world_.advance(20s);
  EXPECT_EQ(destination_->snapshots.size(), 3U);
}

TEST_F(ExporterTest, AFlushTellsWhatMetricsHaveCountedSinceTheirLastTurn) {
  Exporter& exporter = this->exporter({.metrics_every = 60s}, Signal::metrics);
  telemetry_->metrics().counter({.name = "payments.created"}).add(3);
  Task<FlushReport> flush = exporter.flush(world_.now() + 5s);
  world_.settle();
  EXPECT_TRUE(flush.done());
  EXPECT_EQ(destination_->snapshots.size(), 1U);
}

TEST_F(ExporterTest, LossesAreMetricsBySignalAndReason) {
  exporter();
  telemetry_->records().losses().add(Signal::traces, Loss::ring_full, 7);
  double found = -1;
  const MetricSnapshot snapshot = telemetry_->metrics().snapshot({});
  for (const MetricFamily& family : snapshot.families) {
    if (family.name != "telemetry.dropped") continue;
    for (const MetricPoint& point : family.points) {
      if (point.labels[0].second == "traces" && point.labels[1].second == "ring_full") {
        found = point.value;
      }
    }
  }
  EXPECT_EQ(found, 7);
}

TEST_F(ExporterTest, WhatIsSensitiveReachesNoDestination) {
  exporter();
  ObserveOptions options;
  options.bodies.request = true;
  const Chain chain = this->chain(options, [](Context& ctx) -> Response {
    ctx.annotate(secret("api_key", "canary-1"));
    ctx.annotate(field("password", "canary-2"));
    ctx.annotate(pan("card", "4111111111111111"));
    ctx.log().info("paid with 4111 1111 1111 1111, Bearer canary-3", pii("email", "canary-4"));
    Span span = ctx.span("call");
    span.set(field("authorization", "canary-5"));
    throw std::runtime_error("refused: token=canary-6");
  });
  Request request = sim_request(Method::post, "/payments/4111111111111111?access_token=canary-7");
  request.headers.add("content-type", "application/json");
  request.body = R"({"amount":12,"card":{"pin":"canary-8"},"note":"fine"})";
  world_.send(chain, std::move(request));
  world_.advance(50ms);
  EXPECT_THAT(destination_->text, Not(HasSubstr("canary")));
  EXPECT_THAT(destination_->text, Not(HasSubstr("4111111111111111")));
  EXPECT_THAT(destination_->text, HasSubstr("****1111"));
  EXPECT_THAT(destination_->text, HasSubstr("fine"));
}

TEST_F(ExporterTest, TheLayerSaysHowMuchOfABodyIsShown) {
  exporter();
  for (const auto& [most, shown] : {std::pair<std::size_t, bool>{4096, true}, {32, false}}) {
    destination_->text.clear();
    ObserveOptions options;
    options.bodies.request = true;
    options.bodies.max_bytes = most;
    const Chain chain = this->chain(options, [](Context&) { return text("ok"); });
    Request request = sim_request(Method::post, "/payments/1");
    request.headers.add("content-type", "application/json");
    request.body = R"({"note":")" + std::string(2000, 'x') + R"("})";
    world_.send(chain, std::move(request));
    world_.advance(50ms);
    const auto has = [this](std::string_view what) { return destination_->text.contains(what); };
    EXPECT_EQ(has(std::string(2000, 'x')), shown);
    EXPECT_EQ(has("...[truncated]"), !shown);
  }
}

TEST_F(ExporterTest, ARecordThatAFlushTookBeforeItsWakeLeavesTheNextOneWaking) {
  Exporter& exporter = this->exporter();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  for (int polls = 15; polls < 30; ++polls) {  // one of them is where it is about to sleep
    world_.advance(3s);
    world_.get(chain, "/payments/1");
    world_.settle();
    world_.advance(polls * 50ms);
    telemetry_->log("test").info("taken by the flush");
    Task<FlushReport> flush = exporter.flush(world_.now() + 5s);
    world_.settle();
    world_.advance(3s);
    destination_->text.clear();
    telemetry_->log("test").info("seen");
    world_.advance(100ms);
    EXPECT_THAT(destination_->text, HasSubstr("seen")) << polls;
  }
}

TEST_F(ExporterTest, AWakeThatIsOnItsWayDoesNotReachAnExporterThatIsGone) {
  exporter();
  world_.advance(3s);
  telemetry_->log("test").info("wakes");
  exporter_.reset();
  world_.settle();
  telemetry_->log("test").info("nobody hears");
}

TEST_F(ExporterTest, ABodyIsCutAfterItWasRedacted) {
  exporter({.max_body = 64});
  ObserveOptions options;
  options.bodies.request = true;
  const Chain chain = this->chain(options, [](Context&) { return text("ok"); });
  Request request = sim_request(Method::post, "/payments/1");
  request.headers.add("content-type", "application/json");
  request.body = R"({"note":")" + std::string(200, 'x') + R"(","pin":"1234"})";
  world_.send(chain, std::move(request));
  world_.advance(50ms);
  EXPECT_THAT(destination_->text, HasSubstr("xxx...[truncated]"));
  EXPECT_THAT(destination_->text, Not(HasSubstr("1234\\\"")));
}

TEST_F(ExporterTest, KeptTracesBecomeExemplarsOfTheirBucket) {
  exporter();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  world_.advance(50ms);
  const MetricSnapshot snapshot = telemetry_->metrics().snapshot(world_.loop().clock().wall());
  std::size_t exemplars = 0;
  for (const MetricFamily& family : snapshot.families) {
    if (family.name != "http.server.request.duration") continue;
    for (const MetricPoint& point : family.points) exemplars += point.histogram->exemplars.size();
  }
  EXPECT_EQ(exemplars, 1U);
}

TEST_F(ExporterTest, AClockThatIsSetMovesWhatIsWrittenFromThenOn) {
  exporter();
  const WallTime before = telemetry_->wall(world_.now());
  EXPECT_EQ(before, world_.loop().clock().wall());
}

TEST_F(ExporterTest, ReopenAndStopReachEveryDestination) {
  Exporter& exporter = this->exporter();
  exporter.reopen();
  EXPECT_EQ(destination_->reopened, 1);
  exporter.stop();
  exporter.stop();
  EXPECT_TRUE(destination_->stopped);
}

TEST_F(ExporterTest, LogsMetricsAndTracesOfMixedRequestsAgree) {
  exporter();
  ObserveOptions options;
  options.sampling.rate.ratio = 0.3;
  SeededRandom random(7);
  const Chain chain = this->chain(options, [&random](Context& ctx) -> Response {
    const auto kind = random.below(10);
    if (kind == 0) throw std::runtime_error("broken");
    const Span span = ctx.span("work");
    return text("ok").with_status(kind == 1 ? 404 : kind == 2 ? 503 : 200);
  });
  constexpr std::size_t kRequests = 20'000;
  for (std::size_t i = 0; i < kRequests; ++i) {
    world_.get(chain, "/payments/1");
    if (i % 500 == 0) world_.advance(50ms);
  }
  world_.advance(50ms);
  std::uint64_t counted = 0;
  const MetricSnapshot snapshot = telemetry_->metrics().snapshot(world_.loop().clock().wall());
  for (const MetricFamily& family : snapshot.families) {
    if (family.name != "http.server.request.duration") continue;
    for (const MetricPoint& point : family.points) {
      counted += point.histogram->count;
      const std::string status = "\"status\":" + point.labels[2].second + ",";
      std::size_t lines = 0;
      for (std::size_t at = 0; (at = destination_->text.find(status, at)) != std::string::npos;
           at += status.size()) {
        ++lines;
      }
      EXPECT_EQ(lines, point.histogram->count) << status;
    }
  }
  EXPECT_EQ(counted, kRequests);
  EXPECT_EQ(destination_->requests, kRequests);
  EXPECT_EQ(telemetry_->records().losses().total(), 0U);
}

TEST_F(ExporterTest, ADestinationThatThrowsLosesItsOwnAndNothingElse) {
  exporter_ = std::make_unique<Exporter>(telemetry_, world_.loop(), ExporterOptions{});
  auto throwing = std::make_unique<KeepingDestination>();
  throwing->throws = true;
  exporter_->add(std::move(throwing));
  auto kept = std::make_unique<KeepingDestination>();
  destination_ = kept.get();
  exporter_->add(std::move(kept));
  exporter_->start();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  for (int i = 0; i < 3; ++i) world_.get(chain, "/payments/1");
  world_.advance(50ms);
  world_.get(chain, "/payments/1");
  world_.advance(50ms);
  EXPECT_EQ(destination_->requests, 4U);
  EXPECT_EQ(telemetry_->records().losses().count(Signal::logs, Loss::export_failed), 4U);
}

TEST(ExporterOptions, SayWhatIsWrong) {
  const ExporterOptions options{.poll = 0ms, .metrics_every = 2h};
  EXPECT_EQ(options.validate().list().size(), 2U);
}

}  // namespace
}  // namespace lift
