#include "lift/chain/route_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lift {
namespace {

using namespace std::string_view_literals;

/// The pieces in one line: literals as they are, `<name>`, `<name*>`.
std::string shown(std::string_view pattern) {
  const auto pieces = parse_pattern(pattern);
  if (!pieces) return pieces.error().code + ": " + pieces.error().message;
  std::string out;
  for (const PatternPiece& piece : *pieces) {
    if (piece.kind == PatternPiece::Kind::literal) out += "'" + piece.text + "'";
    if (piece.kind == PatternPiece::Kind::parameter) out += "<" + piece.text + ">";
    if (piece.kind == PatternPiece::Kind::rest) out += "<" + piece.text + "*>";
  }
  return out;
}

struct Case {
  std::string_view pattern;
  std::string_view expected;
};

TEST(RoutePatternTest, TakesPatternsApart) {
  const Case cases[] = {
      {"/", "'/'"},
      {"//", "'//'"},
      {"/a/b", "'/a/b'"},
      {"/a/", "'/a/'"},
      {"/{x}", "'/'<x>"},
      {"/{x}/", "'/'<x>'/'"},
      {"/a/{x}/b", "'/a/'<x>'/b'"},
      {"/a/{x}/{_y9}", "'/a/'<x>'/'<_y9>"},
      {"/files/{path...}", "'/files/'<path*>"},
      {"/a b/\xc3\xa4/100%", "'/a b/\xc3\xa4/100%'"},
      {"/...", "'/...'"},
      {"/a%2", "'/a%2'"},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(c.pattern), c.expected) << c.pattern;
}

TEST(RoutePatternTest, RefusesWhatNoPathCouldMatchAsMeant) {
  constexpr std::string_view kMixed = "must be wholly literal or wholly one {parameter}";
  constexpr std::string_view kNamed = "must be named by [A-Za-z_][A-Za-z0-9_]*";
  constexpr std::string_view kLast = "must be the last: it takes the rest of the path";
  constexpr std::string_view kDots = "must not be a dot segment: no path has one";
  constexpr std::string_view kQuery = "must not hold '?' or '#': a pattern is a path alone";
  constexpr std::string_view kControl = "must not hold control characters";
  struct Refusal {
    std::string_view pattern;
    std::string_view shown;  // as the error shows it
    std::string_view segment;
    std::string_view rule;
  };
  const Refusal cases[] = {
      {"/a{x}", "/a{x}", "a{x}", kMixed},
      {"/{x}a", "/{x}a", "{x}a", kMixed},
      {"/{x", "/{x", "{x", kMixed},
      {"/x}", "/x}", "x}", kMixed},
      {"/{x}{y}", "/{x}{y}", "{x}{y}", kMixed},
      {"/{{x}}", "/{{x}}", "{{x}}", kMixed},
      {"/{}", "/{}", "{}", kNamed},
      {"/{...}", "/{...}", "{...}", kNamed},
      {"/{9a}", "/{9a}", "{9a}", kNamed},
      {"/{a-b}", "/{a-b}", "{a-b}", kNamed},
      {"/{a{b}", "/{a{b}", "{a{b}", kNamed},
      {"/{x..}", "/{x..}", "{x..}", kNamed},
      {"/{x}/{x}", "/{x}/{x}", "{x}", "repeats a parameter's name"},
      {"/{x}/{x...}", "/{x}/{x...}", "{x...}", "repeats a parameter's name"},
      {"/{x...}/b", "/{x...}/b", "{x...}", kLast},
      {"/{x...}/", "/{x...}/", "{x...}", kLast},
      {"/a/../b", "/a/../b", "..", kDots},
      {"/.", "/.", ".", kDots},
      {"/a?b", "/a?b", "a?b", kQuery},
      {"/a#b", "/a#b", "a#b", kQuery},
      {"/a%20b", "/a%20b", "a%20b", "must be written decoded, without %XX"},
      {"/a\0b"sv, "/a?b", "a?b", kControl},
      {"/a\n", "/a?", "a?", kControl},
  };
  for (const Refusal& c : cases) {
    std::string expected = "bad_route: pattern \"" + std::string(c.shown) + "\": segment \"";
    expected.append(c.segment).append("\" ").append(c.rule);
    EXPECT_EQ(shown(c.pattern), expected);
  }
}

TEST(RoutePatternTest, RefusesWhatIsNoPath) {
  EXPECT_EQ(shown(""), "bad_route: pattern \"\": must start with '/'");
  EXPECT_EQ(shown("a/b"), "bad_route: pattern \"a/b\": must start with '/'");
  EXPECT_EQ(shown("*"), "bad_route: pattern \"*\": must start with '/'");
}

TEST(RoutePatternTest, HoldsSixteenParametersAndNoMore) {
  std::string pattern;
  for (int i = 0; i < 16; ++i) pattern += "/{p" + std::to_string(i) + "}";
  EXPECT_TRUE(parse_pattern(pattern));
  EXPECT_EQ(parse_pattern(pattern + "/{q}").error().message,
            "pattern \"" + pattern + "/{q}\": segment \"{q}\" is one parameter more than 16");
}

TEST(RoutePatternTest, HoldsKilobyteAndNoMore) {
  const std::string longest = "/" + std::string(kMaxPatternBytes - 1, 'a');
  EXPECT_TRUE(parse_pattern(longest));
  EXPECT_TRUE(parse_pattern(longest + "a").error().message.ends_with("must be at most 1024 bytes"));
}

}  // namespace
}  // namespace lift
