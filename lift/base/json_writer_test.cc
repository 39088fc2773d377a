#include "lift/base/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "lift/base/random.h"

namespace lift {
namespace {

template <class T>
std::string written(const T& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out = "prefix ";
  JsonWriter json(out);
  json.begin_object().key("empty").begin_object().end_object();
  json.key("list").begin_array().value(1).begin_array().end_array().value("x").null().end_array();
  json.member("after", true).key("raw").raw("[1,2]").member("last", false).end_object();
  EXPECT_EQ(out,
            R"(prefix {"empty":{},"list":[1,[],"x",null],"after":true,"raw":[1,2],"last":false})");
}

TEST(JsonWriter, WritesNumbersExactly) {
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(std::uint8_t{7}), "7");
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(-0.5), "-0.5");
  EXPECT_EQ(written(1e300), "1e+300");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, WritesBoolAndTextNotMistakingOneForTheOther) {
  EXPECT_EQ(written(true), "true");
  EXPECT_EQ(written("true"), "\"true\"");
  EXPECT_EQ(written(std::string("x")), "\"x\"");
  EXPECT_EQ(written(std::string_view()), "\"\"");
}

struct EscapeCase {
  std::string_view text;
  std::string_view json;
};

TEST(JsonWriter, EscapesStrings) {
  using namespace std::string_view_literals;
  const EscapeCase cases[] = {
      {"plain", R"("plain")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x01\x1f\x7f"sv, "\"\\u0000\\u0001\\u001f\x7f\""},
      {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
      {"\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xe2\x82\xac\xf0\x9f\x98\x80\""},
  };
  for (const auto& [text, json] : cases) EXPECT_EQ(written(text), json);
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  constexpr std::string_view kBad = "\xef\xbf\xbd";
  const auto times = [&](int n) {
    std::string out = "\"";
    for (int i = 0; i < n; ++i) out += kBad;
    return out + "\"";
  };
  EXPECT_EQ(written("\x80"), times(1)) << "a lone continuation";
  EXPECT_EQ(written("\xff\xfe"), times(2)) << "bytes that never occur";
  EXPECT_EQ(written("\xc0\xaf"), times(2)) << "overlong";
  EXPECT_EQ(written("\xe0\x80\x80"), times(3)) << "overlong";
  EXPECT_EQ(written("\xed\xa0\x80"), times(3)) << "a surrogate";
  EXPECT_EQ(written("\xf4\x90\x80\x80"), times(4)) << "beyond U+10FFFF";
  EXPECT_EQ(written("\xe2\x82"), times(1)) << "cut off: one maximal subpart";
  EXPECT_EQ(written("\xf0\x9f\x98"), times(1)) << "cut off: one maximal subpart";
  EXPECT_EQ(written("\xe2\x82z"), "\"\xef\xbf\xbdz\"") << "what follows is kept";
}

int replaced(std::string_view json) {
  int n = 0;
  for (std::size_t at = json.find("\xef\xbf\xbd"); at != json.npos;
       at = json.find("\xef\xbf\xbd", at + 3)) {
    ++n;
  }
  return n;
}

TEST(JsonWriter, AnyBytesGiveOneQuotedStringWithoutControls) {
  SeededRandom random(1);
  for (int round = 0; round < 1000; ++round) {
    std::string text(random.below(40), '\0');
    for (char& c : text) c = static_cast<char>(random.next());
    const std::string json = written(text);
    ASSERT_EQ(json.front(), '"');
    ASSERT_EQ(json.back(), '"');
    for (std::size_t i = 1; i + 1 < json.size(); ++i) {
      ASSERT_GE(static_cast<unsigned char>(json[i]), 0x20U);
      ASSERT_NE(json[i], '"');
      if (json[i] == '\\') ++i;
    }
    ASSERT_EQ(replaced(written(json)), replaced(json)) << "what was written is UTF-8";
  }
}

}  // namespace
}  // namespace lift
