#include "lift/health/heartbeats.h"

#include <gtest/gtest.h>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

TEST(Heartbeats, ALoopThatAnswersIsAliveAndOneThatHangsIsNot) {
  SimLoop turning(1);
  SimLoop hanging(2);
  Heartbeats beats;
  beats.add(turning);
  beats.add(hanging);
  Instant now = turning.clock().now();
  for (int second = 0; second < 20; ++second) {
    turning.set_now(now);
    beats.look(now);
    turning.settle();
    EXPECT_EQ(beats.silence(now), std::chrono::seconds(second)) << "since it was first asked";
    now += 1s;
  }
  hanging.set_now(now);
  hanging.settle();
  EXPECT_EQ(beats.silence(now), 0s);
  EXPECT_EQ(beats.lag(), 20s) << "it took so long";
}

TEST(Heartbeats, AsksOnceASecondHoweverManyLook) {
  SimLoop loop(1);
  Heartbeats beats;
  beats.add(loop);
  const Instant now = loop.clock().now();
  beats.look(now);
  loop.settle();
  loop.set_now(now + 900ms);
  beats.look(now + 900ms);
  EXPECT_EQ(beats.silence(now + 5s), 0s) << "not asked again so soon";
  beats.look(now + 1s);
  EXPECT_EQ(beats.silence(now + 5s), 4s);
  loop.settle();
}

TEST(Heartbeats, NobodyIsAskedAfterClear) {
  SimLoop loop(1);
  Heartbeats beats;
  beats.add(loop);
  beats.look(loop.clock().now());
  beats.clear();
  EXPECT_EQ(beats.silence(loop.clock().now() + 1h), 0s);
  beats.look(loop.clock().now() + 1h);
  loop.settle();
}

}  // namespace
}  // namespace lift
