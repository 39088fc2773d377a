#include "lift/http/cookies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "lift/base/random.h"

namespace lift {
namespace {

struct ReadCase {
  std::vector<std::string_view> fields;
  std::string_view name;
  std::optional<std::string_view> value;
};

TEST(Cookie, ReadTable) {
  const ReadCase cases[] = {
      {{}, "a", {}},
      {{"a=1"}, "a", "1"},
      {{"a=1; b=2"}, "b", "2"},
      {{"a=1;b=2;"}, "b", "2"},
      {{" a = 1 ;\tb=2"}, "a", "1"},
      {{"a=1; a=2"}, "a", "1"},
      {{"a=1", "b=2"}, "b", "2"},
      {{"b=1", "b=2"}, "b", "1"},
      {{"A=1"}, "a", {}},
      {{"aa=1"}, "a", {}},
      {{"a="}, "a", ""},
      {{"a"}, "a", {}},
      {{"a; a=2"}, "a", "2"},
      {{"=x"}, "", {}},
      {{"a=b=c"}, "a", "b=c"},
      {{"a=\"q\""}, "a", "q"},
      {{"a=\"q"}, "a", "\"q"},
      {{"a=\""}, "a", "\""},
      {{"a=\"\""}, "a", ""},
      {{";;;a=1"}, "a", "1"},
      {{"x=a=1"}, "a", {}},
  };
  for (const auto& [fields, name, value] : cases) {
    Headers headers;
    for (const auto field : fields) headers.add("Cookie", field);
    EXPECT_EQ(cookie(headers, name), value) << (fields.empty() ? "none" : fields.front());
  }
}

TEST(Cookie, LooksAtABoundedNumber) {
  std::string list;
  for (std::size_t i = 1; i < kMaxCookies; ++i) list += "x=1;";
  Headers headers;
  headers.add("cookie", list + "a=1");
  EXPECT_EQ(cookie(headers, "a"), "1");
  headers.set("cookie", list + "x=1;a=1");
  EXPECT_EQ(cookie(headers, "a"), std::nullopt);
  headers.set("cookie", list + "x=1");
  headers.add("cookie", "a=1");
  EXPECT_EQ(cookie(headers, "a"), std::nullopt);
}

TEST(SetCookie, DefaultsAreSafe) {
  EXPECT_EQ(SetCookie({.name = "sid", .value = "x"}).header(),
            "sid=x; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(SetCookie, WritesEveryAttribute) {
  SetCookie c;
  c.name = "a";
  c.path = "/shop";
  c.domain = "Example.com";
  c.max_age = std::chrono::hours(1);
  c.secure = false;
  c.http_only = false;
  c.same_site = SameSite::strict;
  EXPECT_EQ(c.header(), "a=; Path=/shop; Domain=Example.com; Max-Age=3600; SameSite=Strict");
  c.secure = true;
  c.same_site = SameSite::none;
  c.max_age = std::chrono::seconds(0);
  EXPECT_EQ(c.header(), "a=; Path=/shop; Domain=Example.com; Max-Age=0; Secure; SameSite=None");
  EXPECT_TRUE(SetCookie({.name = "__Host-a"}).header());
  EXPECT_TRUE(SetCookie({.name = "__Secure-a", .path = "/x", .domain = "a.b"}).header());
}

struct BadCase {
  std::string_view problem;
  std::function<void(SetCookie&)> spoil;
};

TEST(SetCookie, RefusesWhatBreaksARule) {
  using std::chrono::seconds;
  const BadCase cases[] = {
      {"name: value \"\" must be a token", [](SetCookie& c) { c.name = ""; }},
      {"name: value \"a b\" must be a token", [](SetCookie& c) { c.name = "a b"; }},
      {"name: value \"a=b\" must be a token", [](SetCookie& c) { c.name = "a=b"; }},
      {"path: value \"x\" must start with '/'", [](SetCookie& c) { c.path = "x"; }},
      {"path: value \"\" must start", [](SetCookie& c) { c.path = ""; }},
      {"path: value \"/;a\" must", [](SetCookie& c) { c.path = "/;a"; }},
      {"at most 1024 bytes", [](SetCookie& c) { c.path = "/" + std::string(1024, 'x'); }},
      {"domain: value \".a.b\" must be", [](SetCookie& c) { c.domain = ".a.b"; }},
      {"domain: value \"a..b\" must be", [](SetCookie& c) { c.domain = "a..b"; }},
      {"domain: value \"a.\" must be", [](SetCookie& c) { c.domain = "a."; }},
      {"domain: value \"-a\" must be", [](SetCookie& c) { c.domain = "-a"; }},
      {"domain: value \"a; Secure\" must", [](SetCookie& c) { c.domain = "a; Secure"; }},
      {"domain: value", [](SetCookie& c) { c.domain = std::string(64, 'a'); }},
      {"max_age: value \"-1\" must be 0", [](SetCookie& c) { c.max_age = seconds(-1); }},
      {"max_age: value \"34560001\"", [](SetCookie& c) { c.max_age = seconds(34'560'001); }},
      {"must be true with SameSite=None",
       [](SetCookie& c) { c.secure = false, c.same_site = SameSite::none; }},
      {"starts with __Secure-", [](SetCookie& c) { c.name = "__secure-a", c.secure = false; }},
      {"needs secure, path", [](SetCookie& c) { c.name = "__Host-a", c.secure = false; }},
      {"needs secure, path", [](SetCookie& c) { c.name = "__host-a", c.path = "/x"; }},
      {"needs secure, path", [](SetCookie& c) { c.name = "__Host-a", c.domain = "a.b"; }},
  };
  for (const auto& [problem, spoil] : cases) {
    SetCookie c{.name = "a", .value = "v"};
    spoil(c);
    const auto header = c.header();
    ASSERT_FALSE(header) << problem;
    EXPECT_EQ(header.error().code, "bad_cookie");
    EXPECT_NE(header.error().message.find(problem), std::string::npos) << header.error().message;
  }
}

TEST(SetCookie, ABadValueIsRefusedAndNotShown) {
  using namespace std::string_literals;
  for (const auto& value :
       {"se cret"s, "secret;"s, "secret,"s, "\"secret\""s, "secret\\"s, "secret\r\n"s, "secret\0"s,
        "secret\x7f"s, "secret\xc3\xa9"s, "secret" + std::string(4096, 'x')}) {
    const auto header = SetCookie({.name = "a", .value = value}).header();
    ASSERT_FALSE(header) << value;
    EXPECT_NE(header.error().message.find("value: value \"(hidden)\""), std::string::npos);
    EXPECT_EQ(header.error().message.find("secret"), std::string::npos);
  }
}

TEST(SetCookie, ReportsAllProblemsAtOnce) {
  SetCookie c{.name = "", .value = " ", .path = "", .domain = "-"};
  c.max_age = std::chrono::seconds(-1);
  const std::string message = c.header().error().message;
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 4) << message;
}

TEST(SetCookie, WhatIsSetIsReadBack) {
  SeededRandom random(1);
  for (int round = 0; round < 1000; ++round) {
    std::string value;
    for (auto n = random.below(30); n > 0; --n) value += static_cast<char>(random.below(128));
    const auto header = SetCookie({.name = "n" + std::to_string(round), .value = value}).header();
    if (!header) continue;
    Headers headers;
    headers.add("cookie", "x=1; " + header->substr(0, header->find(';')) + "; y=2");
    ASSERT_EQ(cookie(headers, "n" + std::to_string(round)), value);
  }
}

}  // namespace
}  // namespace lift
