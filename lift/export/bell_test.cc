#include "lift/export/detail/bell.h"

#include <gtest/gtest.h>

#include <memory>

#include "lift/testing/sim_world.h"

namespace lift::detail {
namespace {

using namespace std::chrono_literals;

Task<void> wait(Bell& bell, Instant when) { co_await bell.until(when); }

TEST(Bell, WakesByARingOrAtTheTime) {
  SimWorld world;
  Bell bell;
  bell.ring();  // nobody waits: forgotten
  Task<void> rung = wait(bell, kNever);
  world.settle();
  EXPECT_FALSE(rung.done());
  EXPECT_FALSE(world.loop().timers().next_wake());
  bell.ring();
  EXPECT_FALSE(rung.done()) << "not from within the ring";
  world.settle();
  EXPECT_TRUE(rung.done());
  Task<void> timed = wait(bell, world.now() + 5ms);
  world.advance(5ms);
  EXPECT_TRUE(timed.done());
}

TEST(Bell, EitherSideMayGoFirst) {
  SimWorld world;
  auto bell = std::make_unique<Bell>();
  Task<void> dropped = wait(*bell, world.now() + 5ms);
  bell->ring();
  dropped.drop();
  world.settle();
  Task<void> left = wait(*bell, world.now() + 5ms);
  bell.reset();
  world.advance(1s);
  EXPECT_FALSE(left.done());
}

}  // namespace
}  // namespace lift::detail
