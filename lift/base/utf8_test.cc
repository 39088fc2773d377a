#include "lift/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace lift
