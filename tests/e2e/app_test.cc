// An app as its users wire it, over real sockets.
#include "lift/app/app.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lift/base/sleep.h"
#include "lift/chain/typed.h"
#include "lift/testing/recorder.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using test::RawResponse;

AppOptions test_options() {
  AppOptions options = embedded_options();
  options.server.loops = 2;
  return options;
}

RawResponse ask(const App& app, std::string_view request) {
  const auto address =
      ListenAddress::parse(app.addresses().front().substr(std::string("http://").size()));
  RawClient client(*address);
  return client.ask(request);
}

RawResponse get(const App& app, const std::string& target, const std::string& headers = "") {
  return ask(app, "GET " + target + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n");
}

struct Counter {
  std::atomic<int> value{0};
};

TEST(App, HandsStateToHandlersAndRunsItsHooksInOrder) {
  std::vector<std::string> order;
  App app(test_options());
  app.provide(std::make_shared<Counter>());
  app.on_start([&order]() -> Result<> { return order.emplace_back("start 1"), Result<>(); });
  app.on_start([&order]() -> Result<> { return order.emplace_back("start 2"), Result<>(); });
  app.on_ready([&order] { order.emplace_back("ready"); });
  app.on_stop([&order] { order.emplace_back("stop 1"); });
  app.on_stop([&order] { order.emplace_back("stop 2"); });
  app.get("/count",
          [](Context& ctx) { return text(std::to_string(++ctx.state<Counter>().value)); });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(app, "/count").body, "1");
  EXPECT_EQ(get(app, "/count").body, "2");
  app.stop();
  EXPECT_EQ(order, (std::vector<std::string>{"start 1", "start 2", "ready", "stop 2", "stop 1"}));
}

TEST(App, AStartHookThatFailsKeepsItFromStarting) {
  App app(test_options());
  app.on_start([]() -> Result<> { return fail("no_database", "the database is not there"); });
  const auto started = app.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "the database is not there");
  EXPECT_TRUE(app.addresses().empty());
}

TEST(App, StopHooksRunOnceIfAStartWasTriedAndNeverOtherwise) {
  int stops = 0;
  {
    App never(test_options());
    never.on_stop([&stops] { ++stops; });
    EXPECT_NE(never.print_chain(), "");
  }
  EXPECT_EQ(stops, 0);
  {
    App half_way(test_options());
    half_way.on_start([]() -> Result<> { return fail("no_database", "not there"); });
    half_way.on_stop([&stops] { ++stops; });
    half_way.on_stop([&half_way] { half_way.stop(); });
    EXPECT_FALSE(half_way.start());
    half_way.stop();
  }
  EXPECT_EQ(stops, 1);
}

TEST(App, AStopHookThatThrowsKeepsNothingFromEnding) {
  const test::ScratchFolder folder;
  AppOptions options = test_options();
  options.exports.log = LogFileOptions{.path = folder / "log"};
  bool other = false;
  App app(std::move(options));
  app.on_stop([&other] { other = true; });
  app.on_stop([] { throw std::runtime_error("the pool is gone"); });
  ASSERT_TRUE(app.start());
  app.log().info("the last words");
  testing::internal::CaptureStderr();
  app.stop();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "lift: a stop hook failed: the pool is gone\n");
  EXPECT_TRUE(other);
  const auto lines = test::lines_of(folder / "log");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(test::member(lines[0], "message"), "the last words");
}

TEST(App, TheLastMetricsHaveTheServersLastNumbers) {
  const test::ScratchFolder folder;
  AppOptions options = test_options();
  options.exports.log = LogFileOptions{.path = folder / "log"};
  options.exports.emf = EmfOptions{};
  App app(std::move(options));
  app.get("/", [](Context&) { return text("here"); });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(app, "/").status, 200);
  app.stop();
  const auto lines = test::lines_of(folder / "log");
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
    return test::member(line, "lift.server.accepted") == "1";
  }));
}

TEST(App, ASecondStartIsRefusedAndDisturbsNothing) {
  App app(test_options());
  app.get("/", [](Context&) { return text("here"); });
  ASSERT_TRUE(app.start());
  const auto again = app.start();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "already_started");
  EXPECT_EQ(get(app, "/").body, "here");
}

TEST(App, ThePrintedChainsAreNamedRightBesideARefusedRoute) {
  AppOptions options = test_options();
  options.observe.reset();
  options.edge.reset();
  options.health.reset();
  options.identify.reset();
  options.deadline.reset();
  options.load_shed.reset();
  App app(std::move(options));
  app.get("no-slash", [](Context&) { return text(""); });
  app.get("/good", [](Context&) { return text(""); });
  EXPECT_TRUE(app.print_chain().starts_with("GET /good: [handler]\nunmatched: [handler]\n"));
}

TEST(App, EveryMistakeIsReportedAtOnce) {
  AppOptions options = test_options();
  options.deadline->timeout = 0ms;
  options.server.limits.header_count = 0;
  App app(std::move(options));
  app.get("no-slash", [](Context&) { return text(""); });
  app.get("/a/{x}", [](Context&) { return text(""); });
  app.get("/a/{y}", [](Context&) { return text(""); });
  app.get("/b", [](Context&) { return text(""); }, {.timeout = 1s, .unlimited = true});
  app.group("v1").get("/c", [](Context&) { return text(""); });
  const auto started = app.start();
  ASSERT_FALSE(started);
  const std::string& all = started.error().message;
  for (const char* part :
       {"timeout", "header_count", "no-slash", "/a/{x}", "/a/{y}", "unlimited", "v1"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part << " is missing in:\n" << all;
  }
}

struct Late {
  static constexpr std::string_view kName = "edge";
  static Verdict enter(Context&, NoSlot&) { return Verdict::proceed; }
};

TEST(App, AWrongOrderIsRefusedWithItsReason) {
  AppOptions options = test_options();
  options.edge.reset();
  App app(std::move(options));
  app.use(std::make_shared<Late>());
  app.get("/", [](Context&) { return text(""); });
  const auto started = app.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("must stand inside edge"), std::string::npos);
}

TEST(App, GroupsAddPrefixesOptionsAndLayers) {
  Journal journal;  // of one loop only, so that nothing else writes to it
  AppOptions options = test_options();
  options.server.loops = 1;
  App app(std::move(options));
  Group& v1 = app.group("/v1", {.body_limit = 4});
  v1.use(std::make_shared<Recorder<'g'>>(journal));
  v1.post("/echo", [](Context& ctx) { return text(ctx.request().body); });
  v1.group("/deep").get("/{a}/{b...}",
                        [](Context& ctx) { return text(ctx.param("a"), "|", ctx.param("b")); });
  app.get("/v1x", [](Context&) { return text("outside"); });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(app, "/v1/deep/x%2Fy/1/2").body, "x/y|1/2");
  EXPECT_EQ(get(app, "/v1x").body, "outside");
  EXPECT_EQ(ask(app, "POST /v1/echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello").status,
            413);
  EXPECT_EQ(ask(app, "POST /v1/echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nfits").body,
            "fits");
  app.stop();
  EXPECT_EQ(std::count(journal.begin(), journal.end(), "g:enter"), 3) << "all but /v1x";
}

TEST(App, ARouteMayHaveItsOwnTimeoutAndAHandlerMayWaitOnAWorker) {
  App app(test_options());
  app.get("/slow",
          [](Context& ctx) -> Task<Response> {
            co_await ctx.sleep(1h);
            co_return text("never");
          },
          {.timeout = 20ms});
  app.get("/work", [](Context& ctx) -> Task<Response> {
    auto job = [name = std::string(ctx.request().target.query("name").value_or(""))] {
      return "did " + name;
    };
    const std::string done = co_await ctx.offload(job);
    co_return text(done);
  });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(app, "/slow").status, 504);
  EXPECT_EQ(app.counters().timeouts, 1U);
  EXPECT_EQ(get(app, "/work?name=it+all").body, "did it all");
}

TEST(App, BackgroundJobsRunOnTheLoopAndEndWithTheDrain) {
  std::atomic<int> beats{0};
  std::atomic<bool> ended{false};
  App app(test_options());
  app.background([&](StopToken stop) -> Task<void> {
    try {
      while (true) {
        ++beats;
        beats.notify_all();
        co_await sleep(1ms, stop);
      }
    } catch (const Cancelled&) {
      ended = true;
      throw;
    }
  });
  ASSERT_TRUE(app.start());
  beats.wait(0);
  app.stop();
  EXPECT_TRUE(ended);
}

TEST(App, CausesGoToTheFailureReportAndNotToTheClient) {
  std::vector<std::string> causes;
  App app(test_options());
  app.on_failure([&causes](const Context& ctx, std::string_view cause) {
    causes.push_back(std::string(ctx.operation()) + ": " + std::string(cause));
  });
  app.get("/bad", [](Context&) -> Response { throw std::runtime_error("the secret cause"); });
  ASSERT_TRUE(app.start());
  const RawResponse answer = get(app, "/bad");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  app.stop();
  EXPECT_EQ(causes, std::vector<std::string>{"/bad: the secret cause"});
  EXPECT_EQ(app.counters().exceptions, 1U);
}

TEST(App, LayersCanBeSwitchedOff) {
  AppOptions options = test_options();
  options.observe.reset();
  options.edge.reset();
  options.health.reset();
  options.identify.reset();
  options.deadline.reset();
  options.load_shed.reset();
  App app(std::move(options));
  app.get("/", [](Context&) { return text("bare"); });
  EXPECT_EQ(app.print_chain(), "GET /: [handler]\nunmatched: [handler]\n");
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(app, "/").header("x-request-id"), "");
}

TEST(App, AnAddressThatIsTakenIsNamed) {
  App first(test_options());
  ASSERT_TRUE(first.start());
  AppOptions options = test_options();
  options.server.listen = {*ListenAddress::parse(first.addresses().front().substr(7))};
  App second(std::move(options));
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "address_in_use");
  EXPECT_NE(started.error().message.find(first.addresses().front().substr(7)), std::string::npos);
}

TEST(App, DefaultLayersChangeWhileItRuns) {
  App app(test_options());
  app.get("/slow", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  EXPECT_EQ(app.update(DeadlineOptions{}).error().code, "no_such_layer") << "not started yet";
  ASSERT_TRUE(app.start());
  DeadlineOptions brief;
  brief.timeout = 20ms;
  ASSERT_TRUE(app.update(brief));
  EXPECT_EQ(get(app, "/slow").status, 504);
  brief.timeout = 0ms;
  EXPECT_EQ(app.update(brief).error().code, "bad_configuration");
  EXPECT_EQ(get(app, "/slow").status, 504) << "the old options stay";
}

TEST(App, WhatIsNoRequestIsAnsweredLikeEverythingElse) {
  App app(test_options());
  ASSERT_TRUE(app.start());
  const RawResponse answer = ask(app, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("x-request-id").size(), 36U);
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_NE(answer.body.find(answer.header("x-request-id")), std::string::npos);
}

}  // namespace
}  // namespace lift
