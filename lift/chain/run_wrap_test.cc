// Wraps that run the rest again; and random histories of everything.
#include <stdexcept>

#include "lift/chain/run_fixture_test.h"

namespace lift {
namespace {

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
