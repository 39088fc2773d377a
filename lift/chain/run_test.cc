// The life of a request: exactly once, in order, whatever happens.
#include "lift/chain/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "lift/testing/recorder.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class RunTest : public testing::Test {
 protected:
  SimWorld world;
  Journal journal;
  ChainCounters counters;
  std::shared_ptr<Recorder<'a'>> a = std::make_shared<Recorder<'a'>>(journal);
  std::shared_ptr<Recorder<'b'>> b = std::make_shared<Recorder<'b'>>(journal);
  std::shared_ptr<Recorder<'c'>> c = std::make_shared<Recorder<'c'>>(journal);

  Chain chain(Handler handler) {
    return chain({AnyLayer(a), AnyLayer(b), AnyLayer(c)}, std::move(handler));
  }
  Chain chain(std::vector<AnyLayer> layers, Handler handler) {
    auto built =
        Chain::build("/op", std::move(layers), std::move(handler), {}, {.counters = &counters});
    return std::move(built).value();
  }
};

Verdict deadline_in_a_second(Context& ctx) {
  ctx.limit_deadline(ctx.start() + 1s);
  return Verdict::proceed;
}

Task<Response> slow(Context& ctx) {
  co_await ctx.sleep(1min);
  co_return text("late");
}

Task<Response> stubborn(Context&) {
  co_await sleep(1min);  // without the request's stop token
  co_return text("late");
}

const std::vector<std::string> kAllSuccess{"a:enter",         "b:enter",         "c:enter",
                                           "c:leave:success", "b:leave:success", "a:leave:success",
                                           "c:end:success",   "b:end:success",   "a:end:success"};

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

TEST_F(RunTest, ATimeoutIsCommittedOnceAndTheHandlerIsStopped) {
  b->on_enter = deadline_in_a_second;
  const Chain all = chain(&slow);
  const auto x = world.get(all, "/");
  world.advance(999ms);
  EXPECT_FALSE(x->answered());
  world.advance(1ms);
  EXPECT_EQ(x->status(), 504);
  world.advance(10min);
  EXPECT_EQ(x->commits(), 1);
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(counters.timeouts, 1U);
  EXPECT_EQ(counters.lingering, 0U);
}

TEST_F(RunTest, OutsideATimeoutIsATimeoutInsideIsWhatReallyHappened) {
  b->on_enter = deadline_in_a_second;
  const Chain all = chain(&stubborn);
  const auto x = world.get(all, "/");
  world.advance(1s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_FALSE(x->finished()) << "the handler has not noticed yet";
  EXPECT_EQ(counters.lingering, 1U);
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "c:enter", "b:leave:timeout",
                                   "a:leave:timeout", "b:end:timeout", "a:end:timeout"));
  world.advance(1min);
  EXPECT_EQ(journal[7], "c:leave:success");
  EXPECT_EQ(journal[8], "c:end:success");
  EXPECT_EQ(x->commits(), 1);
  EXPECT_EQ(x->body().find("late"), std::string::npos) << "the late answer is written to nothing";
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(counters.lingering, 0U);
}

TEST_F(RunTest, AHandlerThatNeverWaitsOverrunsAndItsClientGetsThe504) {
  b->on_enter = deadline_in_a_second;
  auto& loop = world.loop();
  const Chain all = chain([&loop](Context&) {
    loop.spend(2s);
    return text("late");
  });
  const auto x = world.get(all, "/");
  EXPECT_EQ(x->status(), 504);
  EXPECT_EQ(counters.overruns, 1U);
  EXPECT_THAT(journal,
              ElementsAre("a:enter", "b:enter", "c:enter", "c:leave:success", "c:end:success",
                          "b:leave:timeout", "a:leave:timeout", "b:end:timeout", "a:end:timeout"));
}

TEST_F(RunTest, ATimeoutWhileTheBodyIsAwaitedNeedsNobodyToNotice) {
  a->on_enter = deadline_in_a_second;
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  world.advance(1s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(journal.size(), 9U);
  EXPECT_EQ(counters.lingering, 0U);
}

TEST_F(RunTest, ATimeoutWhileALayerDecides) {
  a->on_enter = deadline_in_a_second;
  b->on_enter = [](Context& ctx) {
    auto decide = [](Context& of) -> Task<Verdict> {
      co_await of.sleep(1h);
      co_return Verdict::proceed;
    };
    return ctx.pending(decide(ctx));
  };
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto x = world.get(all, "/");
  world.advance(2s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_TRUE(x->finished());
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "a:leave:timeout", "a:end:timeout"));
}

TEST_F(RunTest, AVanishedClientStopsTheHandlerAndNothingIsWritten) {
  const Chain all = chain(&slow);
  const auto x = world.get(all, "/");
  x->client_leaves();
  EXPECT_FALSE(x->finished());
  world.settle();
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(x->commits(), 0);
  EXPECT_EQ(counters.cancelled, 1U);
  EXPECT_EQ(journal[3], "c:leave:cancelled_by_caller");
  EXPECT_EQ(journal[8], "a:end:cancelled_by_caller");
  EXPECT_EQ(journal.size(), 9U);
}

TEST_F(RunTest, AClientThatVanishesDuringTheBodyOrTheAnswer) {
  const Chain all = chain([](Context&) { return text("hi"); });
  const auto upload = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  upload->client_leaves();
  EXPECT_TRUE(upload->finished());
  EXPECT_EQ(journal.size(), 9U);

  journal.clear();
  const auto answer = world.send(all, sim_request(Method::get, "/"), {.delivery_held = true});
  answer->client_leaves();
  EXPECT_TRUE(answer->finished());
  EXPECT_EQ(journal[3], "c:leave:success");
  EXPECT_EQ(journal[6], "c:end:cancelled_by_caller");
}

TEST_F(RunTest, DroppingARunClosesEveryBracketOnce) {
  const Chain all = chain(&stubborn);
  {
    const auto x = world.get(all, "/");
  }
  EXPECT_THAT(journal, ElementsAre("a:enter", "b:enter", "c:enter", "c:leave:cancelled_by_us",
                                   "b:leave:cancelled_by_us", "a:leave:cancelled_by_us",
                                   "c:end:cancelled_by_us", "b:end:cancelled_by_us",
                                   "a:end:cancelled_by_us"));
  EXPECT_FALSE(world.loop().timers().next_wake().has_value());
}

TEST_F(RunTest, DroppingARunAfterItsTimeoutClosesOnlyWhatIsOpen) {
  b->on_enter = deadline_in_a_second;
  const Chain all = chain(&stubborn);
  {
    const auto x = world.get(all, "/");
    world.advance(1s);
  }
  EXPECT_EQ(journal.size(), 9U);
  EXPECT_EQ(journal[7], "c:leave:cancelled_by_us");
  EXPECT_EQ(counters.lingering, 0U);
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

TEST_F(RunTest, ADeadlineCutsABodyThatStreamsTooLong) {
  a->on_enter = deadline_in_a_second;
  const Chain all = chain([](Context&) {
    return stream("text/plain", [](BodySink& sink) -> Task<void> {
      while (true) {
        co_await sleep(100ms);
        co_await sink.write(".");
      }
    });
  });
  const auto x = world.get(all, "/");
  world.advance(5s);
  EXPECT_TRUE(x->finished());
  EXPECT_EQ(journal.back(), "a:end:timeout");
  EXPECT_LE(x->body().size(), 11U);
}

struct Twice {
  static constexpr std::string_view kName = "twice";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    if (ctx.response().status >= 500) co_await next(ctx);
  }
};

TEST_F(RunTest, AWrapRunsTheInnerLayersAgainAndEndsEachAttempt) {
  int calls = 0;
  const Chain all = chain(
      {AnyLayer(a), AnyLayer(std::make_shared<Twice>()), AnyLayer(b)},
      [&calls](Context&) { return ++calls == 1 ? text("bad").with_status(503) : text("good"); });
  const auto x = world.get(all, "/");
  EXPECT_EQ(x->body(), "good");
  EXPECT_THAT(journal,
              ElementsAre("a:enter", "b:enter", "b:leave:failure", "b:end:failure", "b:enter",
                          "b:leave:success", "a:leave:success", "b:end:success", "a:end:success"));
}

TEST_F(RunTest, AWrapSeesAnExceptionAsAnAnswer) {
  int calls = 0;
  const Chain all = chain({AnyLayer(std::make_shared<Twice>()), AnyLayer(b)},
                          [&calls](Context& ctx) -> Task<Response> {
                            co_await ctx.sleep(1ms);
                            if (++calls == 1) throw std::runtime_error("first");
                            co_return text("second");
                          });
  const auto x = world.get(all, "/");
  world.advance(2ms);
  EXPECT_EQ(x->body(), "second");
}

TEST_F(RunTest, NoSecondAttemptAfterTheDeadlineOrWithoutABody) {
  a->on_enter = deadline_in_a_second;
  int calls = 0;
  const Chain all = chain({AnyLayer(a), AnyLayer(std::make_shared<Twice>()), AnyLayer(b)},
                          [&calls](Context& ctx) -> Task<Response> {
                            ++calls;
                            co_await ctx.sleep(2s);
                            co_return text("never");
                          });
  const auto timed_out = world.get(all, "/");
  world.advance(10s);
  EXPECT_EQ(timed_out->status(), 504);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(timed_out->finished());

  const auto no_body = world.send(all, sim_request(Method::post, "/"), {.body_withheld = true});
  no_body->body_fails(HttpError(500, "SYSTEM_ERROR", "broken"));
  EXPECT_EQ(no_body->status(), 500);
  EXPECT_EQ(calls, 1);
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
TEST_F(RunTest, EveryBracketIsClosedExactlyOnceInAnyHistory) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededRandom random(seed);
    journal.clear();
    const bool deadline = random.below(2) == 0;
    a->on_enter = deadline ? &deadline_in_a_second : nullptr;
    const auto kind = random.below(5);
    std::vector<AnyLayer> layers{AnyLayer(a)};
    if (random.below(2) == 0) layers.emplace_back(std::make_shared<Twice>());
    layers.emplace_back(b);
    const Chain all = chain(std::move(layers), [kind](Context& ctx) -> Task<Response> {
      if (kind == 0) throw std::runtime_error("at once");
      if (kind == 1) co_await ctx.sleep(2s);
      if (kind == 2) co_await sleep(2s);
      if (kind == 3) throw HttpError(503, "BUSY", "busy");
      co_return text("ok");
    });
    {
      const auto x = world.send(
          all, sim_request(Method::post, "/"),
          {.body_withheld = random.below(2) == 0, .delivery_held = random.below(3) == 0});
      for (int step = 0; step < 6 && !x->finished(); ++step) {
        switch (random.below(4)) {
          case 0:
            world.advance(700ms);
            break;
          case 1:
            x->body_arrives();
            break;
          case 2:
            world.settle();
            break;
          default:
            x->client_leaves();
        }
      }
      ASSERT_LE(x->commits(), 1) << seed;
    }
    for (const std::string layer : {"a", "b"}) {
      long entered = 0, left = 0, ended = 0;
      for (const std::string& line : journal) {
        entered += line == layer + ":enter";
        left += line.starts_with(layer + ":leave");
        ended += line.starts_with(layer + ":end");
        ASSERT_EQ(line.find("lost slot"), std::string::npos) << seed;
      }
      ASSERT_EQ(entered, left) << "seed " << seed;
      ASSERT_EQ(entered, ended) << "seed " << seed;
    }
    ASSERT_EQ(counters.lingering, 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lift
