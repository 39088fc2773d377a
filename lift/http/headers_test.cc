#include "lift/http/headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::string_view_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs(const Headers& headers) {
  Pairs out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    out.emplace_back(name, value);
  }
  return out;
}

TEST(Headers, KeepsOrderSpellingAndEveryValue) {
  Headers h;
  EXPECT_TRUE(h.add("Accept", "a"));
  EXPECT_TRUE(h.add("Host", "x"));
  EXPECT_TRUE(h.add("ACCEPT", "b"));
  EXPECT_EQ(pairs(h), (Pairs{{"Accept", "a"}, {"Host", "x"}, {"ACCEPT", "b"}}));
  EXPECT_EQ(h.get("accept"), "a");
  EXPECT_EQ(h.count("aCCept"), 2U);
  EXPECT_EQ(h.value("missing"), "");
  EXPECT_FALSE(h.contains("missing"));
  std::string all;
  h.for_each("accept", [&](std::string_view v) { all += v; });
  EXPECT_EQ(all, "ab");
  EXPECT_EQ(h.bytes(), "AcceptaHostxACCEPTb"sv.size());
}

TEST(Headers, RefusesNamesThatAreNoTokens) {
  Headers h;
  for (const auto name :
       {""sv, " "sv, "a b"sv, "a:"sv, "a\r\nb"sv, "a\0"sv, "\xc3\xbc"sv, "a,"sv}) {
    EXPECT_FALSE(h.add(name, "v")) << name;
    EXPECT_FALSE(h.set(name, "v")) << name;
  }
  EXPECT_TRUE(h.empty());
  EXPECT_EQ(h.bytes(), 0U);
}

TEST(Headers, NoValueCanSplitAMessage) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {" \t v w \t", "v w"},
      {"a\r\nset-cookie: x", "a  set-cookie: x"},
      {"a\0b"sv, "a b"},
      {"a\r\n", "a"},
      {"\r\n a", "a"},
      {"\n", ""},
      {"", ""},
      {"caf\xc3\xa9", "caf\xc3\xa9"},
  };
  for (const auto& [given, stored] : cases) {
    Headers h;
    EXPECT_TRUE(h.add("x", given));
    EXPECT_EQ(h.get("x"), stored);
  }
}

TEST(Headers, SetReplacesAllByOneAtTheEnd) {
  Headers h;
  h.add("a", "1");
  h.add("b", "2");
  h.add("A", "3");
  EXPECT_TRUE(h.set("a", "4"));
  EXPECT_EQ(pairs(h), (Pairs{{"b", "2"}, {"a", "4"}}));
  EXPECT_FALSE(h.set("a b", "5"));
  EXPECT_EQ(h.size(), 2U);
}

TEST(Headers, RemoveTellsHowMany) {
  Headers h;
  h.add("a", "1");
  h.add("b", "2");
  h.add("A", "3");
  EXPECT_EQ(h.remove("c"), 0U);
  EXPECT_EQ(h.remove("a"), 2U);
  EXPECT_EQ(pairs(h), (Pairs{{"b", "2"}}));
  EXPECT_EQ(h.bytes(), 2U);
}

TEST(Headers, TakesViewsOfItself) {
  Headers h;
  h.add("name", "value");
  for (int i = 0; i < 200; ++i) h.add(h[0].name, h[h.size() - 1].value);
  EXPECT_EQ(h.count("name"), 201U);
  EXPECT_EQ(h[200].value, "value");
  h.set(h[3].name, h[4].value);
  EXPECT_EQ(pairs(h), (Pairs{{"name", "value"}}));
  h.add("other", "x");
  h.add("name", "y");
  EXPECT_EQ(h.remove(h[0].name), 2U);
  EXPECT_EQ(pairs(h), (Pairs{{"other", "x"}}));
}

TEST(Headers, ClearKeepsWhatWasAllocated) {
  Headers h;
  for (int i = 0; i < 100; ++i) h.add("name", std::string(100, 'x'));
  const char* const memory = h[0].name.data();
  h.clear();
  EXPECT_TRUE(h.empty());
  h.add("a", "b");
  EXPECT_EQ(h[0].name.data(), memory);
}

TEST(Headers, CopiesAndMovesAreWhole) {
  for (const int fields : {0, 1, 16, 17, 300}) {
    Headers original;
    for (int i = 0; i < fields; ++i) original.add("name" + std::to_string(i), std::to_string(i));
    const Pairs expected = pairs(original);
    Headers copy(original);
    EXPECT_EQ(pairs(copy), expected);
    Headers assigned;
    assigned.add("old", "one");
    assigned = copy;
    EXPECT_EQ(pairs(assigned), expected);
    const Headers& self = assigned;
    assigned = self;
    EXPECT_EQ(pairs(assigned), expected);
    Headers moved(std::move(copy));
    EXPECT_EQ(pairs(moved), expected);
    EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): emptiness is promised
    copy.add("again", "usable");
    EXPECT_EQ(copy.get("again"), "usable");
    copy = std::move(moved);
    EXPECT_EQ(pairs(copy), expected);
    original.append(copy);
    EXPECT_EQ(original.size(), static_cast<std::size_t>(2 * fields));
    for (std::size_t i = 0; i < copy.size(); ++i) {
      EXPECT_EQ(original[copy.size() + i].name, copy[i].name);
      EXPECT_EQ(original[copy.size() + i].value, copy[i].value);
    }
  }
}

// What Headers must be equal to: a list of pairs.
class Model {
 public:
  static bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b,
                              [](char x, char y) { return std::tolower(x) == std::tolower(y); });
  }
  std::size_t remove(std::string_view name) {
    return std::erase_if(list, [&](const auto& f) { return same(f.first, name); });
  }
  Pairs list;
};

TEST(Headers, BehaveAsAListOfPairsInRandomHistories) {
  const std::vector<std::string> names = {"a", "A", "bb", "Bb", "Content-Type", "content-type",
                                          "x"};
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    Headers headers;
    Model model;
    for (int step = 0; step < 40; ++step) {
      const std::string& name = names[random.below(names.size())];
      const std::string value(random.below(60), static_cast<char>('a' + random.below(26)));
      switch (random.below(5)) {
        case 0:
          headers.set(name, value);
          model.remove(name);
          model.list.emplace_back(name, value);
          break;
        case 1:
          ASSERT_EQ(headers.remove(name), model.remove(name));
          break;
        default:
          headers.add(name, value);
          model.list.emplace_back(name, value);
      }
      if (random.below(50) == 0) {
        headers.clear();
        model.list.clear();
      }
      ASSERT_EQ(pairs(headers), model.list) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace lift
