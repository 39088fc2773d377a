#include "lift/telemetry/trace_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lift {
namespace {

/// Chance that always comes up the same.
class Same final : public Random {
 public:
  explicit Same(std::uint64_t word) : word_(word) {}
  std::uint64_t next() noexcept override { return word_; }

 private:
  std::uint64_t word_;
};

template <std::size_t N, class Id>
std::string hex(const Id& id) {
  std::array<char, N> out;
  to_hex(id, out);
  return {out.data(), out.size()};
}

std::string xray(const TraceId& id) {
  std::array<char, 35> out;
  to_xray(id, out);
  return {out.data(), out.size()};
}

TEST(TraceId, BeginsWithTheSecondsAndGoesOnWithChance) {
  Same ones(~std::uint64_t{0});
  EXPECT_EQ(hex<32>(new_trace_id(0x4bf92f35, ones)), "4bf92f35ffffffffffffffffffffffff");
  EXPECT_EQ(hex<16>(new_span_id(ones)), "ffffffffffffffff");
  EXPECT_EQ(hex<32>(new_trace_id(-5, ones)), "00000000ffffffffffffffffffffffff");
  EXPECT_EQ(hex<32>(new_trace_id(0x1'0000'0007, ones)), "00000007ffffffffffffffffffffffff");
}

TEST(TraceId, IsNeverZero) {
  Same zero(0);
  EXPECT_TRUE(new_trace_id(0, zero).valid());
  EXPECT_TRUE(new_trace_id(-1, zero).valid());
  EXPECT_TRUE(new_span_id(zero).valid());
}

TEST(TraceId, IsAnotherOneEachTime) {
  SeededRandom random(3);
  std::set<std::string> traces;
  std::set<std::string> spans;
  for (int i = 0; i < 10'000; ++i) {
    traces.insert(hex<32>(new_trace_id(1, random)));
    spans.insert(hex<16>(new_span_id(random)));
  }
  EXPECT_EQ(traces.size(), 10'000);
  EXPECT_EQ(spans.size(), 10'000);
}

TEST(TraceId, ATraceThatBeginsHereIsKnownToBeRandomAndNotYetSampled) {
  SeededRandom random(3);
  const TraceContext begun = begin_trace(1'700'000'000, random);
  EXPECT_TRUE(begun.valid());
  EXPECT_TRUE(begun.random);
  EXPECT_FALSE(begun.sampled);
  EXPECT_FALSE(begun.span.valid());
  EXPECT_EQ(begun.state, "");
}

TEST(TraceId, CrossesToXrayAndBack) {
  const auto id = parse_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  ASSERT_TRUE(id);
  EXPECT_EQ(xray(*id), "1-4bf92f35-77b34da6a3ce929d0e0e4736");
  EXPECT_EQ(parse_xray_id("1-4bf92f35-77b34da6a3ce929d0e0e4736"), id);
  EXPECT_EQ(parse_xray_id("1-4BF92F35-77B34DA6A3CE929D0E0E4736"), id);
  SeededRandom random(11);
  for (int i = 0; i < 1000; ++i) {
    const TraceId made = new_trace_id(static_cast<std::int64_t>(random.next() >> 32), random);
    EXPECT_EQ(parse_xray_id(xray(made)), made);
    EXPECT_EQ(parse_trace_id(hex<32>(made)), made);
    const SpanId span = new_span_id(random);
    EXPECT_EQ(parse_span_id(hex<16>(span)), span);
  }
}

TEST(TraceId, WhatIsNoIdIsRefused) {
  for (const std::string_view text :
       {"", "4bf92f3577b34da6a3ce929d0e0e473", "4bf92f3577b34da6a3ce929d0e0e47366",
        "4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e473g",
        "00000000000000000000000000000000", "4bf92f3577b34da6\3413ce929d0e0e4736"}) {
    EXPECT_FALSE(parse_trace_id(text)) << text;
  }
  for (const std::string_view text :
       {"", "00f067aa0ba902b", "00f067aa0ba902b70", "00F067AA0BA902B7", "0000000000000000"}) {
    EXPECT_FALSE(parse_span_id(text)) << text;
  }
  for (const std::string_view text :
       {"", "1-4bf92f35-77b34da6a3ce929d0e0e473", "1-4bf92f35-77b34da6a3ce929d0e0e47366",
        "2-4bf92f35-77b34da6a3ce929d0e0e4736", "1-4bf92f3577-b34da6a3ce929d0e0e4736",
        "1-00000000-000000000000000000000000", "1-4bf92f35-77b34da6a3ce929d0e0e473x",
        "1_4bf92f35-77b34da6a3ce929d0e0e4736", "1-4bf92f35_77b34da6a3ce929d0e0e4736"}) {
    EXPECT_FALSE(parse_xray_id(text)) << text;
  }
}

TEST(TraceId, EveryByteThatIsNoLowerCaseDigitIsRefusedEverywhere) {
  for (std::size_t at = 0; at < 32; ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = "4bf92f3577b34da6a3ce929d0e0e4736";
      text[at] = static_cast<char>(c);
      const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      const auto read = parse_trace_id(text);
      ASSERT_EQ(read.has_value(), digit) << at << ' ' << c;
      if (read) {
        ASSERT_EQ(hex<32>(*read), text);
      }
    }
  }
}

}  // namespace
}  // namespace lift
