#include "lift/observe/detail/name_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "lift/base/random.h"

namespace lift::detail {
namespace {

TEST(NameMap, HasAsManyAsItMay) {
  NameMap<int> table(2);
  const auto make = [](std::string_view name) { return static_cast<int>(name.size()); };
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_EQ(*table.find_or_add("a", make), 1);
  EXPECT_EQ(*table.find_or_add("bb", make), 2);
  EXPECT_EQ(table.find_or_add("ccc", make), nullptr);
  EXPECT_TRUE(table.remove("a"));
  EXPECT_FALSE(table.remove("a"));
  EXPECT_EQ(*table.find_or_add("ccc", make), 3);
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_THAT(table.names(), testing::UnorderedElementsAre("bb", "ccc"));
}

TEST(NameMap, SaysWhenSoManyHaveComeAndGoneThatNoMoreCan) {
  NameMap<int> table(2);
  const auto make = [](std::string_view) { return 1; };
  int added = 0;
  for (int i = 0; !table.spent(); ++i) {
    const std::string name = std::to_string(i);
    ASSERT_NE(table.find_or_add(name, make), nullptr);
    ++added;
    if (!table.spent()) table.remove(name);
  }
  EXPECT_EQ(added, 128);
  EXPECT_EQ(table.find_or_add("one more", make), nullptr);
  EXPECT_NE(table.find("127"), nullptr) << "who has a place keeps it";
}

TEST(NameMap, AThingThatSomebodyFoundStaysUsable) {
  NameMap<int> table(1);
  int* found = table.find_or_add("a", [](std::string_view) { return 7; });
  table.remove("a");
  EXPECT_EQ(*found, 7);
}

TEST(NameMap, BehavesAsAMapInAThousandHistories) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    NameMap<int> table(8);
    std::map<std::string, int, std::less<>> model;
    for (int step = 0; step < 300; ++step) {
      const std::string name = "n" + std::to_string(random.below(24));
      if (random.below(3) == 0) {
        ASSERT_EQ(table.remove(name), model.erase(name) == 1) << seed;
      } else {
        const int* found = table.find_or_add(name, [step](std::string_view) { return step; });
        if (!model.contains(name) && model.size() < 8 && found != nullptr) model[name] = step;
        ASSERT_EQ(found != nullptr, model.contains(name)) << seed;
        if (found != nullptr) {
          ASSERT_EQ(*found, model[name]) << seed;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lift::detail
