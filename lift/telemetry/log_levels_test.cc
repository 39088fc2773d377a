#include "lift/telemetry/log_levels.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

TEST(LogLevels, AModuleFollowsTheDefaultUntilItHasALevelOfItsOwn) {
  LogLevels levels;
  LogModule& ledger = levels.module("ledger");
  EXPECT_TRUE(ledger.hears(LogLevel::info));
  EXPECT_FALSE(ledger.hears(LogLevel::debug));
  levels.set(LogLevel::warn);
  EXPECT_FALSE(ledger.hears(LogLevel::info));
  levels.set("ledger", LogLevel::debug);
  levels.set(LogLevel::error);
  EXPECT_TRUE(ledger.hears(LogLevel::debug));
  EXPECT_FALSE(levels.app().hears(LogLevel::warn));
  EXPECT_EQ(&levels.module("ledger"), &ledger);
}

TEST(LogLevels, OffHearsNothing) {
  LogLevels levels(LogLevel::off);
  EXPECT_FALSE(levels.app().hears(LogLevel::error));
}

TEST(LogLevels, ReadsALineOfThemAllOrNothing) {
  LogLevels levels;
  ASSERT_TRUE(levels.set("warn, ledger=debug ,http=OFF"));
  EXPECT_EQ(levels.app().level(), LogLevel::warn);
  EXPECT_EQ(levels.module("ledger").level(), LogLevel::debug);
  EXPECT_EQ(levels.module("http").level(), LogLevel::off);
  for (const char* bad : {"", "loud", "info,ledger=", "info,=debug", "debug,ledger=loud"}) {
    EXPECT_EQ(levels.set(bad).error().code, "bad_level") << bad;
    EXPECT_EQ(levels.app().level(), LogLevel::warn) << bad;
  }
}

TEST(LogLevels, HasABound) {
  LogLevels levels;
  for (int i = 0; i < 1000; ++i) (void)levels.module("m" + std::to_string(i));
  EXPECT_EQ(levels.levels().size(), LogLevels::kMaxModules);
  EXPECT_EQ(&levels.module("one more"), &levels.app());
}

}  // namespace
}  // namespace lift
