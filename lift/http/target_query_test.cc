#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/base/random.h"
#include "lift/http/target.h"

namespace lift {
namespace {

using namespace std::string_view_literals;

TEST(TargetQuery, QueryTable) {
  struct Case {
    std::string_view query, name;
    std::vector<std::string> values;
  };
  const Case cases[] = {
      {"a=1", "a", {"1"}},
      {"a=1", "b", {}},
      {"a=1&b=2&a=3", "a", {"1", "3"}},
      {"a", "a", {""}},
      {"a=", "a", {""}},
      {"a&a=1", "a", {"", "1"}},
      {"=x&a=1", "", {"x"}},
      {"&&a=1&&", "a", {"1"}},
      {"&&", "", {}},
      {"a=b=c", "a", {"b=c"}},
      {"a=x+y%2B%20z", "a", {"x y+ z"}},
      {"a+b=1", "a b", {"1"}},
      {"%61=1&a=2", "a", {"1", "2"}},
      {"a%3D=1", "a=", {"1"}},
      {"a=%26", "a", {"&"}},
      {"a=%zz&a=2", "a", {"2"}},
      {"a=%00&a=2", "a", {"2"}},
      {"%zz=1", "%zz", {}},
      {"a=%2F", "a", {"/"}},
      {"A=1", "a", {}},
      {"a;b=1", "a", {}},
      {"a=\xc3\xbc", "a", {"\xc3\xbc"}},
      {"a?=/", "a?", {"/"}},
  };
  Target target;
  for (const auto& [query, name, values] : cases) {
    ASSERT_TRUE(target.parse("/p?" + std::string(query)));
    EXPECT_EQ(target.raw_query(), query);
    EXPECT_EQ(target.query_all(name), values) << query;
    const auto first = target.query(name);
    EXPECT_EQ(first.has_value(), !values.empty()) << query;
    EXPECT_EQ(first.value_or(""), values.empty() ? "" : values.front()) << query;
  }
}

TEST(TargetQuery, LooksAtABoundedNumberOfParameters) {
  std::string text = "/?";
  for (std::size_t i = 0; i + 1 < Target::kMaxParameters; ++i) text += "x=1&";
  Target target;
  ASSERT_TRUE(target.parse(text + "a=1"));
  EXPECT_EQ(target.query("a"), "1");
  ASSERT_TRUE(target.parse(text + "x=1&a=1"));
  EXPECT_EQ(target.query("a"), std::nullopt);
  EXPECT_EQ(target.query_all("x").size(), Target::kMaxParameters);
}

TEST(Percent, DecodeTable) {
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("a%2Fb+c"), "a/b+c");
  EXPECT_EQ(percent_decode("a+b%2b", true), "a b+");
  for (const auto bad :
       {"%"sv, "%1"sv, "a%"sv, "%G0"sv, "%0G"sv, "%00"sv, "\0"sv, "% 1"sv, "%+1"sv, "%-1"sv}) {
    EXPECT_FALSE(percent_decode(bad)) << bad;
  }
}

TEST(Percent, EncodeLeavesUnreservedOnly) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d&e=f+\xff\0"sv), "a%20b%2Fc%3Fd%26e%3Df%2B%FF%00");
}

TEST(Percent, RoundTrip) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    std::string bytes(random.below(50), '\0');
    for (char& c : bytes) c = static_cast<char>(1 + random.below(255));
    const std::string encoded = percent_encode(bytes);
    ASSERT_EQ(percent_decode(encoded), bytes);
    ASSERT_EQ(percent_decode(encoded, true), bytes);
    Target target;
    ASSERT_TRUE(target.parse("/x" + encoded + "?" + encoded + "=" + encoded));
    ASSERT_EQ(target.query(bytes), bytes);
    std::string path = "/x" + bytes;
    for (char& c : path) c = c == '/' ? '\0' : c;
    path[0] = '/';
    ASSERT_EQ(target.path(), path);
  }
}

}  // namespace
}  // namespace lift
