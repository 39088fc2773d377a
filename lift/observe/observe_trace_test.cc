// What the layer does with traces, tails, bodies and tenants.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "lift/observe/detail/observed_routes.h"
#include "lift/observe/observe_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kUnsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

Request with(std::string_view header, std::string_view value) {
  Request request = sim_request(Method::get, "/payments/1");
  request.headers.add(header, value);
  return request;
}

std::string hex(const TraceId& id) {
  std::array<char, 32> out{};
  to_hex(id, out);
  return {out.data(), out.size()};
}
std::string hex(const SpanId& id) {
  std::array<char, 16> out{};
  to_hex(id, out);
  return {out.data(), out.size()};
}

TEST_F(ObserveTest, ContinuesACallersTraceAndItsDecision) {
  const Chain chain = this->chain({}, answering(200));
  Request request = with("traceparent", kParent);
  request.headers.add("tracestate", "congo=t61");
  world_.send(chain, std::move(request));
  const RecordedRequest sampled = only();
  EXPECT_EQ(hex(sampled.numbers.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(hex(sampled.numbers.parent), "00f067aa0ba902b7");
  EXPECT_NE(hex(sampled.numbers.span), "00f067aa0ba902b7");
  EXPECT_EQ(sampled.trace_state, "congo=t61");
  EXPECT_EQ(sampled.numbers.kept, Kept::head);
  world_.send(chain, with("traceparent", kUnsampled));
  EXPECT_EQ(only().numbers.kept, Kept::no);
}

TEST_F(ObserveTest, ContinuesAnXRayRootWithoutAParent) {
  const Chain chain = this->chain({}, answering(200));
  world_.send(chain, with("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"));
  const RecordedRequest one = only();
  EXPECT_EQ(hex(one.numbers.trace), "5759e988bd862e3fe1be46a994272793");
  EXPECT_FALSE(one.numbers.parent.valid());
  EXPECT_EQ(one.numbers.kept, Kept::head);
}

TEST_F(ObserveTest, TwoTraceparentsBeginANewTrace) {
  const Chain chain = this->chain({}, answering(200));
  Request request = with("traceparent", kParent);
  request.headers.add("traceparent", kParent);
  world_.send(chain, std::move(request));
  EXPECT_NE(hex(only().numbers.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(ObserveTest, AGateMayBeginItsOwnTraces) {
  ObserveOptions options;
  options.sampling.parent = ParentPolicy::restart;
  const Chain chain = this->chain(options, answering(200));
  world_.send(chain, with("traceparent", kParent));
  EXPECT_NE(hex(only().numbers.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(ObserveTest, AnUnsampledRequestHasRealIdsThatDiffer) {
  ObserveOptions options;
  options.sampling.rate.ratio = 0;
  const Chain chain = this->chain(options, answering(200));
  world_.get(chain, "/payments/1");
  world_.get(chain, "/payments/1");
  const auto all = recorded();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].numbers.kept, Kept::no);
  EXPECT_TRUE(all[0].numbers.trace.valid());
  EXPECT_NE(all[0].numbers.trace, all[1].numbers.trace);
  // X-Ray wants the seconds since 1970 in front: 2026-01-01T00:16:40Z.
  EXPECT_EQ(hex(all[0].numbers.trace).substr(0, 8), "6955bce8");
}

TEST_F(ObserveTest, DetailIsShownOfRequestsThatTheTailKeeps) {
  int status = 200;
  const Chain chain = this->chain({}, [&](Context& ctx) {
    ctx.log().debug("detail");
    return text("x").with_status(status);
  });
  world_.send(chain, with("traceparent", kUnsampled));
  EXPECT_THAT(only().lines, testing::IsEmpty());
  status = 500;
  world_.send(chain, with("traceparent", kUnsampled));
  EXPECT_THAT(only().lines, ElementsAre("detail"));
}

TEST_F(ObserveTest, WhatHandlersLogIsRecordedAlsoWhereOnlyMetricsAreOn) {
  ObserveOptions options;
  options.logs = options.traces = false;
  const Chain chain = this->chain(options, [](Context& ctx) {
    if (ctx.request().target.path() == "/said") ctx.log().error("broken");
    return text("x");
  });
  world_.get(chain, "/said");
  const RecordedRequest one = only();
  EXPECT_THAT(one.lines, ElementsAre("broken"));
  EXPECT_FALSE(one.numbers.logged);
  world_.get(chain, "/unsaid");
  EXPECT_THAT(recorded(), testing::IsEmpty());
}

TEST_F(ObserveTest, WithoutTracesTheCallersDecisionIsPassedOn) {
  ObserveOptions options;
  options.traces = false;
  TraceContext seen;
  const Chain chain = this->chain(options, [&seen](Context& ctx) {
    seen = ctx.trace();
    return text("x");
  });
  world_.send(chain, with("traceparent", kParent));
  EXPECT_TRUE(seen.sampled);
  EXPECT_EQ(only().numbers.kept, Kept::no);
  world_.send(chain, with("traceparent", kUnsampled));
  EXPECT_FALSE(seen.sampled);
}

TEST_F(ObserveTest, AnExtractorThatThrowsOrNamesNothingCountsAsNotGiven) {
  ObserveOptions options;
  options.operation = [](Context&) { return std::string_view(); };
  const auto throws = [](Context&) -> std::string_view { throw std::runtime_error("no"); };
  options.tenant = options.user = throws;
  const auto named = [](Context& ctx) {
    ctx.set_identity({.tenant = "acme", .user = "ada", .roles = {}});
    return text("x");
  };
  const Chain nameless = this->chain(options, named);
  world_.get(nameless, "/payments/1");
  RecordedRequest one = only();
  EXPECT_EQ(one.operation, "/payments/{id}");
  EXPECT_EQ(one.tenant, "acme");
  EXPECT_EQ(one.user, "ada");
  options.operation = throws;
  const Chain throwing = this->chain(options, named);
  world_.get(throwing, "/payments/1");
  EXPECT_EQ(only().operation, "/payments/{id}");
}

TEST_F(ObserveTest, WhatIsSlowIsKnownOfARouteWithManyStatuses) {
  ObserveOptions options;
  options.sampling.rate.ratio = 0;
  int status = 200;
  Duration takes = 1ms;
  const Chain chain = this->chain(options, [&](Context&) {
    world_.loop().spend(takes);
    return text("x").with_status(status);
  });
  for (int i = 0; i < 8; ++i) {
    status = 201 + i;
    world_.get(chain, "/payments/1");
  }
  status = 299;  // the ninth
  for (int i = 0; i < 200; ++i) world_.get(chain, "/payments/1");
  telemetry_->parts().at(0)->upkeep(world_.now());
  recorded();
  takes = 5ms;
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::slow);
}

/// Whether a child of a fork, made while another thread finds new series, can make its own.
bool child_can_count(Telemetry& telemetry, detail::ObservedRoutes& routes,
                     detail::ObservedRoute& route) {
  telemetry.before_fork();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(5);
    telemetry.reset_after_fork();
    (void)routes.named("a name of the child");
    (void)routes.tenant("a tenant of the child", false);
    (void)routes.duration(route, Method::put, routes.method(route, Method::put), {.status = 999});
    ::_exit(0);
  }
  telemetry.after_fork();
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(ObserveTest, AForkWhileSeriesAreMadeLeavesTheChildNoLockHeld) {
  const ObserveOptions options;
  auto routes = std::make_shared<detail::ObservedRoutes>(options, *telemetry_,
                                                         Sampler::make(options.sampling).value());
  telemetry_->keep_up(routes);
  detail::ObservedRoute& route = routes->add("/a");
  detail::ObservedMethod& method = routes->method(route, Method::get);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    for (std::uint16_t i = 0; !stop; i = (i + 1) % 900) {
      (void)routes->duration(route, Method::get, method, {.status = i});
    }
  });
  int good = 0;
  for (int i = 0; i < 20 && good == i; ++i) {
    good += child_can_count(*telemetry_, *routes, route) ? 1 : 0;
  }
  stop = true;
  other.join();
  EXPECT_EQ(good, 20);
}

TEST_F(ObserveTest, HandlersSeeTheTraceThatTheyAreTold) {
  TraceContext seen;
  const Chain chain = this->chain({}, [&seen](Context& ctx) {
    seen = ctx.trace();
    return text("x");
  });
  world_.send(chain, with("traceparent", kParent));
  const RecordedRequest one = only();
  EXPECT_EQ(seen.trace, one.numbers.trace);
  EXPECT_EQ(seen.span, one.numbers.span) << "what a call from here carries as its parent";
  EXPECT_TRUE(seen.sampled);
}

TEST_F(ObserveTest, BodiesAreTakenOnlyIfAskedForAndOfTypesThatCanBeRedacted) {
  const Handler handler = [](Context& ctx) {
    return json_text(R"({"ok":true})")
        .with("content-type", ctx.request().headers.value("x-answer"));
  };
  const auto ask = [&](const Chain& chain, std::string_view type, std::string_view answer) {
    Request request = with("content-type", type);
    request.headers.add("x-answer", answer);
    request.body = R"({"pin":"1234"})";
    world_.send(chain, std::move(request));
    return only();
  };
  const Chain silent = chain({}, handler);
  EXPECT_EQ(ask(silent, "application/json", "application/json").request_body, "");
  ObserveOptions options;
  options.bodies.request = options.bodies.response = true;
  const Chain chain = this->chain(options, handler);
  const RecordedRequest shown =
      ask(chain, "application/JSON; charset=utf-8", "application/problem+json");
  EXPECT_EQ(shown.request_body, R"({"pin":"1234"})") << "redacted by who exports it";
  EXPECT_TRUE(shown.numbers.request_body_json);
  EXPECT_EQ(shown.response_body, R"({"ok":true})");
  EXPECT_EQ(ask(chain, "text/plain", "text/html").request_body, "");
  EXPECT_EQ(ask(chain, "text/plain", "text/html").response_body, "");
}

TEST_F(ObserveTest, TheBusiestTenantsHaveMetricsOfTheirOwnAndTheSumStaysExact) {
  ObserveOptions options;
  options.top_tenants = 2;
  std::string tenant;
  const Chain chain = this->chain(options, [&tenant](Context& ctx) {
    ctx.set_identity({.tenant = tenant, .user = "", .roles = {}});
    return text("x");
  });
  const auto send = [&](const char* who, int times) {
    tenant = who;
    for (int i = 0; i < times; ++i) world_.get(chain, "/payments/1");
    struct Exporting final : RecordBuffer::Reader {
      explicit Exporting(Telemetry& of) : telemetry(of) {}
      void request(const RequestRead& read) override {
        for (const auto& part : telemetry.parts()) part->exporting(read, {});
      }
      void line(const LineReadAlone&) override {}
      Telemetry& telemetry;
    } reader(*telemetry_);
    telemetry_->records().drain(reader, SIZE_MAX);
  };
  send("first", 1);
  send("second", 2);
  send("busy", 50);
  EXPECT_THAT(metrics("lift.tenant.request.duration"),
              UnorderedElementsAre("first,success 1", "second,success 2", "other,success 50"));
  send("busier", 60);
  send("third", 10);
  send("fourth", 10);
  for (int i = 0; i < 12; ++i) telemetry_->parts().at(0)->upkeep(world_.now());
  send("busy", 5);
  send("busier", 6);
  long sum = 0;
  std::vector<std::string> names;
  for (const std::string& series : metrics("lift.tenant.request.duration")) {
    sum += std::stol(series.substr(series.rfind(' ')));
    names.push_back(series.substr(0, series.find(',')));
  }
  EXPECT_EQ(sum, 1 + 2 + 50 + 60 + 20 + 11);
  EXPECT_THAT(names, testing::IsSupersetOf({"busy", "busier"}));
}

}  // namespace
}  // namespace lift
