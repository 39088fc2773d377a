#include "lift/base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace lift {
namespace {

TEST(Utf8Prefix, EndsBetweenCharacters) {
  constexpr std::string_view kText = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
  constexpr std::size_t kEnds[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t i = 0; i < std::size(kEnds); ++i)
    EXPECT_EQ(utf8_prefix(kText, i), kText.substr(0, kEnds[i])) << i;
}

TEST(Utf8Prefix, WhatIsNotUtf8LosesAtMostThreeBytes) {
  EXPECT_EQ(utf8_prefix(std::string(100, '\x80'), 50).size(), 47U);
}

TEST(Utf8, ReplacesEachMaximalSubpart) {
  for (const auto& [text, fixed] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"plain ASCII text", "plain ASCII text"},
           {"12345678\xe2\x82\xac", "12345678\xe2\x82\xac"},
           {"\xff", "\xef\xbf\xbd"},
           {"12345678\x80z", "12345678\xef\xbf\xbdz"},
           {"\xe2\x82z", "\xef\xbf\xbdz"},
           {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
           {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
           {"a\xf0\x9f\x98", "a\xef\xbf\xbd"}}) {
    EXPECT_EQ(to_utf8(text), fixed);
    EXPECT_EQ(is_utf8(text), text == fixed);
    EXPECT_TRUE(is_utf8(fixed));
  }
}

}  // namespace
}  // namespace lift
