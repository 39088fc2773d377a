// The code of docs/chain.md: a layer of one's own, tested on virtual time.
#include <cstdio>
#include <memory>
#include <string>

#include "lift/chain/chain.h"
#include "lift/testing/sim_world.h"

using namespace std::chrono_literals;

// [snippet]
struct ApiKey {
  static constexpr std::string_view kName = "api_key";
  std::string key;

  lift::Verdict enter(lift::Context& ctx, lift::NoSlot&) {
    if (ctx.request().headers.value("x-api-key") == key) return lift::Verdict::proceed;
    return ctx.reject("wrong_api_key", lift::unauthorized("This key is not known"));
  }
  void leave(lift::Context& ctx, lift::NoSlot&, const lift::Outcome& outcome) noexcept {
    ctx.response().headers.set("x-outcome", to_string(outcome.kind));
  }
};

struct Fallback {
  static constexpr std::string_view kName = "fallback";

  static lift::Task<void> wrap(lift::Context& ctx, lift::Next next) {
    co_await next(ctx);
    if (ctx.response().status >= 500) ctx.answer(lift::text("yesterday's rates"));
  }
};

bool it_works() {
  auto chain = lift::Chain::build("/rates",
                                  {lift::AnyLayer(std::make_shared<Fallback>()),
                                   lift::AnyLayer(std::make_shared<ApiKey>(ApiKey{.key = "k1"}))},
                                  [](lift::Context& ctx) -> lift::Task<lift::Response> {
                                    co_await ctx.sleep(2s);
                                    throw std::runtime_error("the market is closed");
                                  });
  if (!chain) return false;

  lift::SimWorld world;  // no clock, no socket, no thread
  auto request = lift::sim_request(lift::Method::get, "/rates");
  request.headers.add("x-api-key", "k1");
  auto answer = world.send(*chain, std::move(request));
  world.advance(2s);
  return answer->body() == "yesterday's rates" && world.get(*chain, "/rates")->status() == 401;
}
// [/snippet]

int main() {
  if (it_works()) return 0;
  std::fputs("the snippet of docs/chain.md does not do what it says\n", stderr);
  return 1;
}
