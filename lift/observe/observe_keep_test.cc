// What is kept of a request: its trace, its line, and the detail that was held for it.
#include <algorithm>

#include "lift/observe/observe_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_F(ObserveTest, TheTailKeepsFailuresSlowOnesAndArmedTenants) {
  ObserveOptions options;
  options.sampling.rate.ratio = 0;
  Duration takes = 1ms;
  int status = 200;
  const Chain chain = this->chain(options, [&](Context& ctx) {
    ctx.set_identity({.tenant = "acme", .user = "", .roles = {}});
    world_.loop().spend(takes);
    return text("x").with_status(status);
  });
  for (int i = 0; i < 200; ++i) world_.get(chain, "/payments/1");
  telemetry_->parts().at(0)->upkeep(world_.now());
  recorded();

  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::no);
  takes = 2ms;
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::slow);
  takes = 1ms;
  status = 500;
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::error);
  status = 200;
  ASSERT_TRUE(telemetry_->armed().arm("acme", world_.now() + 1min, world_.now()));
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::armed);
  world_.advance(2min);
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::no);
}

TEST_F(ObserveTest, TheTailKeepsNothingThatItWasNotAskedFor) {
  ObserveOptions options;
  options.sampling.rate.ratio = 0;
  options.keep_failed = false;
  options.keep_slow = false;
  Duration takes = 1ms;
  int status = 200;
  const Chain chain = this->chain(options, [&](Context&) {
    world_.loop().spend(takes);
    return text("x").with_status(status);
  });
  for (int i = 0; i < 200; ++i) world_.get(chain, "/payments/1");
  telemetry_->parts().at(0)->upkeep(world_.now());
  takes = 1s;
  status = 500;
  recorded();
  world_.get(chain, "/payments/1");
  EXPECT_EQ(only().numbers.kept, Kept::no);
}

TEST_F(ObserveTest, DetailOfAFailureIsShownAlsoWhereTheHeadKeptItOrNothingIsTraced) {
  for (const bool traces : {true, false}) {
    ObserveOptions options;
    options.traces = traces;
    int status = 500;
    const Chain chain = this->chain(options, [&](Context& ctx) {
      ctx.log().debug("detail");
      return text("x").with_status(status);
    });
    world_.get(chain, "/payments/1");
    EXPECT_THAT(only().lines, ElementsAre("detail")) << traces;
    status = 200;
    world_.get(chain, "/payments/1");
    EXPECT_THAT(only().lines, testing::IsEmpty()) << traces;
  }
}

TEST_F(ObserveTest, DetailIsNotHeldWhereItIsNotWanted) {
  ObserveOptions options;
  options.hold_debug = false;
  const Chain chain = this->chain(options, [](Context& ctx) {
    ctx.log().debug("detail");
    return text("x").with_status(500);
  });
  world_.get(chain, "/payments/1");
  EXPECT_THAT(only().lines, testing::IsEmpty());
}

TEST_F(ObserveTest, LogSamplingSparesWhatWentWrong) {
  ObserveOptions options;
  options.log_ratio = 0.25;
  options.sampling.rate.ratio = 0;
  int status = 200;
  const Chain chain =
      this->chain(options, [&status](Context&) { return text("x").with_status(status); });
  constexpr int kRequests = 4000;
  for (int i = 0; i < kRequests; ++i) world_.get(chain, "/payments/1");
  const auto usual = recorded();
  const auto logged =
      std::ranges::count_if(usual, [](const auto& one) { return one.numbers.logged; });
  EXPECT_NEAR(static_cast<double>(logged), kRequests * 0.25, 150);
  status = 500;
  for (int i = 0; i < 100; ++i) world_.get(chain, "/payments/1");
  for (const auto& one : recorded()) EXPECT_TRUE(one.numbers.logged);
}

TEST_F(ObserveTest, TheLevelOfTheModuleRequestSaysWhichLinesOfRequestsAreWritten) {
  int status = 200;
  const Chain chain = this->chain({}, [&](Context& ctx) {
    ctx.log().info("of the handler");
    return text("x").with_status(status);
  });
  const auto logged = [&](int answer) {
    status = answer;
    world_.get(chain, "/payments/1");
    const RecordedRequest one = only();
    EXPECT_THAT(one.lines, ElementsAre("of the handler"));
    return one.numbers.logged;
  };
  ASSERT_TRUE(telemetry_->levels().set("info,request=warn"));
  EXPECT_FALSE(logged(200));
  EXPECT_TRUE(logged(500));
  ASSERT_TRUE(telemetry_->levels().set("info,request=off"));
  EXPECT_FALSE(logged(500));
  ASSERT_TRUE(telemetry_->levels().set("info,request=info"));
  EXPECT_TRUE(logged(200));
}

}  // namespace
}  // namespace lift
