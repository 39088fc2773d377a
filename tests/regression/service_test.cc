// One test for each defect of the original that concerns the service itself, named after it.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "lift/app/routes.h"
#include "lift/edge/edge.h"
#include "lift/identity/identify.h"
#include "lift/resilience/deadline.h"
#include "lift/testing/recorder.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class Failures final : public FailureLog {
 public:
  void failed(const Context&, std::string_view cause) noexcept override {
    causes.emplace_back(cause);
  }
  std::vector<std::string> causes;
};

/// An app's routes with its usual layers, on virtual time.
class Service : public testing::Test {
 protected:
  void serve(Method method, std::string pattern, Handler handler, RouteOptions options = {}) {
    routes.declare({method, std::move(pattern), std::move(handler), options, {}});
  }
  std::unique_ptr<SimExchange> send(Request request) {
    if (!built) {
      std::vector<AnyLayer> layers;
      for (AnyLayer& layer : outermost) layers.push_back(layer);
      layers.emplace_back(Edge::make(edge).value());
      layers.emplace_back(Identify::make(identify).value());
      layers.emplace_back(Deadline::make(deadline).value());
      const Problems problems =
          routes.build(layers, {.counters = &counters, .failures = &failures});
      EXPECT_TRUE(problems.empty()) << problems.text();
      built = true;
    }
    const FindChain find = [this](Context& ctx) -> const Chain& { return routes.find(ctx); };
    return world.send(find, std::move(request));
  }
  std::unique_ptr<SimExchange> get(std::string_view target) {
    return send(sim_request(Method::get, target));
  }

  SimWorld world;
  Routes routes;
  std::vector<AnyLayer> outermost;
  EdgeOptions edge;
  IdentifyOptions identify;
  DeadlineOptions deadline;
  ChainCounters counters;
  Failures failures;
  bool built = false;
};

TEST_F(Service, D_X_fifty_timeouts_inside_are_fifty_timeouts_outside) {
  Journal journal;
  outermost.emplace_back(std::make_shared<Recorder<'o'>>(journal));
  deadline.timeout = 100ms;
  serve(Method::get, "/slow", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  for (int i = 0; i < 50; ++i) {
    const auto x = get("/slow");
    world.advance(200ms);
    EXPECT_EQ(x->status(), 504);
  }
  EXPECT_EQ(std::count(journal.begin(), journal.end(), "o:end:timeout"), 50);
  EXPECT_EQ(std::count(journal.begin(), journal.end(), "o:end:success"), 0);
}

TEST_F(Service, D_X_a_written_500_is_a_failure_whoever_returned_it) {
  Journal journal;
  outermost.emplace_back(std::make_shared<Recorder<'o'>>(journal));
  serve(Method::get, "/quiet", [](Context&) { return text("oops").with_status(500); });
  EXPECT_EQ(get("/quiet")->status(), 500);
  EXPECT_EQ(journal.back(), "o:end:failure");
}

TEST_F(Service, D_TO_2_a_late_handler_never_overwrites_the_timeout) {
  deadline.timeout = 100ms;
  serve(Method::get, "/late", [](Context& ctx) -> Task<Response> {
    co_await sleep(1s);  // deaf to the stop
    ctx.response().status = 200;
    ctx.response().headers.set("x-late", "yes");
    co_return text("late");
  });
  for (int i = 0; i < 100; ++i) {
    const auto x = get("/late");
    world.advance(2s);
    EXPECT_EQ(x->commits(), 1);
    EXPECT_EQ(x->status(), 504);
    EXPECT_FALSE(x->headers().contains("x-late"));
  }
}

TEST_F(Service, D_TO_1_nothing_is_left_behind_by_a_timeout) {
  deadline.timeout = 100ms;
  serve(Method::get, "/slow", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  const auto frames = frame_pool_stats().live;
  for (int i = 0; i < 50; ++i) {
    const auto x = get("/slow");
    world.advance(101ms);
    EXPECT_TRUE(x->finished());
  }
  EXPECT_EQ(frame_pool_stats().live, frames);
  EXPECT_EQ(counters.lingering, 0U);
}

TEST_F(Service, D_TO_4_a_client_that_leaves_is_no_timeout) {
  serve(Method::get, "/slow", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1h);
    co_return text("never");
  });
  const auto x = get("/slow");
  x->client_leaves();
  world.settle();
  EXPECT_EQ(counters.timeouts, 0U);
  EXPECT_EQ(counters.cancelled, 1U);
}

TEST_F(Service, D_TO_6_an_exception_under_a_deadline_is_an_answer) {
  serve(Method::get, "/bad", [](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1ms);
    throw std::runtime_error("boom");
  });
  const auto x = get("/bad");
  world.advance(1s);
  EXPECT_EQ(x->status(), 500);
}

TEST_F(Service, D_APP_1_header_names_have_no_case) {
  serve(Method::get, "/", [](Context& ctx) {
    return text(ctx.request().headers.value("Authorization"), "|",
                ctx.request().headers.value("x-FORWARDED-for"));
  });
  Request request = sim_request(Method::get, "/");
  request.headers.add("authorization", "Bearer x");
  request.headers.add("X-Forwarded-For", "192.0.2.1");
  EXPECT_EQ(send(std::move(request))->body(), "Bearer x|192.0.2.1");
}

TEST_F(Service, D_APP_4_an_unknown_route_is_404_and_a_known_one_says_its_methods) {
  serve(Method::get, "/here", [](Context&) { return text("hi"); });
  const auto missing = get("/nowhere");
  EXPECT_EQ(missing->status(), 404);
  EXPECT_NE(missing->body().find("\"code\":\"NOT_FOUND\""), std::string::npos);
  EXPECT_TRUE(missing->headers().contains("x-request-id"))
      << "the app's layers run around a 404 too";
  const auto wrong = send(sim_request(Method::post, "/here"));
  EXPECT_EQ(wrong->status(), 405);
  EXPECT_EQ(wrong->headers().value("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(send(sim_request(Method::options, "/here"))->status(), 204);
}

TEST_F(Service, D_APP_4_a_preflight_is_answered_wherever_it_goes) {
  edge.cors = CorsOptions{};
  edge.cors->origins = {"https://shop.example"};
  serve(Method::get, "/here", [](Context&) { return text("hi"); });
  for (const char* path : {"/here", "/nowhere"}) {
    Request request = sim_request(Method::options, path);
    request.headers.add("origin", "https://shop.example");
    request.headers.add("access-control-request-method", "GET");
    const auto x = send(std::move(request));
    EXPECT_EQ(x->status(), 204);
    EXPECT_EQ(x->headers().value("access-control-allow-origin"), "https://shop.example");
  }
}

TEST_F(Service, D_APP_5_a_wrapped_error_keeps_its_status) {
  serve(Method::get, "/", [](Context&) -> Response {
    try {
      throw not_found("No such payment");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("while charging card 4111"));
    }
  });
  const auto x = get("/");
  EXPECT_EQ(x->status(), 404);
  EXPECT_NE(x->body().find("No such payment"), std::string::npos);
  EXPECT_EQ(x->body().find("4111"), std::string::npos);
  ASSERT_EQ(failures.causes.size(), 1U);
  EXPECT_EQ(failures.causes[0], "while charging card 4111");
}

TEST_F(Service, D_APP_6_no_client_sees_a_cause) {
  serve(Method::get, "/known", [](Context&) -> Response {
    throw system_error("Try later").because("SELECT * FROM cards failed at ledger.cc:17");
  });
  serve(Method::get, "/unknown",
        [](Context&) -> Response { throw std::runtime_error("/etc/shadow"); });
  EXPECT_EQ(get("/known")->body().find("ledger.cc"), std::string::npos);
  EXPECT_EQ(get("/unknown")->body().find("shadow"), std::string::npos);
  EXPECT_EQ(failures.causes, (std::vector<std::string>{"SELECT * FROM cards failed at ledger.cc:17",
                                                       "/etc/shadow"}));
}

TEST_F(Service, D_APP_7_a_binary_body_arrives_as_it_is) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  serve(Method::get, "/", [bytes](Context&) { return binary("image/png", bytes); });
  const auto x = get("/");
  EXPECT_EQ(x->body(), bytes);
  EXPECT_EQ(x->headers().value("content-type"), "image/png");
}

TEST_F(Service, D_APP_8_a_prefix_ends_at_a_slash) {
  serve(Method::get, "/prod/items", [](Context&) { return text("group"); });
  serve(Method::get, "/production-items", [](Context&) { return text("own"); });
  EXPECT_EQ(get("/prod/items")->body(), "group");
  EXPECT_EQ(get("/production-items")->body(), "own");
}

TEST_F(Service, D_APP_12_the_callers_request_id_is_taken_up) {
  serve(Method::get, "/", [](Context& ctx) { return text(ctx.request_id()); });
  Request request = sim_request(Method::get, "/");
  request.headers.add("x-request-id", "1-5759e988-bd862e3fe1be46a994272793");
  const auto x = send(std::move(request));
  EXPECT_EQ(x->body(), "1-5759e988-bd862e3fe1be46a994272793");
  EXPECT_EQ(x->headers().value("x-request-id"), x->body());
  EXPECT_EQ(get("/")->body().size(), 36U) << "else a fresh one";
}

TEST_F(Service, D_APP_14_a_chain_is_built_once_and_shared) {
  serve(Method::get, "/a/{id}", [](Context& ctx) { return text(ctx.param("id")); });
  EXPECT_EQ(get("/a/1")->body(), "1");
  const auto first = get("/a/2");
  const auto second = get("/a/3");
  EXPECT_EQ(&first->run().chain(), &second->run().chain());
}

TEST_F(Service, D_APP_15_a_required_tenant_is_required_before_the_handler) {
  int calls = 0;
  serve(Method::get, "/", [&calls](Context&) { return ++calls, text("hi"); },
        {.require_tenant = true});
  const auto x = get("/");
  EXPECT_EQ(x->status(), 400);
  EXPECT_NE(x->body().find("TENANT_REQUIRED"), std::string::npos);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace lift
