#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/http/json.h"

namespace lift {
namespace {

struct Note {
  std::string text;
  std::optional<double> number;
  std::vector<std::vector<std::int32_t>> grid;
  static void describe(Fields<Note>& f) {
    f.field("text", &Note::text);
    f.field("number", &Note::number);
    f.field("grid", &Note::grid);
  }
};

std::string repeated(std::string_view what, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += what;
  return out;
}

std::string note(std::string_view text) {
  return R"({"text":)" + std::string(text) + R"(,"grid":[]})";
}

struct Refused {
  std::string text;
  std::string message;
};

TEST(JsonHostile, WhatIsNotJsonIsRefusedWithItsPlace) {
  const std::string nul(1, '\0');
  const std::vector<Refused> table = {
      {"", "not valid JSON at byte 0"},
      {"   ", "not valid JSON at byte 3"},
      {"{", "not valid JSON at byte 1"},
      {note(R"("a")") + "x", "not valid JSON at byte 22"},
      {"{} {}", "not valid JSON at byte 3"},
      {"[1,]", "not valid JSON at byte 3"},
      {R"({"a":1,})", "not valid JSON at byte 7"},
      {"{'a':1}", "not valid JSON at byte 1"},
      {"[1] // why", "not valid JSON at byte 4"},
      {"NaN", "not valid JSON at byte 0"},
      {"[01]", "not valid JSON at byte 2"},
      {"[+1]", "not valid JSON at byte 1"},
      {"[.5]", "not valid JSON at byte 1"},
      {"[1.]", "not valid JSON at byte 3"},
      {"\xEF\xBB\xBF{}", "not valid JSON at byte 0"},
      {nul, "not valid JSON at byte 0"},
      {"{}" + nul, "not valid JSON at byte 2"},
      {note("\"" + nul + "\""), "not valid JSON at byte 9"},
      {note("\"\n\""), "not valid JSON at byte 9"},
      {note(R"("\x41")"), "not valid JSON at byte 10"},
      {note(R"("\ud800")"), "not valid JSON at byte 15"},
      {note(R"("\udc00")"), "not valid JSON at byte 10"},
      {note(R"("\ud800A")"), "not valid JSON at byte 15"},
      {note("\"\x80\""), "not valid JSON at byte 9"},
      {note("\"\xC0\xAF\""), "not valid JSON at byte 9"},
      {note("\"\xED\xA0\x80\""), "not valid JSON at byte 9"},
      {note("\"\xF5\x80\x80\x80\""), "not valid JSON at byte 9"},
      {"[1e9999999999]", "a number's exponent is out of range at byte 12"},
  };
  for (const Refused& row : table) {
    const auto read = from_json<Note>(row.text);
    ASSERT_FALSE(read) << row.text;
    EXPECT_EQ(read.error().status(), 400) << row.text;
    EXPECT_EQ(read.error().code(), "PARAMETER_ERROR") << row.text;
    EXPECT_EQ(read.error().message(), row.message) << row.text;
  }
}

TEST(JsonHostile, AKeyTwiceInOneObjectIsRefused) {
  const std::vector<Refused> table = {
      {R"({"text":"a","text":"b"})", R"(the key "text" stands twice in one object)"},
      {R"({"text":"a","te\u0078t":"b"})", R"(the key "text" stands twice in one object)"},
      {R"({"other":{"":1,"x":2,"":3}})", R"(the key "" stands twice in one object)"},
      {R"([{"a":1,"b":{"a":1},"a":2}])", R"(the key "a" stands twice in one object)"},
      {"{\"" + std::string(99, 'k') + "\":1,\"" + std::string(99, 'k') + "\":2}",
       "the key \"" + std::string(64, 'k') + "\" stands twice in one object"},
  };
  for (const Refused& row : table) {
    const auto read = from_json<Note>(row.text);
    ASSERT_FALSE(read) << row.text;
    EXPECT_EQ(read.error().status(), 400) << row.text;
    EXPECT_EQ(read.error().message(), row.message);
  }
  EXPECT_EQ(from_json<Note>(R"({"a":{"x":1},"b":{"x":1}})").error().status(), 422);
}

TEST(JsonHostile, DepthEndsAt32) {
  const auto at_limit = from_json<Note>(repeated("[", 32) + repeated("]", 32));
  EXPECT_EQ(at_limit.error().status(), 422);
  for (const std::string& deep : {repeated("[", 33) + repeated("]", 33), repeated("[", 100'000),
                                  repeated("{\"a\":", 100'000), repeated("[{\"a\":", 50'000)}) {
    const auto read = from_json<Note>(deep);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status(), 400);
    EXPECT_EQ(read.error().message(), "the document is nested deeper than 32");
  }
}

TEST(JsonHostile, SizeEndsAt64MiB) {
  const std::string text((64U << 20U) + 1, ' ');
  EXPECT_EQ(from_json<Note>(text).error().message(), "the document is larger than 64 MiB");
}

TEST(JsonHostile, AnEncodedNulIsAnOrdinaryCharacter) {
  const auto read = from_json<Note>(note(R"("a\u0000b")"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, std::string("a\0b", 3));
}

TEST(JsonHostile, NumbersOfManyDigitsCostOnlyAnError) {
  const std::string digits(200'000, '7');
  const auto grid = from_json<Note>(R"({"text":"","grid":[[)" + digits + "]]}");
  EXPECT_EQ(grid.error().violations()[0].code, "out_of_range");
  EXPECT_LT(grid.error().violations()[0].message.size(), 120U);
  const auto number = from_json<Note>(R"({"text":"","grid":[],"number":0.)" + digits + "}");
  EXPECT_DOUBLE_EQ(*number->number, 7.0 / 9);
}

TEST(JsonHostile, WideDocumentsEndAtTheirCaps) {
  const auto items = from_json<Note>(R"({"text":"","grid":[[])" + repeated(",[]", 10'000) + "]}");
  EXPECT_EQ(items.error().violations()[0].code, "too_many");
  const auto text = from_json<Note>(note('"' + std::string(65'537, 'x') + '"'));
  EXPECT_EQ(text.error().violations()[0].code, "too_long");
  std::string members;
  for (int i = 0; i < 100'000; ++i) members += ",\"" + std::to_string(i) + "\":0";
  const auto wide = from_json<Note>(R"({"text":"","grid":[])" + members + "}");
  EXPECT_EQ(wide.error().violations().size(), 64U);
}

}  // namespace
}  // namespace lift
