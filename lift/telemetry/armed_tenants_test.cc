#include "lift/telemetry/armed_tenants.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow = Instant(100s);

TEST(ArmedTenants, IsArmedUntilItsMoment) {
  ArmedTenants armed;
  EXPECT_FALSE(armed.is_armed("acme", kNow));
  ASSERT_TRUE(armed.arm("acme", kNow + 10s, kNow));
  EXPECT_TRUE(armed.is_armed("acme", kNow));
  EXPECT_TRUE(armed.is_armed("acme", kNow + 10s - 1ns));
  EXPECT_FALSE(armed.is_armed("acme", kNow + 10s));
  EXPECT_FALSE(armed.is_armed("acm", kNow));
  EXPECT_FALSE(armed.is_armed("", kNow));
  ASSERT_TRUE(armed.arm("acme", kNow + 5s, kNow)) << "the later word counts";
  EXPECT_FALSE(armed.is_armed("acme", kNow + 5s));
  EXPECT_EQ(armed.list(kNow).size(), 1);
  EXPECT_TRUE(armed.disarm("acme"));
  EXPECT_FALSE(armed.disarm("acme"));
  EXPECT_FALSE(armed.is_armed("acme", kNow));
}

TEST(ArmedTenants, HoldsSixtyFourOfWhomThoseThatAreOverMakeRoom) {
  ArmedTenants armed;
  for (std::size_t i = 0; i < ArmedTenants::kMost; ++i)
    ASSERT_TRUE(armed.arm("t" + std::to_string(i), kNow + (i == 0 ? 1s : 60s), kNow));
  const auto refused = armed.arm("one more", kNow + 60s, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "too_many_armed");
  EXPECT_TRUE(armed.arm("t5", kNow + 90s, kNow)) << "who is armed may be armed anew";
  EXPECT_TRUE(armed.arm("one more", kNow + 60s, kNow + 1s));
  EXPECT_EQ(armed.list(kNow + 1s).size(), ArmedTenants::kMost);
  EXPECT_EQ(armed.list(kNow + 60s).size(), 1);
}

TEST(ArmedTenants, RefusesNamesThatNobodyHas) {
  ArmedTenants armed;
  EXPECT_EQ(armed.arm("", kNow + 1s, kNow).error().code, "bad_tenant");
  std::string name;
  name.append(ArmedTenants::kMaxName, 'x');
  EXPECT_TRUE(armed.arm(name, kNow + 1s, kNow));
  EXPECT_EQ(armed.arm(name + "x", kNow + 1s, kNow).error().code, "bad_tenant");
}

}  // namespace
}  // namespace lift
