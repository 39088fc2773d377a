#include "lift/resilience/codel.h"

#include <gtest/gtest.h>

#include <chrono>

namespace lift {
namespace {

using namespace std::chrono_literals;

class CodelTest : public testing::Test {
 protected:
  /// Serves one each 10 ms for `time`; each has waited `delay`.
  void serve(Duration delay, Duration time) {
    for (Duration at{}; at < time; at += 10ms) codel.waited(delay, now += 10ms);
  }
  Codel codel{5ms, 100ms};
  Instant now{1h};
};

TEST_F(CodelTest, AStandingQueueIsOverloadAfterAnInterval) {
  serve(6ms, 90ms);
  EXPECT_FALSE(codel.overloaded());
  serve(6ms, 40ms);
  EXPECT_TRUE(codel.overloaded());
  serve(4ms, 200ms);
  EXPECT_FALSE(codel.overloaded());
}

TEST_F(CodelTest, ABurstIsNone) {
  for (int i = 0; i < 10; ++i) {
    serve(80ms, 90ms);
    serve(1ms, 10ms);  // in every interval one is served soon
    EXPECT_FALSE(codel.overloaded()) << i;
  }
}

TEST_F(CodelTest, OneRequestInAnIntervalSaysNothing) {
  for (int i = 0; i < 10; ++i) {
    codel.waited(50ms, now += 150ms);
    EXPECT_FALSE(codel.overloaded()) << i;
  }
}

TEST_F(CodelTest, AnEmptyQueueEndsIt) {
  serve(20ms, 300ms);
  ASSERT_TRUE(codel.overloaded());
  codel.emptied();
  EXPECT_FALSE(codel.overloaded());
  serve(20ms, 90ms);
  EXPECT_FALSE(codel.overloaded()) << "an interval begins anew";
}

}  // namespace
}  // namespace lift
