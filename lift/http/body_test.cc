#include "lift/http/body.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace lift {
namespace {

BodyProducer nothing() {
  return [](BodySink&) -> Task<void> { co_return; };
}

TEST(Body, HoldsBytesOfAnySize) {
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 100'000U}) {
    const std::string bytes(size, 'x');
    Body copied;
    copied.assign(std::string_view(bytes));
    EXPECT_EQ(copied.bytes(), bytes);
    Body taken;
    taken.assign(std::string(bytes));
    EXPECT_EQ(taken.bytes(), bytes);
    EXPECT_EQ(taken.size(), size);
    Body moved(std::move(taken));
    EXPECT_EQ(moved.bytes(), bytes);
    EXPECT_EQ(taken.size(), 0U);  // NOLINT(bugprone-use-after-move): emptiness is promised
    copied = std::move(moved);
    EXPECT_EQ(copied.bytes(), bytes);
  }
}

TEST(Body, SmallBytesLiveInside) {
  Body body;
  body.assign("small");
  const auto* at = reinterpret_cast<const char*>(&body);
  EXPECT_GE(body.bytes().data(), at);
  EXPECT_LT(body.bytes().data(), at + sizeof body);
}

TEST(Body, AppendsAcrossTheInlineLimit) {
  Body body;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece = std::to_string(i) + ",";
    body.append(piece);
    expected += piece;
    ASSERT_EQ(body.bytes(), expected);
  }
}

TEST(Body, AppendsToEveryKind) {
  Body referred;
  referred.refer("abc");
  referred.append("def");
  EXPECT_EQ(referred.bytes(), "abcdef");
  Body owned;
  owned.assign(std::string("abc"));
  owned.append("def");
  EXPECT_EQ(owned.bytes(), "abcdef");
  Body streamed;
  streamed.stream(nothing(), 3);
  streamed.append("def");
  EXPECT_FALSE(streamed.streaming());
  EXPECT_FALSE(streamed.stream_length());
  EXPECT_EQ(streamed.bytes(), "def");
}

TEST(Body, TakesPartsOfItself) {
  Body body;
  body.assign("0123456789");
  body.assign(body.bytes().substr(2, 5));
  EXPECT_EQ(body.bytes(), "23456");
  for (int i = 0; i < 7; ++i) body.append(body.bytes());
  EXPECT_EQ(body.size(), 5U << 7U);
  body.assign(body.bytes().substr(1, 3));
  EXPECT_EQ(body.bytes(), "345");
}

TEST(Body, ReferredBytesAreNotCopied) {
  static constexpr std::string_view kPage = "a page";
  Body body;
  body.refer(kPage);
  Body moved(std::move(body));
  EXPECT_EQ(moved.bytes().data(), kPage.data());
}

TEST(Body, StreamCarriesItsProducerAndLength) {
  Body body;
  body.assign("before");
  body.stream(nothing(), 42);
  EXPECT_TRUE(body.streaming());
  EXPECT_EQ(body.size(), 0U);
  Body moved(std::move(body));
  EXPECT_FALSE(body.streaming());  // NOLINT(bugprone-use-after-move): emptiness is promised
  EXPECT_EQ(moved.stream_length(), 42U);
  EXPECT_TRUE(static_cast<bool>(moved.take_producer()));
  moved.clear();
  EXPECT_FALSE(moved.streaming());
  EXPECT_FALSE(moved.stream_length());
  EXPECT_EQ(moved.size(), 0U);
}

}  // namespace
}  // namespace lift
