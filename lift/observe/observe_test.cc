#include "lift/observe/observe.h"

#include "lift/observe/observe_fixture_test.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view kDuration = "http.server.request.duration";
constexpr std::string_view kActive = "http.server.active_requests";

TEST_F(ObserveTest, RecordsWhatARequestWasAndHowItEnded) {
  const Chain chain = this->chain({}, [this](Context& ctx) {
    ctx.set_request_id("id-1");
    ctx.set_identity({.tenant = "acme", .user = "ada", .roles = {}});
    world_.loop().spend(3ms);
    return text("body").with_status(201);
  });
  Request request = sim_request(Method::post, "/payments/7?page=2");
  request.headers.add("User-Agent", "curl/8");
  request.body = "{}";
  world_.send(chain, std::move(request));
  const RecordedRequest one = only();
  EXPECT_EQ(one.method, "POST");
  EXPECT_EQ(one.operation, "/payments/{id}");
  EXPECT_EQ(one.path, "/payments/7");
  EXPECT_EQ(one.query, "page=2");
  EXPECT_EQ(one.request_id, "id-1");
  EXPECT_EQ(one.tenant, "acme");
  EXPECT_EQ(one.user, "ada");
  EXPECT_EQ(one.user_agent, "curl/8");
  EXPECT_EQ(one.numbers.status, 201);
  EXPECT_EQ(one.numbers.duration, 3ms);
  EXPECT_EQ(one.numbers.request_bytes, 2U);
  EXPECT_EQ(one.numbers.response_bytes, 4U);
  EXPECT_EQ(one.numbers.level, LogLevel::info);
  EXPECT_EQ(one.numbers.kept, Kept::head);
  EXPECT_TRUE(one.numbers.trace.valid());
  EXPECT_TRUE(one.numbers.span.valid());
  EXPECT_FALSE(one.numbers.parent.valid());
  EXPECT_THAT(metrics(kDuration), ElementsAre("POST,/payments/{id},201,http 1"));
  EXPECT_THAT(metrics("http.server.response.body.size"), ElementsAre("POST,/payments/{id} 1"));
  EXPECT_THAT(metrics("lift.tenant.request.duration"), ElementsAre("acme,success 1"));
}

struct Ending {
  const char* name;
  Handler handler;
  int status;
  LogLevel level;
  const char* series;
};

TEST_F(ObserveTest, D_OBS_1_EveryEndingIsLoggedAndCountedAsWhatItWas) {
  const std::vector<Ending> endings{
      {"success", answering(200), 200, LogLevel::info, "GET,/x,200,http 1"},
      {"client error", answering(404), 404, LogLevel::info, "GET,/x,404,http 1"},
      {"server error", answering(503), 503, LogLevel::error, "GET,/x,503,http,503 1"},
      {"standard error", [](Context&) -> Response { throw validation_error("no"); }, 422,
       LogLevel::info, "GET,/x,422,http 1"},
      {"exception", [](Context&) -> Response { throw std::runtime_error("disk on fire"); }, 500,
       LogLevel::error, "GET,/x,500,http,exception 1"},
  };
  for (const Ending& ending : endings) {
    SCOPED_TRACE(ending.name);
    telemetry_ = std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
    const Chain chain = this->chain({}, ending.handler, "/x");
    world_.get(chain, "/x");
    const RecordedRequest one = only();
    EXPECT_EQ(one.numbers.status, ending.status);
    EXPECT_EQ(one.numbers.level, ending.level);
    EXPECT_EQ(one.numbers.failed, ending.level == LogLevel::error);
    EXPECT_THAT(metrics(kDuration), ElementsAre(ending.series));
    EXPECT_THAT(metrics(kActive), IsEmpty());
  }
}

TEST_F(ObserveTest, TheCauseOfAFailureIsRecordedAndNotSent) {
  const Chain chain =
      this->chain({}, [](Context&) -> Response { throw std::runtime_error("disk on fire"); });
  const auto answer = world_.get(chain, "/payments/1");
  EXPECT_EQ(only().error_message, "disk on fire");
  EXPECT_THAT(answer->body(), testing::Not(testing::HasSubstr("disk")));
}

TEST_F(ObserveTest, D_OBS_3_ActiveRequestsReturnToZeroWhateverHappens) {
  const Chain throws = chain({}, [](Context&) -> Response { throw 7; });
  const Chain waits =
      Chain::build("/wait", {AnyLayer(observe_)}, [](Context& ctx) -> Task<Response> {
        co_await ctx.sleep(1h);
        co_return text("late");
      }).value();
  world_.get(throws, "/payments/1");
  auto waiting = world_.get(waits, "/wait");
  auto leaving = world_.get(waits, "/wait");
  EXPECT_THAT(metrics(kActive), ElementsAre("GET 2"));
  leaving->client_leaves();
  world_.settle();
  waiting.reset();
  EXPECT_THAT(metrics(kActive), IsEmpty());
  const auto all = recorded();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].numbers.status, 0) << "nobody was answered";
  EXPECT_EQ(static_cast<OutcomeKind>(all[1].numbers.outcome), OutcomeKind::cancelled_by_caller);
  EXPECT_EQ(static_cast<OutcomeKind>(all[2].numbers.outcome), OutcomeKind::cancelled_by_us);
}

TEST_F(ObserveTest, D_OBS_5_PathsAreNoLabels) {
  const Chain chain = this->chain({}, answering(200));
  const Chain unmatched = Chain::build("unmatched", {AnyLayer(observe_)}, answering(404)).value();
  for (int i = 0; i < 100; ++i) {
    world_.get(chain, "/payments/" + std::to_string(i));
    world_.get(unmatched, "/nowhere/" + std::to_string(i));
  }
  EXPECT_THAT(metrics(kDuration),
              UnorderedElementsAre("GET,/payments/{id},200,http 100", "GET,404,http 100"));
}

/// Refuses everything.
struct Refusing {
  static constexpr std::string_view kName = "refusing";
  Verdict enter(Context& ctx, NoSlot&) {
    return ctx.reject("too_full", HttpError(503, "FULL", "no room"));
  }
};

TEST_F(ObserveTest, SeesWhoRefusedAndWhy) {
  const Chain chain = this->chain({}, answering(200), "/x", std::make_shared<Refusing>());
  world_.get(chain, "/x");
  const RecordedRequest one = only();
  EXPECT_EQ(one.rejected_by, "refusing");
  EXPECT_EQ(one.reason, "too_full");
  EXPECT_EQ(one.numbers.status, 503);
  EXPECT_EQ(one.numbers.level, LogLevel::warn);
}

/// Gives every request a second.
struct OneSecond {
  static constexpr std::string_view kName = "one_second";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.limit_deadline(ctx.start() + 1s);
    return Verdict::proceed;
  }
};

TEST_F(ObserveTest, ATimeoutIsOneOf504AndTheSpanLastsUntilTheAnswer) {
  const Chain chain = this->chain(
      {},
      [](Context& ctx) -> Task<Response> {
        co_await ctx.sleep(1h);
        co_return text("late");
      },
      "/x", std::make_shared<OneSecond>());
  const auto answer = world_.get(chain, "/x");
  world_.advance(2s);
  EXPECT_EQ(answer->status(), 504);
  const RecordedRequest one = only();
  EXPECT_EQ(one.numbers.status, 504);
  EXPECT_EQ(one.numbers.duration, 1s);
  EXPECT_THAT(metrics(kDuration), ElementsAre("GET,/x,504,http,timeout 1"));
}

TEST_F(ObserveTest, CountsTheBytesOfAStreamedBody) {
  const Chain chain = this->chain({}, [](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      co_await sink.write("12345");
      co_await sink.write("678");
    });
  });
  world_.get(chain, "/payments/1");
  world_.settle();
  EXPECT_EQ(only().numbers.response_bytes, 8U);
}

TEST_F(ObserveTest, EachSignalCanBeOff) {
  for (int off = 0; off < 3; ++off) {
    telemetry_ = std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
    ObserveOptions options;
    options.logs = off != 0;
    options.metrics = off != 1;
    options.traces = off != 2;
    const Chain chain = this->chain(options, answering(500));
    world_.get(chain, "/payments/1");
    const RecordedRequest one = only();
    EXPECT_EQ(one.numbers.logged, off != 0);
    EXPECT_EQ(metrics(kDuration).empty(), off == 1);
    EXPECT_EQ(one.numbers.kept == Kept::no, off == 2);
    EXPECT_TRUE(one.numbers.trace.valid()) << "log lines always have ids";
  }
}

TEST_F(ObserveTest, ExtractorsReplaceWhatTheContextKnows) {
  ObserveOptions options;
  options.operation = [](Context& ctx) { return ctx.request().headers.value("x-operation"); };
  options.tenant = [](Context&) { return "globex"; };
  options.user = [](Context&) { return "bob"; };
  options.max_operations = 2;
  const Chain chain = this->chain(options, answering(200));
  for (const char* operation : {"charge", "refund", "charge", "third", "fourth"}) {
    Request request = sim_request(Method::get, "/payments/1");
    request.headers.add("x-operation", operation);
    world_.send(chain, std::move(request));
  }
  const auto all = recorded();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].operation, "charge");
  EXPECT_EQ(all[0].tenant, "globex");
  EXPECT_EQ(all[0].user, "bob");
  EXPECT_THAT(metrics(kDuration),
              UnorderedElementsAre("GET,charge,200,http 2", "GET,refund,200,http 1",
                                   "GET,other,200,http 2"));
}

TEST_F(ObserveTest, NothingIsAllocatedOncePerRequestAndRoute) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "the sanitizer owns operator new";
  const Chain chain = this->chain({}, [](Context& ctx) {
    ctx.annotate(field("amount", 12));
    ctx.log().info("charged");
    const Span span = ctx.span("ledger.write");
    return text("ok");
  });
  world_.get(chain, "/payments/1");
  SimWorld& world = world_;
  struct Carries final : Carrier {
    bool want_body(lift::Run&) noexcept override { return true; }
    void commit(lift::Run& run, Response&) noexcept override { run.sent(Delivery::complete); }
    void finished(lift::Run&) noexcept override {}
  } carrier;
  lift::Run run(world.loop(), carrier);
  const auto serve = [&] {
    run.context().request().headers.add_valid(
        "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    run.context().set_identity({.tenant = "acme", .user = "ada", .roles = {}});
    run.start(chain, {.now = world.now()});
    run.reset();
  };
  serve();
  const AllocationCounter allocations;
  serve();
  EXPECT_EQ(allocations.count(), 0U);
}

TEST_F(ObserveTest, RefusesOptionsThatCannotWork) {
  ObserveOptions options;
  options.log_ratio = 1.5;
  options.bodies.max_bytes = 0;
  options.bodies.content_types = {"text/html"};
  options.top_tenants = 1001;
  options.max_operations = 0;
  options.sampling.rate.ratio = -1;
  options.limits = {.fields = 10'001, .spans = 10'001, .events = 10'001, .bytes = (1U << 20U) + 1};
  EXPECT_EQ(options.validate().list().size(), 10U);
  EXPECT_EQ(Observe::make(options, telemetry_).error().code, "bad_configuration");
}

}  // namespace
}  // namespace lift
