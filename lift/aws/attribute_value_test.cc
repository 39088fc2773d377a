#include "lift/aws/attribute_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace lift {
namespace {

using V = AttributeValue;

TEST(AttributeValue, IsWrittenAndReadBackInEveryType) {
  struct Row {
    V value;
    std::string_view json;
  };
  const std::vector<Row> rows = {
      {V(), R"({"a":{"NULL":true}})"},
      {V::boolean(true), R"({"a":{"BOOL":true}})"},
      {V::boolean(false), R"({"a":{"BOOL":false}})"},
      {V::string(""), R"({"a":{"S":""}})"},
      {V::string("é\"\n"), R"({"a":{"S":"é\"\n"}})"},
      {V::number(-7), R"({"a":{"N":"-7"}})"},
      {V::number(std::numeric_limits<std::uint64_t>::max()),
       R"({"a":{"N":"18446744073709551615"}})"},
      {V::decimal("1.5E-7"), R"({"a":{"N":"1.5E-7"}})"},
      {V::binary(std::string_view("\0\xff", 2)), R"({"a":{"B":"AP8="}})"},
      {V::list({}), R"({"a":{"L":[]}})"},
      {V::list({V::number(1), V::list({V()})}), R"({"a":{"L":[{"N":"1"},{"L":[{"NULL":true}]}]}})"},
      {V::map({}), R"({"a":{"M":{}}})"},
      {V::map({{"b", V::map({{"c", V::string("d")}})}}),
       R"({"a":{"M":{"b":{"M":{"c":{"S":"d"}}}}}})"},
      {V::string_set({"b", "a"}), R"({"a":{"SS":["a","b"]}})"},
      {V::number_set({"2", "1"}), R"({"a":{"NS":["1","2"]}})"},
      {V::binary_set({"f", "fo"}), R"({"a":{"BS":["Zg==","Zm8="]}})"},
  };
  for (const Row& row : rows) {
    const Item item{{"a", row.value}};
    EXPECT_EQ(write_item(item).value(), row.json);
    EXPECT_EQ(read_item(row.json).value(), item) << row.json;
  }
}

TEST(AttributeValue, KeepsNineteenDigits) {
  const V t = V::number(std::int64_t{1'767'225'600'123'456'789});
  EXPECT_EQ(t.as_int64(), 1'767'225'600'123'456'789);
  EXPECT_EQ(*t.text(), "1767225600123456789");
  EXPECT_EQ(V::decimal("9223372036854775807").as_int64(), std::numeric_limits<std::int64_t>::max());
  for (const std::string_view none : {"9223372036854775808", "1.0", "1e3", "", "x", "1 "})
    EXPECT_EQ(V::decimal(none).as_int64(), std::nullopt) << none;
  EXPECT_EQ(V::string("1").as_int64(), std::nullopt);
}

TEST(AttributeValue, GivesNothingOfAnotherType) {
  const V text = V::string("x");
  EXPECT_EQ(text.as_bool(), std::nullopt);
  EXPECT_EQ(text.as_list(), nullptr);
  EXPECT_EQ(text.as_map(), nullptr);
  EXPECT_EQ(text.as_set(), nullptr);
  EXPECT_EQ(V().text(), nullptr);
  EXPECT_NE(V::string("1"), V::decimal("1"));
  EXPECT_EQ(V::string_set({"a", "b"}), V::string_set({"b", "a"}));
}

TEST(AttributeValue, KnowsWhatDynamoDbTakesForANumber) {
  const std::string nines(38, '9');
  for (const std::string& good :
       {std::string("0"), std::string("-0"), std::string("+1"), std::string("007"),
        std::string("1."), std::string(".5"), std::string("1e5"), std::string("1E+125"), nines,
        "-" + nines, std::string("1e-130"), std::string("0e999999999999"), "000" + nines + "000",
        "0." + nines, std::string("9.9e125"), std::string("100e-132")}) {
    EXPECT_TRUE(is_decimal(good)) << good;
  }
  for (const std::string& bad : {std::string(""),
                                 std::string("-"),
                                 std::string("."),
                                 std::string("e5"),
                                 std::string("1e"),
                                 std::string("1e+-5"),
                                 std::string("1x"),
                                 std::string(" 1"),
                                 std::string("1 "),
                                 std::string("0x1"),
                                 std::string("NaN"),
                                 std::string("Infinity"),
                                 nines + "9",
                                 std::string("1e126"),
                                 std::string("10e125"),
                                 std::string("1e-131"),
                                 std::string("0.1e-130"),
                                 std::string("1e99999999999"),
                                 std::string("1e-99999999999"),
                                 std::string(2000, '1'),
                                 std::string("1_000"),
                                 std::string("--1")}) {
    EXPECT_FALSE(is_decimal(bad)) << bad;
  }
}

V nested(int levels) {
  V value = V::list({});
  for (int i = 1; i < levels; ++i) value = V::list({std::move(value)});
  return value;
}

TEST(AttributeValue, RefusesWhatDynamoDbWould) {
  const std::vector<Item> bad = {
      {{"a", V::string("\xff")}},
      {{"\xff", V::string("a")}},
      {{"", V::string("a")}},
      {{"a", V::decimal("one")}},
      {{"a", V::decimal(R"(1","S":"x)")}},
      {{"a", V::string_set({})}},
      {{"a", V::string_set({"a", "a"})}},
      {{"a", V::number_set({"1", "x"})}},
      {{"a", V::list({V::map({{"b", V::string("\xc3")}})})}},
      {{"a", nested(33)}},
  };
  for (const Item& item : bad) {
    const auto written = write_item(item);
    ASSERT_FALSE(written.has_value()) << *written;
    EXPECT_EQ(written.error().code, "bad_value");
  }
  const Item deepest{{"a", nested(32)}};
  EXPECT_EQ(read_item(write_item(deepest).value()).value(), deepest);
}

TEST(AttributeValue, RefusesAnswersThatAreNone) {
  for (const std::string_view bad : {"",
                                     "[]",
                                     "1",
                                     "{",
                                     R"({"a":1})",
                                     R"({"a":{}})",
                                     R"({"a":{"S":1}})",
                                     R"({"a":{"S":["x"]}})",
                                     R"({"a":{"S":"x","N":"1"}})",
                                     R"({"a":{"X":"x"}})",
                                     R"({"a":{"N":1}})",
                                     R"({"a":{"N":"x"}})",
                                     R"({"a":{"N":""}})",
                                     R"({"a":{"B":"*"}})",
                                     R"({"a":{"BOOL":"true"}})",
                                     R"({"a":{"NULL":false}})",
                                     R"({"a":{"NULL":null}})",
                                     R"({"a":{"L":{}}})",
                                     R"({"a":{"L":[1]}})",
                                     R"({"a":{"M":[]}})",
                                     R"({"a":{"M":{"b":1}}})",
                                     R"({"a":{"SS":"x"}})",
                                     R"({"a":{"SS":[]}})",
                                     R"({"a":{"SS":["x","x"]}})",
                                     R"({"a":{"SS":[1]}})",
                                     R"({"a":{"NS":["x"]}})",
                                     R"({"a":{"BS":["x"]}})",
                                     R"({"a":{"S":"x"},"a":{"S":"y"}})",
                                     "{\"a\":{\"S\":\"\xff\"}}"}) {
    const auto read = read_item(bad);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, "bad_answer") << bad;
  }
  std::string deep = R"({"a":)";
  for (int i = 0; i < 10'000; ++i) deep += R"({"L":[)";
  EXPECT_EQ(read_item(deep).error().code, "bad_answer");
}

}  // namespace
}  // namespace lift
