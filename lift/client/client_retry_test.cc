// Calls that are tried again, and calls that are not: idempotency, waits, budget, circuit breakers.
#include "lift/client/client_fixture_test.h"

namespace lift {
namespace {

using testing::HasSubstr;

class ClientRetryTest : public ClientTest {
 protected:
  ClientRetryTest() { wanted.retry->backoff.jitter = false; }
  Result<ClientResponse> ask(Client& client, std::string_view method = "GET") {
    ClientRequest request = client.request(method, "/");
    return send(client, request);
  }
  /// What the network gives from now on.
  void always(ClientResponse response) {
    transport->always = [response](const ClientRequest&) -> Task<Result<ClientResponse>> {
      ClientResponse copy = response;
      co_return copy;
    };
  }

  ClientOptions wanted = options();
};

TEST_F(ClientRetryTest, TriesAgainWhatMayBeDoneTwice) {
  const auto ledger = client(wanted);
  transport->then(test::answer(500, "broken"));
  transport->then_error("connection_lost");
  EXPECT_EQ(ask(*ledger)->status, 200);
  ASSERT_EQ(transport->seen.size(), 3U);
  EXPECT_FALSE(transport->seen[0].headers.contains("x-previous-attempts"));
  EXPECT_EQ(transport->seen[1].headers.value("x-previous-attempts"), "1");
  EXPECT_EQ(transport->seen[2].headers.value("x-previous-attempts"), "2");
  EXPECT_NEAR((transport->seen[1].time - transport->seen[0].time) / 1ms, 50, 2);
  EXPECT_NEAR((transport->seen[2].time - transport->seen[1].time) / 1ms, 100, 2);
  EXPECT_THAT(metric("lift.client.retries"), HasSubstr("{client=ledger,result=sent} 2\n"));
}

TEST_F(ClientRetryTest, WhatMayNotIsTriedOnce) {
  const auto ledger = client(wanted);
  always(test::answer(500));
  for (const char* method : {"POST", "PATCH", "BREW"}) {
    transport->seen.clear();
    EXPECT_EQ(ask(*ledger, method)->status, 500);
    EXPECT_EQ(transport->seen.size(), 1U) << method;
  }
  EXPECT_THAT(metric("lift.client.retries"),
              HasSubstr("{client=ledger,result=not_idempotent} 3\n"));
  transport->seen.clear();
  ClientRequest request = ledger->request("POST", "/");
  request.headers.add("Idempotency-Key", "7");
  EXPECT_EQ(send(*ledger, request)->status, 500);
  EXPECT_EQ(transport->seen.size(), 3U) << "with a key it may";
}

TEST_F(ClientRetryTest, ABodyThatWasProducedIsNotSentTwice) {
  const auto ledger = client(wanted);
  always(test::answer(500));
  ClientRequest request = ledger->request("PUT", "/");
  request.producer = [](BodySink&) -> Task<void> { co_return; };
  EXPECT_EQ(send(*ledger, request)->status, 500);
  EXPECT_EQ(transport->seen.size(), 1U);
}

TEST_F(ClientRetryTest, TheLastAnswerIsTheCallers) {
  const auto ledger = client(wanted);
  transport->then(test::answer(500, "first"));
  transport->then(test::answer(502, "second"));
  transport->then(test::answer(503, "third"));
  const auto answer = ask(*ledger);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "third");
}

TEST_F(ClientRetryTest, HeedsWhatTheServiceAsks) {
  const auto ledger = client(wanted);
  transport->then(test::answer(503, "", {{"retry-after", "3"}}));
  EXPECT_EQ(ask(*ledger)->status, 200);
  EXPECT_NEAR((transport->seen[1].time - transport->seen[0].time) / 1ms, 3000, 2);
  transport->seen.clear();
  transport->then(test::answer(500, "", {{"x-should-retry", "false"}}));
  EXPECT_EQ(ask(*ledger)->status, 500);
  EXPECT_EQ(transport->seen.size(), 1U);
}

TEST_F(ClientRetryTest, AnAttemptThatTimedOutIsFollowedByAnotherWhileThereIsTime) {
  wanted.timeout = 1s;
  wanted.attempt_timeout = 300ms;
  const auto ledger = client(wanted);
  for (int i = 0; i < 3; ++i) transport->then_never();
  EXPECT_EQ(ask(*ledger).error().code, "timeout");
  EXPECT_EQ(transport->seen.size(), 3U);
  EXPECT_EQ(transport->seen[2].headers.value("x-timeout-ms"), "250") << "what is left of 1 s";
}

TEST_F(ClientRetryTest, MistakesOfTheCallerAreNotTriedAgain) {
  const auto ledger = client(wanted);
  for (const int status : {400, 401, 404, 409, 422}) {
    always(test::answer(status));
    transport->seen.clear();
    EXPECT_EQ(ask(*ledger)->status, status);
    EXPECT_EQ(transport->seen.size(), 1U);
  }
}

TEST_F(ClientRetryTest, AnAnswerThatIsTooLargeIsNotAskedForAgain) {
  const auto ledger = client(wanted);
  transport->then_error("too_large");
  EXPECT_EQ(ask(*ledger).error().code, "too_large");
  EXPECT_EQ(transport->seen.size(), 1U);
}

TEST_F(ClientRetryTest, NoMoreCallsAtOnceThanItMay) {
  wanted.bulkhead = BulkheadOptions{.limit = 2, .tenant_limit = 2};
  wanted.bulkhead->queue->max_wait = 100ms;
  const auto ledger = client(wanted);
  always(test::answer(200));
  for (int i = 0; i < 2; ++i) transport->then_never();
  std::vector<std::unique_ptr<ClientRequest>> requests;
  std::vector<Task<Result<ClientResponse>>> sending;
  for (int i = 0; i < 4; ++i) {
    requests.push_back(std::make_unique<ClientRequest>(ledger->request("POST", "/")));
    sending.push_back(ledger->send(*requests.back()));
  }
  world.settle();
  EXPECT_EQ(transport->seen.size(), 2U);
  EXPECT_THAT(metric("lift.bulkhead.in_use"), HasSubstr("{bulkhead=ledger} 2\n"));
  world.advance(150ms);
  ASSERT_TRUE(sending[2].done());
  EXPECT_EQ(sending[2].take().error().code, "bulkhead_full");
  EXPECT_FALSE(sending[0].done());
  sending.clear();
  EXPECT_EQ(ask(*ledger)->status, 200) << "who is dropped gives its place back";
  EXPECT_THAT(metric("lift.bulkhead.in_use"), HasSubstr("{bulkhead=ledger} 0\n"));
  EXPECT_THAT(metric("lift.bulkhead.rejections"), HasSubstr("reason=waited} 2\n"));
}

TEST_F(ClientRetryTest, APlaceIsHeldUntilTheAnswersLastByte) {
  wanted.bulkhead = BulkheadOptions{.limit = 1, .tenant_limit = 1};
  wanted.bulkhead->queue.reset();
  const auto ledger = client(wanted);
  always(test::answer(200, "a body"));
  ClientRequest first = ledger->request("GET", "/");
  Task<Result<std::unique_ptr<OpenResponse>>> opening = ledger->open(first);
  while (!opening.done()) world.advance(1ms);
  auto answer = opening.take();
  ASSERT_TRUE(answer);
  EXPECT_EQ(ask(*ledger).error().code, "bulkhead_full");
  answer->reset();
  EXPECT_EQ(ask(*ledger)->status, 200);
}

/// The budget is there by default: an outage is not made worse than by a tenth.
TEST_F(ClientRetryTest, AnOutageIsHardlyMadeWorse) {
  wanted.upstream.outliers.max_ejected = 0;
  const auto ledger = client(wanted);
  always(test::answer(500));
  for (int i = 0; i < 2'000; ++i) static_cast<void>(ask(*ledger));
  const double seconds =
      std::chrono::duration<double>(transport->seen.back().time - transport->seen.front().time)
          .count();
  EXPECT_LE(transport->seen.size(), 2'000 + 100 + seconds + 1);
  EXPECT_THAT(metric("lift.client.retries"), HasSubstr("result=budget"));
}

TEST_F(ClientRetryTest, ARetryThatIsNeverSentGivesItsTokenBack) {
  wanted.retry->budget = {.capacity = 1, .reserve_per_second = 0.01};
  const auto ledger = client(wanted);
  const Chain service = chain(ledger);
  for (int i = 0; i < 5; ++i) {
    transport->then(test::answer(500));
    const auto exchange = world.get(service, "/");
    exchange->client_leaves();
    world.advance(1ms);
    EXPECT_TRUE(exchange->finished());
  }
  transport->seen.clear();
  transport->then(test::answer(500));
  EXPECT_EQ(ask(*ledger)->status, 200) << "there still is a token";
}

TEST_F(ClientRetryTest, WithoutAPolicyNothingIsTriedAgain) {
  wanted.retry = {};
  const auto ledger = client(wanted);
  transport->then_error("connect_failed");
  EXPECT_EQ(ask(*ledger).error().code, "connect_failed");
  EXPECT_EQ(transport->seen.size(), 1U);
}

TEST_F(ClientRetryTest, AnOpenBreakerLeavesItsEndpointOut) {
  wanted.retry = {};
  wanted.breaker = CircuitBreakerOptions{.jitter = false};
  wanted.upstream.outliers.max_ejected = 0;
  wanted.upstream.outliers.consecutive_failures = 1'000;
  const auto ledger = client(wanted);
  transport->always = [](const ClientRequest& request) -> Task<Result<ClientResponse>> {
    ClientResponse response = test::answer(request.url.port == 1 ? 500 : 200);
    co_return response;
  };
  int failures = 0;
  for (int i = 0; i < 100; ++i) failures += ask(*ledger)->status == 500 ? 1 : 0;
  EXPECT_EQ(failures, 5);
}

TEST_F(ClientRetryTest, WhereAllBreakersAreOpenNothingIsSent) {
  wanted.breaker = CircuitBreakerOptions{.jitter = false};
  const auto ledger = client(wanted);
  always(test::answer(500));
  for (int i = 0; i < 10; ++i) static_cast<void>(ask(*ledger, "POST"));
  transport->seen.clear();
  const auto refused = ask(*ledger);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "circuit_open");
  EXPECT_THAT(refused.error().message, HasSubstr("ledger"));
  EXPECT_TRUE(transport->seen.empty());
  EXPECT_THAT(metric("lift.circuit_breaker.states"), HasSubstr("{breaker=ledger,state=open} 2\n"));
  EXPECT_THAT(metric("lift.circuit_breaker.requests"),
              HasSubstr("{breaker=ledger,result=rejected} 2\n"));
  always(test::answer(200));
  world.advance(6s);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(*ledger)->status, 200);
}

/// One probe is one attempt: the breaker stands inside the retries.
TEST_F(ClientRetryTest, AProbeIsOneAttempt) {
  wanted.upstream.endpoints = {"http://a:1"};
  wanted.breaker = CircuitBreakerOptions{.jitter = false, .probes = 1};
  const auto ledger = client(wanted);
  always(test::answer(500));
  for (int i = 0; i < 5; ++i) static_cast<void>(ask(*ledger, "POST"));
  world.advance(6s);
  transport->seen.clear();
  EXPECT_EQ(ask(*ledger).error().code, "circuit_open") << "after its probe failed";
  EXPECT_EQ(transport->seen.size(), 1U);
}

}  // namespace
}  // namespace lift
