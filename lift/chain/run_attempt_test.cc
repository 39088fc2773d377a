// What a wrap may find while it runs: no body, a deadline that passes, a client that leaves.
#include <stdexcept>

#include "lift/base/when.h"
#include "lift/chain/run_fixture_test.h"

namespace lift {
namespace {

/// Goes on for a while after the rest of the chain is through.
struct Afterwards {
  static constexpr std::string_view kName = "afterwards";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    co_await sleep(1min);
  }
};

/// Gives the rest of the chain a second, then answers itself, slowly.
struct Impatient {
  static constexpr std::string_view kName = "impatient";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await when_any(next(ctx), nap(1s));
    co_await sleep(1s);
    ctx.response() = text("instead");
  }
  static Task<void> nap(Duration time) { co_await sleep(time); }
};

/// Answers whatever failed by something else.
struct Fallback {
  static constexpr std::string_view kName = "fallback";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    ctx.response() = text("cached");
  }
};

Response must_not_run(Context&) { throw std::logic_error("must not run"); }

TEST_F(RunTest, AClientThatLeavesWhileAWrapEndsAFailedBodyIsToldOfOnce) {
  const Chain all =
      chain({AnyLayer(a), AnyLayer(std::make_shared<Afterwards>()), AnyLayer(b)}, &must_not_run);
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  x->body_fails(HttpError(413, "PAYLOAD_TOO_LARGE", "too large"));
  x->client_leaves();
  EXPECT_FALSE(x->finished()) << "the wrap still runs";
  world.advance(1min);
  EXPECT_TRUE(x->finished());
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "b:leave:cancelled_by_caller",
                                   "a:leave:cancelled_by_caller", "b:end:cancelled_by_caller",
                                   "a:end:cancelled_by_caller"));
}

TEST_F(RunTest, ADeadlineWhileAWrapEndsAFailedBodyLingersUntilTheWrapIsThrough) {
  a->on_enter = deadline_in_a_second;
  const Chain all =
      chain({AnyLayer(a), AnyLayer(std::make_shared<Afterwards>()), AnyLayer(b)}, &must_not_run);
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  x->body_fails(HttpError(413, "PAYLOAD_TOO_LARGE", "too large"));
  world.advance(1s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_FALSE(x->finished());
  EXPECT_EQ(counters.lingering, 1U);
  world.advance(1min);
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(counters.lingering, 0U);
  EXPECT_EQ(journal.size(), 6U);
}

TEST_F(RunTest, ABodyThatComesAfterItsAttemptWasDroppedStartsNothing) {
  const Chain all = chain({AnyLayer(std::make_shared<Impatient>()), AnyLayer(b)}, &must_not_run);
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  world.advance(1s);
  x->body_arrives();
  EXPECT_FALSE(x->answered());
  world.advance(1s);
  EXPECT_EQ(x->body(), "instead");
  EXPECT_EQ(counters.exceptions, 0U);
  EXPECT_EQ(x->commits(), 1);
}

TEST_F(RunTest, AWrapInsideATimeoutCannotRewriteThe504) {
  a->on_enter = deadline_in_a_second;
  const Chain all = chain({AnyLayer(a), AnyLayer(std::make_shared<Fallback>())}, &must_not_run);
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  world.advance(1s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_EQ(x->body().find("cached"), std::string::npos);
}

struct Marks {
  static constexpr std::string_view kName = "marks";
  static Verdict enter(Context&, NoSlot&) { return Verdict::proceed; }
  static void leave(Context& ctx, NoSlot&, const Outcome&) noexcept {
    ctx.response().headers.add("x-mark", "inner");
  }
};

TEST_F(RunTest, ALayerInsideATimeoutAddsNothingToThe504) {
  a->on_enter = deadline_in_a_second;
  const Chain all = chain({AnyLayer(a), AnyLayer(std::make_shared<Marks>())}, &must_not_run);
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  world.advance(1s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_FALSE(x->headers().contains("x-mark"));
}

struct TwoAtOnce {
  static constexpr std::string_view kName = "two_at_once";
  static Task<void> wrap(Context& ctx, Next next) { co_await when_all(next(ctx), next(ctx)); }
};

TEST_F(RunTest, NextIsRefusedWhileItRuns) {
  const Chain all = chain({AnyLayer(a), AnyLayer(std::make_shared<TwoAtOnce>()), AnyLayer(b)},
                          [](Context& ctx) -> Task<Response> {
                            co_await ctx.sleep(1s);
                            co_return text("hi");
                          });
  const auto x = world.get(all, "/");
  world.advance(1s);
  EXPECT_EQ(x->status(), 500);
  EXPECT_EQ(counters.exceptions, 1U);
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "b:leave:failure", "a:leave:failure",
                                   "b:end:failure", "a:end:failure"));
}

struct Refuses {
  static constexpr std::string_view kName = "refuses";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    ctx.reject("busy", text("no").with_status(503));
  }
};

TEST_F(RunTest, WhoRejectsIsNamedAlsoAfterTheHandler) {
  const Chain by_wrap = chain({AnyLayer(a), AnyLayer(std::make_shared<Refuses>()), AnyLayer(b)},
                              [](Context&) { return text("hi"); });
  EXPECT_EQ(world.get(by_wrap, "/")->status(), 503);
  EXPECT_EQ(journal.back(), "a:end:rejected");

  const Chain by_handler = chain([](Context& ctx) {
    ctx.reject("busy", Response());
    return text("no").with_status(500);
  });
  EXPECT_EQ(world.get(by_handler, "/")->status(), 500);
  EXPECT_EQ(journal.back(), "a:end:failure") << "no layer has refused it";
}

TEST_F(RunTest, AClientThatLeavesAStreamIsNoTimeout) {
  const Chain all = chain([](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      while (true) {
        co_await sleep(100ms);
        co_await sink.write(".");
      }
    });
  });
  const auto x = world.get(all, "/");
  x->client_leaves();
  world.advance(1s);
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(journal.back(), "a:end:cancelled_by_caller");
}

struct Rescues {
  static constexpr std::string_view kName = "rescues";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    if (ctx.response().status >= 500) ctx.answer(text("yesterday's"));
  }
};

TEST_F(RunTest, AWrapAnswersInPlaceOfARefusalOrAnExceptionFurtherIn) {
  const std::vector<AnyLayer> layers{AnyLayer(a), AnyLayer(std::make_shared<Rescues>()),
                                     AnyLayer(b)};
  const Chain fine = chain(layers, [](Context&) { return text("hi"); });
  b->on_enter = [](Context& ctx) { return ctx.reject("busy", text("no").with_status(503)); };
  EXPECT_EQ(world.get(fine, "/")->body(), "yesterday's");
  EXPECT_EQ(journal.back(), "a:end:success") << "the refusal counts no more";

  b->on_enter = [](Context&) -> Verdict { throw std::runtime_error("a broken layer"); };
  EXPECT_EQ(world.get(fine, "/")->body(), "yesterday's");
  EXPECT_EQ(journal.back(), "a:end:success");
  EXPECT_EQ(counters.exceptions, 1U);
}

TEST_F(RunTest, APendingVerdictThatNothingWillTellIsAnAnswer) {
  b->on_enter = [](Context&) { return Verdict::pending; };
  const Chain all = chain([](Context&) { return text("hi"); });
  EXPECT_EQ(world.get(all, "/")->status(), 500);
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "a:leave:failure", "a:end:failure"));

  b->on_enter = [](Context& ctx) {
    auto again = []() -> Task<Verdict> { co_return Verdict::pending; };
    return ctx.pending(again());
  };
  EXPECT_EQ(world.get(all, "/")->status(), 500);
}

TEST_F(RunTest, ADeadlineAfterTheClientLeftChangesNothing) {
  a->on_enter = deadline_in_a_second;
  const Chain all = chain(&stubborn);
  const auto x = world.get(all, "/");
  x->client_leaves();
  world.advance(10min);
  EXPECT_EQ(x->commits(), 0);
  EXPECT_EQ(counters.timeouts, 0U);
  EXPECT_EQ(journal.back(), "a:end:cancelled_by_caller");
}

}  // namespace
}  // namespace lift
