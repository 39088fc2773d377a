// Timeouts, clients that leave, runs that are dropped.
#include "lift/chain/run_fixture_test.h"

namespace lift {
namespace {

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

}  // namespace
}  // namespace lift
