// Requests on several threads while the options change under them.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "lift/resilience/deadline.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(DeadlineRaceTest, EveryRequestGetsOneOfTheTimesAndEveryBadHeaderIsCounted) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 3000;
  const auto layer = Deadline::make({.timeout = 1s}).value();
  std::atomic<int> right{0};
  const Handler handler = [&](Context& ctx) {
    const Duration time = ctx.deadline() - ctx.start();
    if (time == 1s || time == 2s) right.fetch_add(1);
    return text("ok");
  };
  const Chain chain = std::move(Chain::build("/op", {AnyLayer(layer)}, handler)).value();
  const auto ask = [&](int seed) {
    SimWorld world(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < kRequests; ++i) {
      Request request = sim_request(Method::get, "/");
      request.headers.add("x-timeout-ms", "soon");
      EXPECT_EQ(world.send(chain, std::move(request))->status(), 200);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(ask, i + 1);
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(layer->update({.timeout = std::chrono::seconds(1 + i % 2)}));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), kThreads * kRequests);
  EXPECT_EQ(layer->ignored_headers(), std::uint64_t{kThreads * kRequests});
}

}  // namespace
}  // namespace lift
