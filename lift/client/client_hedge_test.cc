#include "lift/base/sleep.h"
#include "lift/client/client_fixture_test.h"

namespace lift {
namespace {

using testing::HasSubstr;

/// A service that usually takes 10 ms.
class ClientHedgeTest : public ClientTest {
 protected:
  ClientHedgeTest() {
    wanted.hedge = HedgeOptions{};
    wanted.retry.reset();
  }
  static Task<Result<ClientResponse>> after(Duration time, int status) {
    co_await sleep(time);
    co_return test::answer(status, std::to_string(time.count()));
  }
  void usually_ten_ms() {
    transport->always = [](const ClientRequest&) { return after(10ms, 200); };
  }
  void then(Duration time, int status = 200) {
    transport->script.push_back([=](const ClientRequest&) { return after(time, status); });
  }
  /// What a call took.
  Duration ask(Client& ledger, int status = 200, std::string_view method = "GET") {
    ClientRequest request = ledger.request(method, "/x");
    const Instant begin = world.now();
    Task<Result<ClientResponse>> sending = ledger.send(request);
    while (!sending.done()) world.advance(1ms);
    const Result<ClientResponse> answer = sending.take();
    EXPECT_TRUE(answer);
    if (answer) {
      EXPECT_EQ(answer->status, status);
    }
    return world.now() - begin;
  }
  /// So that what is usual is known.
  void learn(Client& ledger) {
    usually_ten_ms();
    for (int i = 0; i < 200; ++i) ask(ledger);
    transport->seen.clear();
  }

  ClientOptions wanted = options();
};

TEST_F(ClientHedgeTest, ASlowAttemptGetsASecondBesideIt) {
  const auto ledger = client(wanted);
  learn(*ledger);
  then(5s);
  EXPECT_LT(ask(*ledger), 30ms);
  ASSERT_EQ(transport->seen.size(), 2U);
  EXPECT_NE(transport->seen[0].authority, transport->seen[1].authority) << "at another endpoint";
  EXPECT_EQ(transport->in_flight, 0) << "the slow one is dropped";
  EXPECT_THAT(metric("lift.client.hedges"), HasSubstr("{client=ledger} 1\n"));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(ledger->upstream().under_way(i), 0U);
}

TEST_F(ClientHedgeTest, AUsualOneDoesNot) {
  const auto ledger = client(wanted);
  learn(*ledger);
  for (int i = 0; i < 100; ++i) ask(*ledger);
  EXPECT_EQ(transport->seen.size(), 100U);
}

TEST_F(ClientHedgeTest, TheFirstMayStillWin) {
  const auto ledger = client(wanted);
  learn(*ledger);
  then(20ms);
  then(5s);
  EXPECT_LT(ask(*ledger), 30ms);
  EXPECT_EQ(transport->seen.size(), 2U);
  EXPECT_EQ(transport->in_flight, 0);
}

TEST_F(ClientHedgeTest, AFailureIsNoAnswerWhileTheOtherMayBeGood) {
  const auto ledger = client(wanted);
  learn(*ledger);
  then(200ms);
  then(1ms, 500);
  EXPECT_GE(ask(*ledger), 200ms);
  then(100ms, 503);
  then(150ms, 500);
  EXPECT_GE(ask(*ledger, 503), 150ms) << "where both fail it is the first one's";
}

TEST_F(ClientHedgeTest, WhatMustNotBeDoneTwiceIsNot) {
  const auto ledger = client(wanted);
  learn(*ledger);
  then(200ms);
  EXPECT_GE(ask(*ledger, 200, "POST"), 200ms);
  EXPECT_EQ(transport->seen.size(), 1U);
}

/// However slow all of them are: two in a hundred more, and what the budget begins with.
TEST_F(ClientHedgeTest, TheyAreFew) {
  const auto ledger = client(wanted);
  learn(*ledger);
  for (int i = 0; i < 1000; ++i) {
    if (i % 2 == 0) then(100ms);
    ask(*ledger);
  }
  EXPECT_LE(transport->seen.size(), 1000U + 10 + 20 + 5);
}

TEST_F(ClientHedgeTest, NoneWhileABreakerIsNotClosed) {
  wanted.breaker = CircuitBreakerOptions{.open = 1h, .max_open = 1h};
  wanted.upstream.outliers.max_ejected = 0;
  const auto ledger = client(wanted);
  learn(*ledger);
  for (int i = 0; i < 20; ++i) {
    if (transport->seen.size() % 2 == 0) then(1ms, 500);
    ClientRequest request = ledger->request("POST", "/x");
    static_cast<void>(send(*ledger, request));
  }
  for (int i = 0; i < 40; ++i) {
    then(1ms, 500);
    ClientRequest request = ledger->request("POST", "/x");
    static_cast<void>(send(*ledger, request));
  }
  transport->script.clear();
  transport->seen.clear();
  ClientRequest request = ledger->request("GET", "/x");
  static_cast<void>(send(*ledger, request));
  EXPECT_LE(transport->seen.size(), 1U);
}

TEST_F(ClientHedgeTest, ACallThatIsDroppedLeavesNothing) {
  const auto ledger = client(wanted);
  learn(*ledger);
  then(5s);
  then(5s);
  {
    ClientRequest request = ledger->request("GET", "/x");
    Task<Result<ClientResponse>> sending = ledger->send(request);
    world.advance(100ms);
    EXPECT_EQ(transport->in_flight, 2);
  }
  EXPECT_EQ(transport->in_flight, 0);
}

TEST_F(ClientHedgeTest, BadOptionsAreNamed) {
  wanted.hedge = HedgeOptions{.quantile = 1, .minimum = 0ms, .extra = 0.5};
  EXPECT_EQ(wanted.validate().text(),
            "hedge.quantile: value \"1.000000\" must be 0.5 to 0.999\n"
            "hedge.minimum: value \"0 ms\" must be 1 ms to 10 s\n"
            "hedge.extra: value \"0.500000\" must be 0.001 to 0.2");
}

}  // namespace
}  // namespace lift
