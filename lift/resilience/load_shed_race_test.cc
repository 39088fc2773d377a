#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/resilience/load_shed.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// Loops that come and go, decisions and readings: never more at work than may be, none in the end.
TEST(LoadShedRace, NeverMoreAtWorkThanMayBeAndNoneInTheEnd) {
  SeededRandom seed(1);
  LoadShedOptions options;
  options.at_work = AdaptiveLimitOptions{.initial = 5, .minimum = 5, .maximum = 5};
  options.interval = 50ms;
  const auto shed = LoadShed::make(options, 1, seed);
  std::atomic<int> at_work{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> over{false};
  std::jthread reader([&] {
    Instant now{1h};
    while (!over) {
      shed->read_machine(now += 1s);
      static_cast<void>(shed->view());
    }
  });
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int life = 0; life < 10; ++life) {
          SimWorld world(t);
          for (int i = 0; i < 1000; ++i) {
            const auto decision = shed->enter(world.loop(), {.tenant = "a"}, world.now());
            if (decision.reason == ShedReason::none) {
              if (++at_work > 5) ++wrong;
              if (i % 16 == 0) world.loop().spend(30ms);
              --at_work;
              shed->leave(world.loop(), {});
            }
            if (i % 4 == 0) world.advance(10ms);
          }
        }
      });
    }
  }
  over = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(shed->view().at_work, 0U);
}

}  // namespace
}  // namespace lift
