#include "lift/http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

using namespace std::string_view_literals;

TEST(Target, PathTable) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a/", "/a/"},
      {"//a", "//a"},
      {"/a//b", "/a//b"},
      {"/a?b", "/a"},
      {"/?", "/"},
      {"/a%20b", "/a b"},
      {"/a+b", "/a+b"},
      {"/%41%7a%C3%bc", "/Az\xc3\xbc"},
      {"/caf\xc3\xa9", "/caf\xc3\xa9"},
      {"/a%2Fb", "/a\0b"sv},
      {"/a%2fb/c", "/a\0b/c"sv},
      {"/..%2fa", "/..\0a"sv},
      {"/%25", "/%"},
      {"/%252e%252e/a", "/%2e%2e/a"},
      {"/%3f%23", "/?#"},
      {"/%0d%0a", "/\r\n"},
      {"/a/.", "/a/"},
      {"/a/./b", "/a/b"},
      {"/a/..", "/"},
      {"/a/../b", "/b"},
      {"/a/b/..", "/a/"},
      {"/a/b/../../c", "/c"},
      {"/a/b/../..", "/"},
      {"/.", "/"},
      {"/./", "/"},
      {"/%2e", "/"},
      {"/a/%2E%2e/b", "/b"},
      {"/a/.%2e/b", "/b"},
      {"//..", "/"},
      {"/a//../b", "/a/b"},
      {"/...", "/..."},
      {"/.well-known/x", "/.well-known/x"},
      {"/a/..b/.c/d..", "/a/..b/.c/d.."},
      {"/a/b?x=/../", "/a/b"},
      {"*", "*"},
  };
  Target target;
  for (const auto& [text, path] : cases) {
    ASSERT_TRUE(target.parse(text)) << text;
    EXPECT_EQ(target.path(), path) << text;
    EXPECT_EQ(target.raw(), text);
    EXPECT_EQ(target.authority(), "");
    EXPECT_EQ(target.asterisk(), text == "*");
  }
}

TEST(Target, RefusalTable) {
  constexpr std::string_view kStart = "must be a path that starts with '/', an http URI, or '*'";
  constexpr std::string_view kHex = "'%' must be followed by two hex digits";
  constexpr std::string_view kNul = "a NUL is not allowed";
  constexpr std::string_view kControl = "control characters and blanks must be encoded";
  constexpr std::string_view kFragment = "a fragment is not allowed";
  constexpr std::string_view kRoot = "'..' must not climb above the root";
  constexpr std::string_view kHost = "a host must follow the scheme";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", kStart},
      {"a", kStart},
      {"?a", kStart},
      {"**", kStart},
      {"*/", kStart},
      {"example.com:443", kStart},
      {"ftp://a/", kStart},
      {"http:/a", kStart},
      {"/%", kHex},
      {"/%4", kHex},
      {"/%4g", kHex},
      {"/%g4", kHex},
      {"/%%41", kHex},
      {"/%u0041", kHex},
      {"/%4?1", kHex},
      {"/%00", kNul},
      {"/a%00b?c", kNul},
      {"/a\0b"sv, kControl},
      {"/a?b\0"sv, kControl},
      {"/a b", kControl},
      {"/a\tb", kControl},
      {"/a\r\n", kControl},
      {"/\x7f", kControl},
      {"/a#b", kFragment},
      {"/a?b#", kFragment},
      {"/..", kRoot},
      {"/../a", kRoot},
      {"/a/../..", kRoot},
      {"/a/../../b", kRoot},
      {"/%2e%2e/a", kRoot},
      {"/./..", kRoot},
      {"http://", kHost},
      {"http:///a", kHost},
      {"https://?a", kHost},
      {"http://:80/", kHost},
      {"http://user@host/", "a user name is not allowed"},
      {"http://host/%", kHex},
      {"http://host/..", kRoot},
  };
  Target target;
  for (const auto& [text, rule] : cases) {
    ASSERT_TRUE(target.parse("/before?x=1"));
    const auto parsed = target.parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "bad_target");
    EXPECT_EQ(parsed.error().message, "target: " + std::string(rule)) << text;
    EXPECT_EQ(target.raw(), "");
    EXPECT_EQ(target.path(), "");
    EXPECT_EQ(target.raw_query(), "");
  }
}

TEST(Target, AbsoluteForm) {
  struct Case {
    std::string_view text, authority, path, query;
  };
  const Case cases[] = {
      {"http://example.com", "example.com", "/", ""},
      {"HTTPS://example.com:8443/a/b?c=d", "example.com:8443", "/a/b", "c=d"},
      {"http://[::1]:80/", "[::1]:80", "/", ""},
      {"http://h?x=1", "h", "/", "x=1"},
      {"http://h/a%2Fb/..", "h", "/", ""},
  };
  Target target;
  for (const auto& [text, authority, path, query] : cases) {
    ASSERT_TRUE(target.parse(text)) << text;
    EXPECT_EQ(target.authority(), authority);
    EXPECT_EQ(target.path(), path);
    EXPECT_EQ(target.raw_query(), query);
    EXPECT_EQ(target.raw(), text);
  }
}

TEST(Target, APlainPathIsNotCopied) {
  Target target;
  ASSERT_TRUE(target.parse("/v1/payments/123?limit=5"));
  EXPECT_EQ(target.path().data(), target.raw().data());
}

TEST(Target, CopiesAndMovesStandAlone) {
  Target original;
  ASSERT_TRUE(original.parse("/a?b=c"));
  const Target copy = original;
  const Target moved = std::move(original);
  original = Target();
  EXPECT_EQ(copy.path(), "/a");
  EXPECT_EQ(moved.path(), "/a");
  EXPECT_EQ(moved.query("b"), "c");
}

TEST(Target, QueryTable) {
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

TEST(Target, LooksAtABoundedNumberOfParameters) {
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

// The algorithm of RFC 3986 §5.2.4, literally: an input buffer, an output buffer, rules A to E.
std::string remove_dot_segments(std::string in) {
  std::string out;
  const auto drop_last = [&] { out.erase(out.rfind('/') == out.npos ? 0 : out.rfind('/')); };
  while (!in.empty()) {
    if (in.starts_with("/./")) {
      in.erase(0, 2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.erase(0, 3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else {
      const std::size_t end = std::min(in.find('/', 1), in.size());
      out += in.substr(0, end);
      in.erase(0, end);
    }
  }
  return out;
}

TEST(Target, DotSegmentsAsInTheRfc) {
  Target target;
  int parsed = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededRandom random(seed);
    std::string text;
    for (auto n = 1 + random.below(8); n > 0; --n) {
      constexpr std::string_view kSegments[] = {"", ".", "..", "a", "bc", "...", ".d"};
      text += '/';
      text += kSegments[random.below(std::size(kSegments))];
    }
    if (!target.parse(text)) continue;
    ++parsed;
    ASSERT_EQ(target.path(), remove_dot_segments(text)) << text;
  }
  EXPECT_GT(parsed, 1000);
}

}  // namespace
}  // namespace lift
