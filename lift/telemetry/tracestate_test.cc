// tracestate, with the cases of W3C's own suite for level 2.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "lift/base/random.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

std::string repeat(char c, std::size_t times) {
  std::string out;
  out.resize(times, c);
  return out;
}

/// "bar01=01,bar02=02" and so on.
std::string numbered(int from, int to) {
  std::string out;
  for (int i = from; i <= to; ++i) {
    const std::string digits{static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    if (!out.empty()) out += ',';
    out += "bar" + digits + "=" + digits;
  }
  return out;
}

std::optional<std::string> read(const std::vector<std::string>& fields) {
  Arena arena;
  const std::vector<std::string_view> views(fields.begin(), fields.end());
  const auto got = parse_tracestate(views, arena);
  return got ? std::optional<std::string>(*got) : std::nullopt;
}

/// Every character a key and a value may hold.
std::string all_allowed() {
  std::string out = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/=";
  for (int c = 0x20; c <= 0x7e; ++c) {
    if (c != ',' && c != '=') out += static_cast<char>(c);
  }
  return out;
}

TEST(Tracestate, W3cSuiteAccepts) {
  const std::string long_key = repeat('z', 256) + "=1";
  struct Case {
    std::vector<std::string> fields;
    std::string handed_on;
  };
  const Case cases[] = {
      {{}, ""},
      {{"foo=1,bar=2"}, "foo=1,bar=2"},
      // test_tracestate_empty_header
      {{""}, ""},
      {{"foo=1", ""}, "foo=1"},
      {{"", "foo=1"}, "foo=1"},
      // test_tracestate_multiple_headers_different_keys
      {{"foo=1,bar=2", "rojo=1,congo=2", "baz=3"}, "foo=1,bar=2,rojo=1,congo=2,baz=3"},
      // test_tracestate_all_allowed_characters
      {{all_allowed()}, all_allowed()},
      // test_tracestate_ows_handling
      {{"foo=1 \t , \t bar=2, \t baz=3"}, "foo=1,bar=2,baz=3"},
      {{"foo=1\t \t,\t \tbar=2,\t \tbaz=3"}, "foo=1,bar=2,baz=3"},
      {{" foo=1"}, "foo=1"},
      {{"\tfoo=1"}, "foo=1"},
      {{"foo=1 "}, "foo=1"},
      {{"foo=1\t"}, "foo=1"},
      {{"\t foo=1 \t"}, "foo=1"},
      // test_tracestate_member_count_limit
      {{numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 32)}, numbered(1, 32)},
      // test_tracestate_key_length_limit
      {{"foo=1", long_key}, "foo=1," + long_key},
      {{"foo=1", repeat('t', 241) + "@" + repeat('v', 14) + "=1"},
       "foo=1," + repeat('t', 241) + "@" + repeat('v', 14) + "=1"},
      // Level 2: any of the characters after the first, a digit first.
      {{"foo@=1,foo@@bar=2,foo@bar@baz=3,1a=4"}, "foo@=1,foo@@bar=2,foo@bar@baz=3,1a=4"},
      {{",, ,foo=1,,\t,bar=2,"}, "foo=1,bar=2"},
      {{"foo=  1"}, "foo=  1"},
      {{"foo=" + repeat('x', 256)}, "foo=" + repeat('x', 256)},
      {{"foo=1,foobar=1,fo=1"}, "foo=1,foobar=1,fo=1"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.fields), c.handed_on);
}

TEST(Tracestate, W3cSuiteRefuses) {
  const std::vector<std::string> cases[] = {
      // test_tracestate_duplicated_keys
      {"foo=1,foo=1"},
      {"foo=1,foo=2"},
      {"foo=1", "foo=1"},
      {"foo=1", "foo=2"},
      // test_tracestate_key_illegal_characters
      {"foo =1"},
      {"FOO=1"},
      {"foo.bar=1"},
      // test_tracestate_key_illegal_vendor_format
      {"@foo=1,bar=2"},
      // test_tracestate_member_count_limit
      {numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 33)},
      // test_tracestate_key_length_limit
      {"foo=1", repeat('z', 257) + "=1"},
      // test_tracestate_value_illegal_characters
      {"foo=bar=baz"},
      {"foo=,bar=3"},
      {"foo"},
      {"=1"},
      {"foo=" + repeat('x', 257)},
      {"foo=\x01"},
      {"foo=\xc3\xa9"},
      {"foo=1;bar\x7f=2"},
      {"_foo=1"},
      {"foo= "},
  };
  for (const auto& fields : cases) EXPECT_EQ(read(fields), std::nullopt) << fields.front();
}

TEST(Tracestate, DropsLargeMembersFirstAndThenFromTheEnd) {
  const std::string big = "big=" + repeat('x', 200);
  const std::string huge = "huge=" + repeat('y', 200);
  const std::string small = "a=" + repeat('1', 100);
  const std::string other = "b=" + repeat('2', 126);  // exactly 128
  // 512 as they are stay as they are.
  const std::string full = "a=" + repeat('1', 253) + ",b=" + repeat('2', 253);
  EXPECT_EQ(full.size(), 511);
  EXPECT_EQ(read({full + "2"}), full + "2");
  EXPECT_EQ(read({full, "c=1"}), "a=" + repeat('1', 253) + ",c=1");
  // The last of the large ones goes, which is enough.
  EXPECT_EQ(read({big + "," + small + "," + huge + "," + "c=1"}), big + "," + small + ",c=1");
  // All large ones go, and still the last is too much.
  std::string many;
  for (char c = 'a'; c <= 'f'; ++c) many += std::string(1, c) + "=" + repeat(c, 126) + ",";
  const std::string four = many.substr(0, 3 * 129 - 1);
  EXPECT_EQ(read({many + big}), four);
  EXPECT_EQ(read({small + "," + other}), small + "," + other);
}

TEST(Tracestate, ASingleFieldThatNeedsNoChangeIsNotCopied) {
  Arena arena;
  const std::string_view text = "foo=1,bar=2";
  EXPECT_EQ(parse_tracestate({&text, 1}, arena)->data(), text.data());
  const std::string_view blank = "  foo=1,bar=2 ";
  EXPECT_EQ(parse_tracestate({&blank, 1}, arena)->data(), blank.data() + 2);
}

TEST(Tracestate, WhatIsHandedOnIsValidShortAndStaysAsItIs) {
  SeededRandom random(21);
  constexpr std::string_view kAlphabet = "ab1=,, \t@_xyz";
  int valid = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> fields(1 + random.below(3));
    for (std::string& field : fields) {
      for (std::uint64_t n = random.below(40); n > 0; --n)
        field += kAlphabet[random.below(kAlphabet.size())];
      if (random.below(4) == 0)
        field = "k" + std::to_string(i) + "=" + repeat('v', random.below(300));
    }
    const auto once = read(fields);
    if (!once) continue;
    ++valid;
    EXPECT_LE(once->size(), kMaxTraceState);
    EXPECT_EQ(read({*once}), once);
  }
  EXPECT_GT(valid, 500);
}

}  // namespace
}  // namespace lift
