#include "lift/export/batch_sender.h"

#include <gtest/gtest.h>

#include "lift/export/http_carrier.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::FakeTransport;

/// One item a line; OTLP's rules of what to repeat.
class LineCarrier final : public HttpCarrier {
 public:
  explicit LineCarrier(HttpTransport& transport)
      : HttpCarrier(transport, {.url = {"http", "collector", 80, "/lines"}, .headers = {}}) {}

 private:
  void write_body(const Batch& batch, std::string& out) override {
    for (std::size_t i = 0; i < batch.size(); ++i) (out += batch.entry(i)) += '\n';
  }
  SendResult judge(const ClientResponse& response, const Batch&) override {
    if (response.status == 200) return {};
    const bool later = response.status == 429 || response.status == 503;
    return later ? retry_later(response, Loop::current().clock().wall()) : refused(response);
  }
};

class BatchSenderTest : public testing::Test {
 protected:
  BatchSender& start(SenderOptions options = quick(), BatchLimits limits = {}) {
    EXPECT_TRUE(options.validate().empty()) << options.validate().text();
    sender_.emplace(options, limits, carrier_);
    running_ = sender_->run();
    return *sender_;
  }
  /// Waits that are exact.
  static SenderOptions quick() {
    SenderOptions options;
    options.backoff = {.kind = BackoffKind::fixed, .base = 1s, .jitter = false};
    return options;
  }
  bool push(std::string_view item) { return sender_->push(item, WallTime{}, false); }
  DestinationStats stats() {
    const DestinationStats out = sender_->stats();
    EXPECT_EQ(out.given, out.delivered + out.dropped + out.pending);
    return out;
  }
  std::uint64_t dropped(Loss loss) { return stats().dropped_for(loss); }

  SimWorld world_;
  FakeTransport net_;
  LineCarrier carrier_{net_};
  std::optional<BatchSender> sender_;
  Task<void> running_;
};

TEST_F(BatchSenderTest, ItemsGoTogetherAfterTheDelay) {
  start();
  push("a");
  push("b");
  world_.advance(999ms);
  EXPECT_TRUE(net_.seen.empty());
  world_.advance(1ms);
  ASSERT_EQ(net_.seen.size(), 1U);
  EXPECT_EQ(net_.seen[0].body, "a\nb\n");
  EXPECT_EQ(stats().delivered, 2U);
}

TEST_F(BatchSenderTest, AnIdleOneArmsNoTimer) {
  start();
  world_.advance(1h);
  EXPECT_FALSE(world_.loop().timers().next_wake());
  push("a");
  world_.advance(2s);
  EXPECT_EQ(stats().delivered, 1U);
  EXPECT_FALSE(world_.loop().timers().next_wake());
}

TEST_F(BatchSenderTest, WhatMayPassIsRetriedAfterABackoffAndDeliveredOnce) {
  start();
  net_.then_error("connect_failed");
  net_.then(answer(503));
  push("a");
  world_.advance(3s);
  ASSERT_EQ(net_.seen.size(), 3U);
  EXPECT_EQ(net_.seen[2].time - net_.seen[1].time, 1s);
  EXPECT_EQ(stats().delivered, 1U);
  EXPECT_EQ(sender_->problem(), "");
}

TEST_F(BatchSenderTest, RetryAfterIsHeededByLaterBatchesToo) {
  start();
  net_.then(answer(429, "slow down", {{"retry-after", "70"}}));
  push("a");
  world_.advance(1s);
  EXPECT_EQ(dropped(Loss::export_failed), 1U) << "its time is up before the wait is";
  EXPECT_EQ(sender_->problem(), "429: slow down");
  push("b");
  world_.advance(69s);
  EXPECT_EQ(net_.seen.size(), 1U);
  world_.advance(2s);
  ASSERT_EQ(net_.seen.size(), 2U);
  EXPECT_EQ(net_.seen[1].body, "b\n");
  EXPECT_EQ(stats().delivered, 1U);
}

TEST_F(BatchSenderTest, ARefusalIsFinal) {
  start();
  net_.then(answer(400, "no"));
  push("a");
  world_.advance(1min);
  EXPECT_EQ(net_.seen.size(), 1U);
  EXPECT_EQ(dropped(Loss::export_rejected), 1U);
}

TEST_F(BatchSenderTest, ABatchIsGivenUpAfterItsTime) {
  start();
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_return fail("connect_failed", "refused");
  };
  push("a");
  world_.advance(2min);
  EXPECT_EQ(dropped(Loss::export_failed), 1U);
  EXPECT_EQ(net_.seen.size(), 60U);
  EXPECT_EQ(sender_->problem(), "connect_failed: refused");
  EXPECT_FALSE(world_.loop().timers().next_wake());
}

TEST_F(BatchSenderTest, OneThatNeverAnswersIsATimeout) {
  start();
  net_.always = FakeTransport::never();
  push("a");
  world_.advance(2min);
  EXPECT_EQ(net_.seen.size(), 6U);
  EXPECT_EQ(dropped(Loss::export_timeout), 1U);
}

TEST_F(BatchSenderTest, AnOutageSpendsTheBudgetAndThenNothingIsRepeated) {
  SenderOptions options = quick();
  options.backoff = {.kind = BackoffKind::fixed, .base = 1ms, .jitter = false};
  options.retry_budget = {.capacity = 5, .reserve_per_second = 0.01};
  start(options);
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> { co_return answer(503); };
  for (int i = 0; i < 3; ++i) {
    push("a");
    world_.advance(1100ms);
  }
  EXPECT_EQ(net_.seen.size(), 3U + 5U);
  EXPECT_EQ(dropped(Loss::export_failed), 3U);
}

TEST_F(BatchSenderTest, TwoMayBeInFlightAndNoMore) {
  SenderOptions options = quick();
  options.in_flight = 2;
  start(options, {.max_items = 1});
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_await sleep(1s);
    co_return answer(200);
  };
  for (int i = 0; i < 4; ++i) push("a");
  world_.advance(1s);
  world_.advance(1s);
  EXPECT_EQ(net_.most_in_flight, 2);
  EXPECT_EQ(stats().delivered, 4U);
}

TEST_F(BatchSenderTest, AFlushTellsWhetherItGotEverythingOut) {
  start();
  net_.always = [](const ClientRequest&) -> Task<Result<ClientResponse>> {
    co_await sleep(3s);
    co_return answer(200);
  };
  push("a");
  Task<bool> early = sender_->flush(world_.now() + 2s);
  Task<bool> late = sender_->flush(world_.now() + 10s);
  world_.settle();
  push("b");
  world_.advance(2s);
  ASSERT_TRUE(early.done());
  EXPECT_FALSE(early.take());
  EXPECT_FALSE(late.done());
  world_.advance(1s);
  ASSERT_TRUE(late.done()) << "what came after it is not waited for";
  EXPECT_TRUE(late.take());
  EXPECT_EQ(stats().pending, 1U);
}

TEST_F(BatchSenderTest, StopCancelsAndCountsWhatIsLeft) {
  start();
  net_.always = FakeTransport::never();
  push("in flight");
  world_.advance(1s);
  push("queued");
  Task<bool> flush = sender_->flush(kNever);
  EXPECT_EQ(net_.in_flight, 1);
  sender_->stop();
  world_.settle();
  EXPECT_EQ(net_.in_flight, 0);
  EXPECT_TRUE(running_.done());
  EXPECT_TRUE(flush.done());
  EXPECT_EQ(dropped(Loss::shutdown), 2U);
  EXPECT_FALSE(push("late"));
  EXPECT_EQ(dropped(Loss::shutdown), 3U);
  EXPECT_EQ(stats().pending, 0U);
}

TEST(SenderOptions, BadOnesAreNamedAllAtOnce) {
  SenderOptions bad;
  bad.max_queue_bytes = 1;
  bad.max_queue_items = 0;
  bad.max_delay = -1s;
  bad.timeout = 0s;
  bad.give_up_after = -1s;
  bad.in_flight = 3;
  bad.backoff.factor = 0;
  bad.retry_budget.capacity = 0;
  EXPECT_EQ(bad.validate().list().size(), 8U);
  EXPECT_EQ(bad.validate().list()[6].field, "backoff.factor");
  EXPECT_TRUE(SenderOptions{}.validate().empty());
}

}  // namespace
}  // namespace lift
