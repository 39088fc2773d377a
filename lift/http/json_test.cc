#include "lift/http/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace lift {
namespace {

struct Item {
  std::string sku;
  std::uint8_t count = 0;
  static void describe(Fields<Item>& f) {
    f.field("sku", &Item::sku).min_length(2).max_length(4);
    f.field("count", &Item::count).min(1);
  }
};

struct Order {
  std::int64_t amount = 0;
  std::string currency;
  bool express = false;
  double weight = 0;
  std::optional<std::string> note;
  std::optional<std::int32_t> floor;
  std::vector<Item> items;
  std::vector<std::string> tags;
  static void describe(Fields<Order>& f) {
    f.field("amount", &Order::amount).min(1).max(1000);
    f.field("currency", &Order::currency).one_of({"EUR", "USD"});
    f.field("express", &Order::express);
    f.field("weight/kg", &Order::weight).min(0.5).max(80);
    f.field("note", &Order::note).max_length(3);
    f.field("floor", &Order::floor).min(-2);
    f.field("items", &Order::items).max_items(2);
    f.field("tags", &Order::tags).max_length(2);
  }
};

/// A valid order, with some members replaced by `changes`, or left out where the change is "".
std::string order(std::vector<std::pair<std::string, std::string>> changes) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"amount", "5"},    {"currency", R"("EUR")"}, {"express", "true"},
      {"weight/kg", "2"}, {"items", "[]"},          {"tags", "[]"}};
  for (auto& change : changes) {
    const auto same = std::ranges::find(members, change.first, [](auto& m) { return m.first; });
    if (same == members.end()) {
      members.push_back(change);
    } else {
      same->second = change.second;
    }
  }
  std::string text;
  for (const auto& [name, value] : members) {
    if (!value.empty()) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
  }
  return text + "}";
}

struct Broken {
  std::string member;
  std::string value;
  std::string code;
  std::string pointer;
  std::string message;
};

TEST(Json, EveryBrokenRuleIsNamedByCodeAndPointer) {
  const std::string required = "is required";
  const std::vector<Broken> table = {
      {"amount", "", "missing", "/amount", required},
      {"weight/kg", "", "missing", "/weight~1kg", required},
      {"items", "", "missing", "/items", required},
      {"amount", "null", "wrong_type", "/amount", "must be an integer, not null"},
      {"amount", R"("5")", "wrong_type", "/amount", "must be an integer, not a string"},
      {"amount", "1.0", "wrong_type", "/amount",
       "must be an integer, not a number with a fraction or exponent"},
      {"amount", "1e2", "wrong_type", "/amount",
       "must be an integer, not a number with a fraction or exponent"},
      {"amount", "0", "out_of_range", "/amount", "is 0, must be from 1 to 1000"},
      {"amount", "1001", "out_of_range", "/amount", "is 1001, must be from 1 to 1000"},
      {"amount", "9223372036854775808", "out_of_range", "/amount",
       "is 9223372036854775808, must be from 1 to 1000"},
      {"amount", std::string(60, '9'), "out_of_range", "/amount",
       "is " + std::string(40, '9') + ", must be from 1 to 1000"},
      {"currency", R"("GBP")", "not_allowed", "/currency", R"(must be one of "EUR" "USD")"},
      {"currency", R"("eur")", "not_allowed", "/currency", R"(must be one of "EUR" "USD")"},
      {"express", "1", "wrong_type", "/express", "must be true or false, not a number"},
      {"weight/kg", "0.4", "out_of_range", "/weight~1kg", "is 0.4, must be from 0.5 to 80"},
      {"weight/kg", "1e400", "out_of_range", "/weight~1kg", "is 1e400, must be from 0.5 to 80"},
      {"weight/kg", "true", "wrong_type", "/weight~1kg", "must be a number, not true or false"},
      {"note", R"("abcd")", "too_long", "/note", "has 4 characters, at most 3 are allowed"},
      {"note", "7", "wrong_type", "/note", "must be a string, not a number"},
      {"floor", "-3", "out_of_range", "/floor", "is -3, must be from -2 to 2147483647"},
      {"floor", "2147483648", "out_of_range", "/floor",
       "is 2147483648, must be from -2 to 2147483647"},
      {"items", "{}", "wrong_type", "/items", "must be an array, not an object"},
      {"items", "[7]", "wrong_type", "/items/0", "must be an object, not a number"},
      {"items", R"([{"sku":"ab","count":1},{"sku":"a","count":1}])", "too_short", "/items/1/sku",
       "has 1 characters, at least 2 are needed"},
      {"items", R"([{"sku":"ab","count":-1}])", "out_of_range", "/items/0/count",
       "is -1, must be from 1 to 255"},
      {"items", R"([{"sku":"ab"}])", "missing", "/items/0/count", required},
      {"items", R"([{"sku":"ab","count":1},{"sku":"ab","count":1},{"sku":"ab","count":1}])",
       "too_many", "/items", "has 3 items, at most 2 are allowed"},
      {"tags", R"(["ok","long"])", "too_long", "/tags/1",
       "has 4 characters, at most 2 are allowed"},
      {"tags", "[null]", "wrong_type", "/tags/0", "must be a string, not null"},
      {"extra", "1", "unknown_field", "/extra", "is not a field of this object"},
      {"a~b/c", "1", "unknown_field", "/a~0b~1c", "is not a field of this object"},
  };
  for (const Broken& row : table) {
    const auto read = from_json<Order>(order({{row.member, row.value}}));
    ASSERT_FALSE(read) << row.member << " " << row.value;
    EXPECT_EQ(read.error().status(), 422);
    EXPECT_EQ(read.error().code(), "VALIDATION_ERROR");
    ASSERT_EQ(read.error().violations().size(), 1U) << row.member << " " << row.value;
    const Violation& violation = read.error().violations()[0];
    EXPECT_EQ(violation.code, row.code) << row.member << " " << row.value;
    EXPECT_EQ(violation.pointer, row.pointer);
    EXPECT_EQ(violation.message, row.message);
  }
}

struct Loose {
  std::string name;
  static void describe(Fields<Loose>& f) {
    f.field("name", &Loose::name);
    f.ignore_others();
  }
};

TEST(Json, PassesOverOthersWhereTheDescriptionSaysSo) {
  const auto read = from_json<Loose>(R"({"new":{"name":1},"name":"a","more":[null]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "a");
  EXPECT_EQ(from_json<Loose>(R"({"new":1})").error().violations()[0].code, "missing");
  EXPECT_EQ(from_json<Loose>(R"({"name":"a","new":1,"new":2})").error().status(), 400);
}

TEST(Json, AcceptsTheEdgesOfEveryRule) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"amount", "1"},
      {"amount", "1000"},
      {"weight/kg", "0.5"},
      {"weight/kg", "8e1"},
      {"note", "null"},
      {"note", R"("äöü")"},
      {"note", R"("")"},
      {"floor", "-2"},
      {"floor", "2147483647"},
      {"items", R"([{"sku":"ab","count":255},{"sku":"abcd","count":1}])"},
      {"tags", R"(["","a","\u20ac\ud83d\ude00"])"},
  };
  for (const auto& [member, value] : table) {
    const auto read = from_json<Order>(order({{member, value}}));
    EXPECT_TRUE(read) << member << " " << value;
  }
}

TEST(Json, ReportsEveryBrokenRuleAtOnceInDocumentOrderThenTheMissing) {
  const auto read = from_json<Order>(R"({"express":3,"zz":1,"items":[{"count":0,"x":0}]})");
  ASSERT_FALSE(read);
  std::vector<std::string> pointers;
  for (const Violation& violation : read.error().violations())
    pointers.push_back(violation.pointer);
  EXPECT_EQ(pointers, (std::vector<std::string>{"/express", "/zz", "/items/0/count", "/items/0/x",
                                                "/items/0/sku", "/amount", "/currency",
                                                "/weight~1kg", "/tags"}));
  EXPECT_EQ(read.error().message(), "the document is not as described: 9 rules are broken");
}

TEST(Json, StopsCountingAt64BrokenRules) {
  std::string text = "[\"a\"";
  for (int i = 0; i < 200; ++i) text += ",1";
  const auto read = from_json<std::vector<std::string>>(text + "]");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().violations().size(), 64U);
  EXPECT_EQ(read.error().message(),
            "the document is not as described: 64 or more rules are broken");
}

TEST(Json, ALongUnknownNameIsCutInItsPointer) {
  const auto read = from_json<Order>(order({{std::string(255, 'k') + "äb", "1"}}));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().violations()[0].pointer, "/" + std::string(255, 'k'));
}

template <class Int>
void expect_exact_range(const std::string& below, const std::string& above) {
  using Limits = std::numeric_limits<Int>;
  for (const Int edge : {Limits::min(), Int{0}, Int{1}, Limits::max()}) {
    const auto read = from_json<Int>(std::to_string(edge));
    ASSERT_TRUE(read) << std::to_string(edge);
    EXPECT_EQ(*read, edge);
    EXPECT_EQ(to_json(edge), std::to_string(edge));
  }
  for (const std::string& outside : {below, above, "1" + above, "-1" + above}) {
    const auto read = from_json<Int>(outside);
    ASSERT_FALSE(read) << outside;
    ASSERT_EQ(read.error().violations().size(), 1U);
    EXPECT_EQ(read.error().violations()[0].code, "out_of_range") << outside;
    EXPECT_EQ(read.error().violations()[0].pointer, "");
  }
  EXPECT_EQ(from_json<Int>("-0"), Int{0});
}

TEST(Json, IntegersKeepEveryDigitAndKnowTheirRange) {
  expect_exact_range<std::int8_t>("-129", "128");
  expect_exact_range<std::uint8_t>("-1", "256");
  expect_exact_range<std::int16_t>("-32769", "32768");
  expect_exact_range<std::uint16_t>("-1", "65536");
  expect_exact_range<std::int32_t>("-2147483649", "2147483648");
  expect_exact_range<std::uint32_t>("-1", "4294967296");
  expect_exact_range<std::int64_t>("-9223372036854775809", "9223372036854775808");
  expect_exact_range<std::uint64_t>("-1", "18446744073709551616");
}

TEST(Json, DoublesTakeIntegersAndReadBackExactly) {
  EXPECT_EQ(from_json<double>("3"), 3.0);
  EXPECT_TRUE(std::signbit(*from_json<double>("-0")));
  EXPECT_EQ(from_json<double>("18446744073709551616"), 18446744073709551616.0);
  EXPECT_EQ(from_json<double>("0.1000000000000000055511151231257827"), 0.1);
  EXPECT_EQ(from_json<double>("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(from_json<double>("-1e400").error().violations()[0].code, "out_of_range");
  EXPECT_EQ(to_json(0.1), "0.1");
  EXPECT_EQ(to_json(std::nan("")), "null");
}

TEST(Json, WritesInTheOrderOfTheDescriptionAndLeavesOutWhatIsAbsent) {
  Order value;
  value.amount = 7;
  value.currency = "EUR";
  value.weight = 2.5;
  value.items.push_back({"a\"b", 2});
  EXPECT_EQ(to_json(value), R"({"amount":7,"currency":"EUR","express":false,"weight/kg":2.5,)"
                            R"("items":[{"sku":"a\"b","count":2}],"tags":[]})");
  value.note = "x";
  value.floor = -1;
  value.items.clear();
  EXPECT_EQ(to_json(value), R"({"amount":7,"currency":"EUR","express":false,"weight/kg":2.5,)"
                            R"("note":"x","floor":-1,"items":[],"tags":[]})");
}

TEST(Json, VectorsOfBoolAndOfOptionalsKeepTheirHoles) {
  using Row = std::vector<std::optional<std::vector<bool>>>;
  const Row rows = {std::vector<bool>{true, false}, std::nullopt, std::vector<bool>{}};
  EXPECT_EQ(to_json(rows), "[[true,false],null,[]]");
  EXPECT_EQ(from_json<Row>("[[true,false],null,[]]"), rows);
}

struct Preset {
  std::optional<int> level = 3;
  std::vector<int> steps = {1, 2};
  static void describe(Fields<Preset>& f) {
    f.field("level", &Preset::level);
    f.field("steps", &Preset::steps);
  }
};

TEST(Json, ADocumentReplacesWhatAMemberStartsWith) {
  EXPECT_EQ(from_json<Preset>(R"({"level":null,"steps":[9]})")->level, std::nullopt);
  EXPECT_EQ(from_json<Preset>(R"({"steps":[9]})")->level, 3);
  EXPECT_EQ(from_json<Preset>(R"({"steps":[9]})")->steps, std::vector<int>{9});
}

struct Tree {
  std::vector<Tree> children;
  static void describe(Fields<Tree>& f) { f.field("children", &Tree::children); }
};

TEST(Json, ATypeMayContainItself) {
  const std::string text = R"({"children":[{"children":[]},{"children":[{"children":[]}]}]})";
  const auto read = from_json<Tree>(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), text);
}

struct Twice {
  int a = 0;
  static void describe(Fields<Twice>& f) {
    f.field("a", &Twice::a);
    f.field("a", &Twice::a);
  }
};
struct Impossible {
  int a = 0;
  static void describe(Fields<Impossible>& f) { f.field("a", &Impossible::a).min(2).max(1); }
};

TEST(Json, AContradictoryDescriptionIsRefusedAtItsFirstUse) {
  EXPECT_THROW((void)from_json<Twice>("{}"), std::logic_error);
  EXPECT_THROW((void)to_json(Impossible{}), std::logic_error);
}

}  // namespace
}  // namespace lift
