// Calls on virtual time: whose turn it is, deadlines, what is handed on and what is told of it.
#include <array>
#include <functional>

#include "lift/client/client_fixture_test.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

using testing::HasSubstr;

TEST_F(ClientTest, SendsToEachEndpointInItsTurnBehindItsPath) {
  const auto ledger = client(options());
  for (int i = 0; i < 3; ++i) {
    ClientRequest request = ledger->request("GET", "/entries?of=7");
    EXPECT_EQ(send(*ledger, request)->status, 200);
    EXPECT_EQ(request.url.target, "/entries?of=7") << "as it was, for the next call";
  }
  EXPECT_EQ(seen(), "b:2/entries?of=7 a:1/v1/entries?of=7 b:2/entries?of=7 ");
}

TEST_F(ClientTest, GivesTheWholeAnswerAndTellsTheTimeThatItHas) {
  const auto ledger = client(options());
  transport->then(test::answer(418, "short", {{"x-kind", "teapot"}}));
  ClientRequest request = ledger->request("POST", "/");
  request.body = "water";
  const Result<ClientResponse> answer = send(*ledger, request);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->body, "short");
  EXPECT_EQ(answer->headers.value("x-kind"), "teapot");
  EXPECT_EQ(transport->seen[0].body, "water");
  EXPECT_EQ(transport->seen[0].headers.value("x-timeout-ms"), "10000");
  EXPECT_FALSE(transport->seen[0].headers.contains("traceparent"));
}

TEST_F(ClientTest, GoesToAnotherEndpointOnlyWhereNothingWasSeen) {
  const struct {
    std::string_view error;
    std::size_t attempts;
  } cases[] = {{"resolve_failed", 2}, {"connect_failed", 2}, {"connect_timeout", 2},
               {"tls_failed", 2},     {"busy", 2},           {"connection_lost", 1},
               {"bad_response", 1},   {"too_large", 1},      {"timeout", 1}};
  for (const auto& c : cases) {
    const auto ledger = client(options());
    transport->then_error(std::string(c.error));
    ClientRequest request = ledger->request("POST", "/");
    const Result<ClientResponse> answer = send(*ledger, request);
    EXPECT_EQ(transport->seen.size(), c.attempts) << c.error;
    EXPECT_EQ(answer ? "" : answer.error().code, c.attempts == 2 ? "" : c.error);
  }
}

TEST_F(ClientTest, TriesEachEndpointBeforeAnyAgainAndNoMoreOftenThanItMay) {
  ClientOptions wanted = options();
  wanted.upstream.endpoints = {"http://a:1", "http://b:2", "http://c:3"};
  for (const std::uint32_t attempts : {1U, 3U, 6U}) {
    wanted.retry->attempts = attempts;
    const auto ledger = client(wanted);
    for (std::uint32_t i = 0; i < attempts; ++i) transport->then_error("connect_failed");
    ClientRequest request = ledger->request("POST", "/");
    EXPECT_EQ(send(*ledger, request).error().code, "connect_failed");
    ASSERT_EQ(transport->seen.size(), attempts);
    if (attempts >= 3) {
      EXPECT_EQ(transport->seen[2].time, transport->seen[0].time) << "at once";
    }
  }
  EXPECT_EQ(seen(), "b:2/ c:3/ a:1/ b:2/ c:3/ a:1/ ");
}

TEST_F(ClientTest, AnAttemptHasItsTimeAndACallHasItsOwn) {
  ClientOptions wanted = options();
  wanted.timeout = 900ms;
  wanted.attempt_timeout = 600ms;
  const auto ledger = client(wanted);
  transport->then_never();
  ClientRequest request = ledger->request("POST", "/");
  const Instant begin = world.now();
  EXPECT_EQ(send(*ledger, request).error().code, "timeout");
  EXPECT_EQ(transport->seen.size(), 1U) << "the service may be at it";
  EXPECT_NEAR((world.now() - begin) / 1ms, 600, 20);
  request.deadline = world.now() + 50ms;
  EXPECT_EQ(send(*ledger, request)->status, 200);
  EXPECT_EQ(transport->seen[1].headers.value("x-timeout-ms"), "50");
  request.deadline = world.now();
  EXPECT_EQ(send(*ledger, request).error().code, "timeout");
  EXPECT_EQ(transport->seen.size(), 2U) << "none is begun too late";
}

TEST_F(ClientTest, EndsWithTheRequestsDeadline) {
  const auto ledger = client(options());
  transport->then_never();
  const Chain service = chain(ledger, {.timeout = 250ms});
  const auto exchange = world.get(service, "/");
  EXPECT_EQ(transport->seen[0].headers.value("x-timeout-ms"), "250");
  world.advance(1s);
  EXPECT_EQ(exchange->status(), 504);
  EXPECT_EQ(transport->in_flight, 0);
  EXPECT_TRUE(exchange->finished());
}

TEST_F(ClientTest, IsCutShortWhenTheCallerIsGone) {
  const auto ledger = client(options());
  transport->then_never();
  const Chain service = chain(ledger);
  const auto exchange = world.get(service, "/");
  EXPECT_EQ(transport->in_flight, 1);
  exchange->client_leaves();
  world.advance(10ms);
  EXPECT_EQ(transport->in_flight, 0);
  EXPECT_TRUE(exchange->finished());
  EXPECT_EQ(ledger->upstream().under_way(0) + ledger->upstream().under_way(1), 0U);
  EXPECT_THAT(metric(), HasSubstr("error.type=cancelled} 1"));
}

/// Gives a request a trace, as the observe layer does.
struct Traced {
  static constexpr std::string_view kName = "traced";
  TrailSettings settings;
  Verdict enter(Context& ctx, NoSlot&) {
    Trail& trail = ctx.arena().make<Trail>(settings, ctx.arena(), ctx.loop());
    trail.trace = begin_trace(1'700'000'000, ctx.loop().random());
    ctx.set_trail(&trail);
    return Verdict::proceed;
  }
};

TEST_F(ClientTest, CarriesTheTraceOnUnderItsOwnSpan) {
  const auto ledger = client(options());
  const Handler handler = [ledger](Context& ctx) -> Task<Response> {
    ClientRequest request = ledger->request("GET", "/x");
    request.headers.add("traceparent", "00-11111111111111111111111111111111-2222222222222222-01");
    Task<Result<ClientResponse>> sending = ledger->send(ctx, request);
    static_cast<void>(co_await sending);
    std::array<char, kTraceparentSize> own;
    const TraceContext trace = ctx.trace();
    write_traceparent(trace.trace, trace.span, trace.sampled, trace.random, own);
    Response response = text(std::string_view(own.data(), own.size()));
    co_return response;
  };
  const auto traced = std::make_shared<Traced>(
      TrailSettings{.records = telemetry->records(), .levels = telemetry->levels()});
  const Chain service = std::move(Chain::build("/op", {AnyLayer(traced)}, handler)).value();
  const auto exchange = world.get(service, "/");
  const std::string own = exchange->body();
  const std::string sent(transport->seen.at(0).headers.value("traceparent"));
  ASSERT_EQ(transport->seen[0].headers.count("traceparent"), 1U);
  EXPECT_EQ(sent.substr(0, 36), own.substr(0, 36)) << "the same trace";
  EXPECT_NE(sent.substr(36, 16), own.substr(36, 16)) << "another span";
}

TEST_F(ClientTest, CountsEachAttemptByEndpointAndEnd) {
  const auto ledger = client(options());
  transport->then_error("connect_failed");
  transport->then(test::answer(503));
  ClientRequest request = ledger->request("BREW", "/");
  EXPECT_EQ(send(*ledger, request)->status, 503);
  EXPECT_THAT(metric(), HasSubstr("{http.request.method=_OTHER,server.address=b,server.port=2,"
                                  "error.type=connect_failed} 1\n"));
  EXPECT_THAT(metric(), HasSubstr("{http.request.method=_OTHER,server.address=a,server.port=1,"
                                  "http.response.status_code=503,error.type=503} 1\n"));
}

TEST_F(ClientTest, LeavesOutAnEndpointThatFails) {
  const auto ledger = client(options());
  transport->always = [](const ClientRequest& request) -> Task<Result<ClientResponse>> {
    ClientResponse answer = test::answer(request.url.port == 1 ? 500 : 200);
    co_return answer;
  };
  int failures = 0;
  for (int i = 0; i < 100; ++i) {
    ClientRequest request = ledger->request("POST", "/");
    failures += send(*ledger, request)->status == 500 ? 1 : 0;
  }
  EXPECT_EQ(failures, 5);
  EXPECT_EQ(ledger->upstream().outliers().ejections(), 1U);
}

TEST_F(ClientTest, WhatIsNotItsFaultDoesNotEjectAnEndpoint) {
  const auto ledger = client(options());
  for (const int status : {400, 404, 429}) {
    transport->always = [status](const ClientRequest&) -> Task<Result<ClientResponse>> {
      ClientResponse answer = test::answer(status);
      co_return answer;
    };
    for (int i = 0; i < 50; ++i) {
      ClientRequest request = ledger->request("POST", "/");
      EXPECT_EQ(send(*ledger, request)->status, status);
    }
  }
  EXPECT_EQ(ledger->upstream().outliers().ejections(), 0U);
}

TEST(ClientOptions, BadOnesAreNamed) {
  const SimClock clock;
  Telemetry telemetry({}, clock);
  const struct {
    std::function<void(ClientOptions&)> change;
    std::string_view problem;
  } cases[] = {
      {[](ClientOptions& o) { o.name = ""; }, R"(name: value "" must be 1 to 64 letters)"},
      {[](ClientOptions& o) { o.name = "a b"; }, R"(name: value "a b" must be)"},
      {[](ClientOptions& o) { o.timeout = 0s; }, R"(timeout: value "0 ms" must be from 1 ms)"},
      {[](ClientOptions& o) { o.attempt_timeout = 31s; },
       R"(attempt_timeout: value "31000 ms" must be from 1 ms to `timeout`)"},
      {[](ClientOptions& o) { o.retry->attempts = 0; },
       R"(retry.attempts: value "0" must be 1 to 10)"},
      {[](ClientOptions& o) { o.breaker->probes = 0; }, R"(breaker.probes: value "0" must be)"},
      {[](ClientOptions& o) { o.classifier = nullptr; }, "classifier: "},
      {[](ClientOptions& o) { o.upstream.endpoints = {}; }, "upstream.endpoints: "},
      {[](ClientOptions& o) { o.http.hosts = 0; }, "http.hosts: "},
  };
  for (const auto& c : cases) {
    ClientOptions options;
    options.name = "ledger";
    options.upstream.endpoints = {"http://a/"};
    c.change(options);
    const auto made = Client::make(options, telemetry);
    ASSERT_FALSE(made.has_value()) << c.problem;
    EXPECT_EQ(made.error().code, "bad_configuration");
    EXPECT_THAT(made.error().message, HasSubstr(std::string(c.problem)));
  }
}

}  // namespace
}  // namespace lift
