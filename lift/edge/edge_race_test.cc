// Requests on several threads while the options change under them.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "lift/edge/edge.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(EdgeRaceTest, EveryAnswerIsThatOfOneOfTheOptions) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 3000;
  std::array<EdgeOptions, 2> options;
  options[0].security_headers.x_frame_options = "DENY";
  options[0].security_headers.referrer_policy = "no-referrer";
  options[1].security_headers.x_frame_options = "SAMEORIGIN";
  options[1].security_headers.referrer_policy = "same-origin";
  options[1].cors.emplace().origins = {"https://app.example.com"};
  const auto layer = Edge::make(options[0]).value();
  const Chain chain = std::move(Chain::build("/op", {AnyLayer(layer)}, [](Context&) {
                        return text("ok");
                      })).value();

  std::atomic<int> right{0};
  const auto ask = [&](int seed) {
    SimWorld world(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < kRequests; ++i) {
      const auto x = world.get(chain, "/");
      const Headers& headers = x->headers();
      const bool first = headers.value("x-frame-options") == "DENY";
      const bool one = headers.value("referrer-policy") == (first ? "no-referrer" : "same-origin");
      if (one && headers.value("x-request-id").size() == 36) right.fetch_add(1);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(ask, i + 1);
  for (std::size_t i = 0; i < 500; ++i) ASSERT_TRUE(layer->update(options[i % 2]));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), kThreads * kRequests);
}

}  // namespace
}  // namespace lift
