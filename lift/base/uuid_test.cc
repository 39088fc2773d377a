#include "lift/base/uuid.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "lift/base/ascii.h"

namespace lift {
namespace {

using std::chrono::milliseconds;

std::string make(WallTime now, Random& random) {
  std::array<char, 36> out;
  uuid_v7(now, random, out);
  return {out.data(), out.size()};
}

TEST(Uuid, HasTheFormAndBitsOfVersionSeven) {
  SeededRandom random(7);
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make(WallTime(milliseconds(random.next() >> 22)), random);
    ASSERT_EQ(id.size(), 36U);
    for (std::size_t at = 0; at < id.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      ASSERT_EQ(id[at] == '-', dash) << id;
      if (!dash) {
        ASSERT_GE(ascii::hex_value(id[at]), 0) << id;
        ASSERT_EQ(id[at], ascii::lower(id[at])) << id;
      }
    }
    ASSERT_EQ(id[14], '7') << id;
    ASSERT_NE(std::string_view("89ab").find(id[19]), std::string_view::npos) << id;
  }
}

TEST(Uuid, StartsWithTheMilliseconds) {
  SeededRandom random(1);
  EXPECT_EQ(make(WallTime(milliseconds(0x017f22e279b0)), random).substr(0, 13), "017f22e2-79b0");
  EXPECT_EQ(
      make(WallTime(milliseconds(5) + std::chrono::nanoseconds(999'999)), random).substr(0, 13),
      "00000000-0005");
  EXPECT_EQ(make(WallTime(milliseconds(-5)), random).substr(0, 13), "00000000-0000");
}

TEST(Uuid, SortsByMillisecond) {
  SeededRandom random(3);
  std::string last;
  for (int ms = 0; ms < 2000; ++ms) {
    std::string id = make(WallTime(milliseconds(1'700'000'000'000 + ms)), random);
    ASSERT_LT(last, id);
    last = std::move(id);
  }
}

TEST(Uuid, OneMillisecondHoldsManyDistinctIds) {
  SeededRandom random(4);
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(make(WallTime(milliseconds(1)), random));
  EXPECT_EQ(ids.size(), 10'000U);
}

}  // namespace
}  // namespace lift
