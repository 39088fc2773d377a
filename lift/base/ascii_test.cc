#include "lift/base/ascii.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace lift {
namespace {

TEST(Ascii, AgreesWithTheCLocaleOnEveryByte) {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool seven_bit = i < 128;
    EXPECT_EQ(ascii::is_digit(c), seven_bit && std::isdigit(i) != 0) << i;
    EXPECT_EQ(ascii::is_letter(c), seven_bit && std::isalpha(i) != 0) << i;
    EXPECT_EQ(ascii::is_control(c), seven_bit && std::iscntrl(i) != 0) << i;
    EXPECT_EQ(ascii::lower(c), seven_bit ? static_cast<char>(std::tolower(i)) : c) << i;
    EXPECT_EQ(ascii::hex_value(c) >= 0, seven_bit && std::isxdigit(i) != 0) << i;
  }
}

TEST(Ascii, TokenIsLettersDigitsAndFifteenSigns) {
  int count = 0;
  for (int i = 0; i < 256; ++i)
    count += ascii::is_token(std::string(1, static_cast<char>(i))) ? 1 : 0;
  EXPECT_EQ(count, 26 + 26 + 10 + 15);
  EXPECT_FALSE(ascii::is_token(""));
  EXPECT_FALSE(ascii::is_token("a b"));
  EXPECT_TRUE(ascii::is_token("X-Request-Id"));
}

TEST(Ascii, SameIgnoresTheCaseOfLettersOnly) {
  EXPECT_TRUE(ascii::same("Content-Type", "content-TYPE"));
  EXPECT_FALSE(ascii::same("a", "ab"));
  EXPECT_FALSE(ascii::same("[", "{"));
  EXPECT_FALSE(ascii::same("@", "`"));
  EXPECT_TRUE(ascii::same("", ""));
}

TEST(Ascii, CutTakesThePartBeforeTheSeparator) {
  std::string_view text = "a,,b";
  EXPECT_EQ(ascii::cut(text, ','), "a");
  EXPECT_EQ(ascii::cut(text, ','), "");
  EXPECT_EQ(ascii::cut(text, ','), "b");
  EXPECT_EQ(text, "");
  EXPECT_EQ(ascii::trim(" \t x y \t"), "x y");
  EXPECT_EQ(ascii::trim(" \t "), "");
}

TEST(Ascii, WeightsAreThousandths) {
  const struct {
    std::string_view text;
    int weight;
  } rows[] = {
      {"0", 0},     {"1", 1000},   {"0.5", 500},   {"0.123", 123}, {"1.000", 1000},
      {"1.", 1000}, {"1.001", -1}, {"0.1234", -1}, {"", -1},       {"2", -1},
      {"x", -1},    {"0,5", -1},   {"-1", -1},     {"0.x", -1},
  };
  for (const auto& row : rows) EXPECT_EQ(ascii::parse_weight(row.text), row.weight) << row.text;
}

}  // namespace
}  // namespace lift
