#pragma once
// What the tests of a run share: three layers that write down what happens to them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/chain/run.h"
#include "lift/testing/recorder.h"
#include "lift/testing/sim_world.h"

namespace lift {

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
inline Verdict deadline_in_a_second(Context& ctx) {
  ctx.limit_deadline(ctx.start() + 1s);
  return Verdict::proceed;
}

inline Task<Response> slow(Context& ctx) {
  co_await ctx.sleep(1min);
  co_return text("late");
}

inline Task<Response> stubborn(Context&) {
  co_await sleep(1min);  // without the request's stop token
  co_return text("late");
}

inline const std::vector<std::string> kAllSuccess{
    "a:enter",         "b:enter",       "c:enter",       "c:leave:success", "b:leave:success",
    "a:leave:success", "c:end:success", "b:end:success", "a:end:success"};

struct Twice {
  static constexpr std::string_view kName = "twice";
  static Task<void> wrap(Context& ctx, Next next) {
    co_await next(ctx);
    if (ctx.response().status >= 500) co_await next(ctx);
  }
};

}  // namespace lift
