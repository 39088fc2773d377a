// The life of a request: in order, exactly once.
#include <stdexcept>

#include "lift/chain/run_fixture_test.h"

namespace lift {
namespace {

TEST_F(RunTest, EntersInwardsLeavesAndEndsOutwards) {
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.get(all, "/");
  EXPECT_EQ(x->status(), 200);
  EXPECT_EQ(x->body(), "hi");
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(journal, kAllSuccess);
}

TEST_F(RunTest, AHandlerThatWaitsChangesNothingOfThat) {
  const Chain all = chain([](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1s);
    co_return text("hi");
  });
  const auto x = world.get(all, "/");
  EXPECT_FALSE(x->answered());
  world.advance(1s);
  EXPECT_EQ(x->body(), "hi");
  EXPECT_EQ(journal, kAllSuccess);
}

TEST_F(RunTest, LeaveComesBeforeTheHeadAndEndAfterTheLastByte) {
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.send(all, sim_request(Method::get, "/"), {.delivery_held = true});
  EXPECT_TRUE(x->answered());
  EXPECT_EQ(journal.back(), "a:leave:success");
  x->deliver();
  EXPECT_EQ(journal, kAllSuccess);
}

TEST_F(RunTest, TheBodyIsReadOnlyWhenEveryLayerHasLetTheRequestIn) {
  b->on_enter = [](Context& ctx) { return ctx.reject("full", text("no").with_status(503)); };
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  EXPECT_EQ(x->status(), 503);
  EXPECT_FALSE(x->asked_for_body());
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "a:leave:rejected", "a:end:rejected"));
}

TEST_F(RunTest, TheHandlerWaitsForTheBody) {
  const Chain all = chain([](Context& ctx) { return text(ctx.request().body); });
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  EXPECT_TRUE(x->asked_for_body());
  EXPECT_FALSE(x->answered());
  x->run().context().request().body = "payload";
  x->body_arrives();
  EXPECT_EQ(x->body(), "payload");
  EXPECT_EQ(journal, kAllSuccess);
}

TEST_F(RunTest, ABodyThatCannotBeHadIsAnsweredWithoutTheHandler) {
  const Chain all = chain([](Context&) -> Response { throw std::logic_error("must not run"); });
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  x->body_fails(HttpError(413, "PAYLOAD_TOO_LARGE", "too large"));
  EXPECT_EQ(x->status(), 413);
  EXPECT_EQ(counters.exceptions, 0U);
  EXPECT_THAT(journal,
              ElementsAre("a:enter", "b:enter", "c:enter", "c:leave:ignored", "b:leave:ignored",
                          "a:leave:ignored", "c:end:ignored", "b:end:ignored", "a:end:ignored"));
}

TEST_F(RunTest, AnExceptionIsA500WithoutItsText) {
  const Chain all =
      chain([](Context&) -> Response { throw std::runtime_error("password=hunter2"); });
  const auto x = world.get(all, "/");
  EXPECT_EQ(x->status(), 500);
  EXPECT_EQ(x->body().find("hunter2"), std::string::npos);
  EXPECT_EQ(counters.exceptions, 1U);
  EXPECT_EQ(journal[3], "c:leave:failure");
  EXPECT_EQ(journal.size(), 9U);
}

TEST_F(RunTest, AnExceptionAfterAWaitToo) {
  const Chain all = chain([](Context& ctx) -> Task<Response> {
    co_await ctx.sleep(1s);
    throw 42;
  });
  const auto x = world.get(all, "/");
  world.advance(1s);
  EXPECT_EQ(x->status(), 500);
  EXPECT_EQ(counters.exceptions, 1U);
  EXPECT_EQ(journal.size(), 9U);
}

TEST_F(RunTest, ALayerThatThrowsGetsNeitherLeaveNorEnd) {
  b->on_enter = [](Context&) -> Verdict { throw std::runtime_error("broken layer"); };
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.get(all, "/");
  EXPECT_EQ(x->status(), 500);
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "a:leave:failure", "a:end:failure"));
}

TEST_F(RunTest, APendingVerdictIsAwaited) {
  b->on_enter = [](Context& ctx) {
    auto decide = [](Context& of) -> Task<Verdict> {
      co_await of.sleep(1s);
      co_return of.request().target.path() == "/no" ? of.reject("no", text("no").with_status(403))
                                                    : Verdict::proceed;
    };
    return ctx.pending(decide(ctx));
  };
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto yes = world.get(all, "/yes");
  EXPECT_FALSE(yes->answered());
  world.advance(1s);
  EXPECT_EQ(yes->status(), 200);
  EXPECT_EQ(journal, kAllSuccess);

  journal.clear();
  const auto no = world.get(all, "/no");
  world.advance(1s);
  EXPECT_EQ(no->status(), 403);
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "a:leave:rejected", "a:end:rejected"));
}

TEST_F(RunTest, ABodyThatStreamsEndsTheLayersAtItsLastByte) {
  const Chain all = chain([](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      co_await sink.write("one ");
      co_await sleep(1s);
      co_await sink.write("two");
    });
  });
  const auto x = world.get(all, "/");
  EXPECT_TRUE(x->answered());
  EXPECT_EQ(journal.back(), "a:leave:success");
  world.advance(1s);
  EXPECT_EQ(x->body(), "one two");
  EXPECT_EQ(journal, kAllSuccess);
}

TEST_F(RunTest, AProducerThatThrowsIsAFailureSeenAtTheEnd) {
  const Chain all = chain([](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      co_await sink.write("half");
      throw std::runtime_error("disk");
    });
  });
  const auto x = world.get(all, "/");
  EXPECT_EQ(journal[6], "c:end:failure");
  EXPECT_TRUE(x->finished());
}

TEST_F(RunTest, ARunIsAsNewAfterReset) {
  const Chain all =
      chain([](Context& ctx) { return text(ctx.request_id(), ctx.tenant(), ctx.param("id")); });
  const auto x = world.get(all, "/");
  class Run& run = x->run();
  Context& ctx = run.context();
  ctx.set_request_id("r1");
  ctx.set_identity(Identity{.tenant = "acme", .user = "ann", .roles = {}});
  ctx.limit_deadline(ctx.start() + 1s);
  run.reset();
  EXPECT_EQ(ctx.request_id(), "");
  EXPECT_TRUE(ctx.identity().anonymous());
  EXPECT_EQ(ctx.deadline(), kNever);
  EXPECT_FALSE(ctx.stop_token().stop_requested());
}

// Random mixtures of everything above; the invariant is always the same.
}  // namespace
}  // namespace lift
