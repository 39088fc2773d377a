#include "lift/base/inline_buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace lift {
namespace {

using Small = InlineBuffer<char, 4>;

void push(Small& buffer, std::string_view text) {
  const auto old = buffer.reserve_more(text.size());
  buffer.append(text.data(), text.size());
}
std::string text_of(const Small& buffer) { return {buffer.data(), buffer.size()}; }

TEST(InlineBuffer, GrowsFromInsideToTheHeap) {
  Small buffer;
  push(buffer, "abcd");
  EXPECT_EQ(text_of(buffer), "abcd");
  push(buffer, "efghijkl");
  EXPECT_EQ(text_of(buffer), "abcdefghijkl");
}

TEST(InlineBuffer, AppendsAPartOfItselfAcrossGrowth) {
  Small buffer;
  push(buffer, "abcdefgh");
  push(buffer, std::string_view(buffer.data(), buffer.size()));
  push(buffer, std::string_view(buffer.data(), buffer.size()));
  EXPECT_EQ(text_of(buffer), "abcdefghabcdefghabcdefghabcdefgh");
}

TEST(InlineBuffer, MoveEmptiesTheSourceAndLeavesItUsable) {
  for (const std::string_view content : {"abc", "abcdefgh"}) {
    for (const std::string_view before : {"", "xy", "xyxyxyxyxyxy"}) {
      Small from;
      push(from, content);
      Small to;
      push(to, before);
      to = std::move(from);
      EXPECT_EQ(text_of(to), content);
      EXPECT_EQ(from.size(), 0U);  // NOLINT(bugprone-use-after-move): emptiness is promised
      push(from, "12345");
      EXPECT_EQ(text_of(from), "12345");
      const Small constructed(std::move(to));
      EXPECT_EQ(text_of(constructed), content);
    }
  }
}

TEST(InlineBuffer, ClearKeepsTheMemory) {
  Small buffer;
  push(buffer, "abcdefgh");
  const char* const memory = buffer.data();
  buffer.clear();
  push(buffer, "12345678");
  EXPECT_EQ(buffer.data(), memory);
}

TEST(InlineBuffer, RefusesMoreThanItCanCount) {
  Small buffer;
  push(buffer, "a");
  EXPECT_THROW((void)buffer.reserve_more(0xffffffffULL), std::length_error);
  EXPECT_EQ(text_of(buffer), "a");
}

}  // namespace
}  // namespace lift
