#include "lift/chain/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::string_view_literals;

struct Line {
  Method method;
  std::string_view pattern;
};

Router router_of(const std::vector<Line>& lines) {
  Router router;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto added = router.add(lines[i].method, lines[i].pattern, static_cast<RouteId>(i));
    EXPECT_TRUE(added) << added.error().message;
  }
  return router;
}

/// `3 x=1 y=2`, `404`, or `405 GET, HEAD, OPTIONS`.
std::string ask(const Router& router, Method method, std::string_view path) {
  std::array<PathParam, kMaxPathParams> params;
  const RouteMatch match = router.match(method, path, params);
  if (match.kind == RouteMatch::Kind::not_found) return "404";
  if (match.kind == RouteMatch::Kind::method_not_allowed) {
    return "405 " + std::string(allow_header(match.allowed));
  }
  std::string out = std::to_string(match.route);
  for (std::size_t i = 0; i < match.params; ++i) {
    out.append(" ").append(params[i].name).append("=").append(params[i].value);
  }
  return out;
}

const std::vector<Line> kTable = {
    {Method::get, "/"},                         // 0
    {Method::get, "/users"},                    // 1
    {Method::post, "/users"},                   // 2
    {Method::get, "/users/"},                   // 3
    {Method::get, "/users/me"},                 // 4
    {Method::get, "/users/{id}"},               // 5
    {Method::del, "/users/{user}"},             // 6
    {Method::get, "/users/{id}/posts"},         // 7
    {Method::get, "/users/me/settings"},        // 8
    {Method::get, "/users/{id}/posts/{post}"},  // 9
    {Method::get, "/files/{path...}"},          // 10
    {Method::get, "/files/index"},              // 11
    {Method::get, "/files/{name}/meta"},        // 12
    {Method::head, "/files/index"},             // 13
    {Method::put, "/users/me"},                 // 14
    {Method::patch, "/a//b"},                   // 15
    {Method::options, "/own"},                  // 16
    {Method::post, "/search/{what}"},           // 17
    {Method::get, "/search/all"},               // 18
    {Method::get, "/caf\xc3\xa9/{x}"},          // 19
};

struct Case {
  Method method;
  std::string_view path;
  std::string_view expected;
};

void expect_all(std::initializer_list<Case> cases) {
  const Router router = router_of(kTable);
  for (const Case& c : cases) EXPECT_EQ(ask(router, c.method, c.path), c.expected) << c.path;
}

TEST(RouterTest, PicksRouteAndParameters) {
  expect_all({
      {Method::get, "/", "0"},
      {Method::get, "/users", "1"},
      {Method::post, "/users", "2"},
      {Method::get, "/users/", "3"},
      {Method::post, "/users/", "405 GET, HEAD, OPTIONS"},
      {Method::get, "/user", "404"},
      {Method::get, "/usersx", "404"},
      {Method::get, "//users", "404"},
      {Method::get, "", "404"},
      {Method::get, "*", "404"},
      // Literal before parameter, whole segments only.
      {Method::get, "/users/me", "4"},
      {Method::get, "/users/m", "5 id=m"},
      {Method::get, "/users/meme", "5 id=meme"},
      {Method::get, "/users/Me", "5 id=Me"},
      {Method::get, "/users/me/", "404"},
      {Method::get, "/users/7/", "404"},
      {Method::del, "/users/7", "6 user=7"},
      // Back from a literal that leads nowhere.
      {Method::get, "/users/me/settings", "8"},
      {Method::get, "/users/me/posts", "7 id=me"},
      {Method::get, "/users/me/posts/9", "9 id=me post=9"},
      {Method::get, "/users/7/settings", "404"},
      {Method::get, "/users//posts", "404"},
      // The rest: at least one byte, slashes included.
      {Method::get, "/files/a", "10 path=a"},
      {Method::get, "/files/a/b/", "10 path=a/b/"},
      {Method::get, "/files//", "10 path=/"},
      {Method::get, "/files/", "404"},
      {Method::get, "/files", "404"},
      {Method::get, "/files/index", "11"},
      {Method::get, "/files/index2", "10 path=index2"},
      {Method::get, "/files/index/meta", "12 name=index"},
      {Method::get, "/files/x/meta", "12 name=x"},
      {Method::get, "/files/x/meta2", "10 path=x/meta2"},
      // Empty segments are literal.
      {Method::patch, "/a//b", "15"},
      {Method::patch, "/a/b", "404"},
  });
}

TEST(RouterTest, HeadComesFromGetAndOtherPatternsDoNotHideMethod) {
  expect_all({
      {Method::head, "/users/7", "5 id=7"},
      {Method::head, "/files/index", "13"},
      {Method::head, "/own", "405 OPTIONS"},
      {Method::options, "/own", "16"},
      {Method::options, "/users", "405 GET, HEAD, POST, OPTIONS"},
      {Method::del, "/users/me", "6 user=me"},
      {Method::post, "/users/me", "405 GET, HEAD, PUT, DELETE, OPTIONS"},
      {Method::post, "/search/all", "17 what=all"},
      {Method::put, "/search/all", "405 GET, HEAD, POST, OPTIONS"},
      {Method::get, "/search/one", "405 POST, OPTIONS"},
      {Method::post, "/nowhere", "404"},
  });
}

TEST(RouterTest, TakesBytesAsTheyAreAndNoEncodedSlashForLiteral) {
  expect_all({
      {Method::get, "/caf\xc3\xa9/\xff", "19 x=\xff"},
      {Method::get, "/users/a\0b"sv, "5 id=a\0b"sv},
      {Method::get, "/users\0me"sv, "404"},
      {Method::get, "/users/me\0settings"sv, "5 id=me\0settings"sv},
  });
}

TEST(RouterTest, RefusesWhatMatchesTheSamePaths) {
  Router router =
      router_of({{Method::get, "/a/{x}"}, {Method::get, "/f/{r...}"}, {Method::get, "/"}});
  const auto refused = [&router](std::string_view pattern) {
    const auto added = router.add(Method::get, pattern, 9);
    return added ? "added" : added.error().code + ": " + added.error().message;
  };
  const auto conflict = [](std::string_view fresh, std::string_view there) {
    return "route_conflict: GET \"" + std::string(fresh) + "\" matches the same paths as \"" +
           std::string(there) + "\", which is routed already";
  };
  EXPECT_EQ(refused("/a/{y}"), conflict("/a/{y}", "/a/{x}"));
  EXPECT_EQ(refused("/f/{s...}"), conflict("/f/{s...}", "/f/{r...}"));
  EXPECT_EQ(refused("/"), conflict("/", "/"));
  EXPECT_EQ(refused("a"), R"(bad_route: pattern "a": must start with '/')");
  EXPECT_EQ(refused("/a/{y}/b"), "added");
  EXPECT_EQ(refused("/a/{y...}"), "added");
  EXPECT_EQ(refused("/a/"), "added");
  EXPECT_TRUE(router.add(Method::post, "/a/{y}", 10));
  EXPECT_EQ(ask(router, Method::get, "/a/1"), "0 x=1");
  EXPECT_EQ(ask(router, Method::post, "/a/1"), "10 y=1");
}

TEST(RouterTest, TheOrderOfAddingChangesNothing) {
  std::vector<Line> lines = {{Method::get, "/ab/{x}"}, {Method::get, "/abc"}, {Method::get, "/a"},
                             {Method::get, "/{x}/c"},  {Method::get, "/ab"},  {Method::get, "/"}};
  const auto answers = [](const std::vector<Line>& table) {
    const Router router = router_of(table);
    std::string out;
    for (const std::string_view path :
         {"/ab/1", "/abc", "/a", "/z/c", "/ab/c", "/ab", "/", "/abcd"}) {
      std::array<PathParam, kMaxPathParams> params;
      const RouteMatch match = router.match(Method::get, path, params);
      out += match.kind == RouteMatch::Kind::found ? table[match.route].pattern : "-";
      out += ' ';
    }
    return out;
  };
  const std::string expected = "/ab/{x} /abc /a /{x}/c /ab/{x} /ab / - ";
  const auto by_pattern = [](const Line& a, const Line& b) { return a.pattern < b.pattern; };
  std::ranges::sort(lines, by_pattern);
  do {
    ASSERT_EQ(answers(lines), expected);
  } while (std::ranges::next_permutation(lines, by_pattern).found);
}

TEST(RouterTest, AnEmptyRouterFindsNothing) { EXPECT_EQ(ask(Router(), Method::get, "/"), "404"); }

TEST(RouterTest, HoldsEveryFirstByte) {
  Router router;
  for (int byte = 0x21; byte < 0x100; ++byte) {
    if ("#%./?{}\x7f"sv.contains(static_cast<char>(byte))) continue;
    const std::string pattern = {'/', static_cast<char>(byte)};
    ASSERT_TRUE(router.add(Method::get, pattern, static_cast<RouteId>(byte)));
  }
  EXPECT_EQ(ask(router, Method::get, "/!"), "33");
  EXPECT_EQ(ask(router, Method::get, "/z"), "122");
  EXPECT_EQ(ask(router, Method::get, "/\xff"), "255");
  EXPECT_EQ(ask(router, Method::get, "/#"), "404");
}

TEST(RouterTest, MatchesWithoutAllocating) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "a sanitizer owns operator new";
  const Router router = router_of(kTable);
  std::array<PathParam, kMaxPathParams> params;
  const AllocationCounter counter;
  for (const std::string_view path : {"/users/me/posts/9", "/files/a/b/c", "/none", "/users"}) {
    for (int method = 0; method < kMethodCount; ++method) {
      EXPECT_GE(router.match(static_cast<Method>(method), path, params).steps, 1U);
    }
  }
  EXPECT_EQ(counter.count(), 0U);
}

TEST(AllowHeaderTest, ListsMethodsInOneOrder) {
  EXPECT_EQ(allow_header({}), "");
  EXPECT_EQ(allow_header({Method::options, Method::get, Method::head}), "GET, HEAD, OPTIONS");
  EXPECT_EQ(allow_header({Method::get, Method::head, Method::post, Method::put, Method::patch,
                          Method::del, Method::options}),
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST(RestoreSlashesTest, CopiesOnlyWhatHeldOne) {
  Arena arena;
  const std::string_view plain = "a-b";
  EXPECT_EQ(restore_slashes(plain, arena).data(), plain.data());
  EXPECT_EQ(restore_slashes("\0a\0\0b"sv, arena), "/a//b");
  EXPECT_EQ(restore_slashes("", arena), "");
}

}  // namespace
}  // namespace lift
