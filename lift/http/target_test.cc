#include "lift/http/target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

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

constexpr std::string_view kStart = "must be a path that starts with '/', an http URI, or '*'";
constexpr std::string_view kHex = "'%' must be followed by two hex digits";
constexpr std::string_view kNul = "a NUL is not allowed";
constexpr std::string_view kControl = "control characters and blanks must be encoded";
constexpr std::string_view kFragment = "a fragment is not allowed";
constexpr std::string_view kRoot = "'..' must not climb above the root";
constexpr std::string_view kHost = "a host must follow the scheme";

TEST(Target, RefusalTable) {
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
