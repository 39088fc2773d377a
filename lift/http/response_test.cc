#include "lift/http/response.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace lift {
namespace {

using namespace std::string_view_literals;

TEST(Response, TextPutsItsPartsTogether) {
  const std::string name = "Ann";
  const Response r = text("Hello, ", name, std::string_view("!"));
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(r.body.bytes(), "Hello, Ann!");
}

TEST(Response, FluentAdditions) {
  const Response r = text("made").with_status(201).with("location", "/1").with("location", "/2");
  EXPECT_EQ(r.status, 201);
  EXPECT_EQ(r.headers.get("Location"), "/2");
  EXPECT_EQ(r.headers.count("location"), 1U);
  EXPECT_EQ(r.body.bytes(), "made");
}

TEST(Response, EachKindHasItsType) {
  EXPECT_EQ(html("<p>").headers.get("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(json_text("{}").headers.get("content-type"), "application/json");
  EXPECT_EQ(json_text("{}").body.bytes(), "{}");
  const Response bytes = binary("image/png", std::string("\0\x01"sv));
  EXPECT_EQ(bytes.headers.get("content-type"), "image/png");
  EXPECT_EQ(bytes.body.bytes(), "\0\x01"sv);
  const Response none = no_content();
  EXPECT_EQ(none.status, 204);
  EXPECT_EQ(none.body.size(), 0U);
  EXPECT_TRUE(none.headers.empty());
  const Response streamed = stream("text/csv", [](BodySink&) -> Task<void> { co_return; });
  EXPECT_TRUE(streamed.body.streaming());
  EXPECT_EQ(streamed.headers.get("content-type"), "text/csv");
}

TEST(Response, RedirectTakesRedirectingStatusesOnly) {
  for (const int status : {301, 302, 303, 307, 308}) {
    EXPECT_EQ(redirect("/x", status).status, status);
  }
  EXPECT_EQ(redirect("/x").status, 303);
  for (const int status : {0, -1, 200, 300, 304, 305, 306, 309, 404}) {
    EXPECT_THROW((void)redirect("/x", status), std::invalid_argument) << status;
  }
}

TEST(Response, RedirectLocationIsAlwaysOneSafeValue) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/a?b=c&d=%20#e", "/a?b=c&d=%20#e"},
      {"https://example.com/", "https://example.com/"},
      {"/a\r\nset-cookie: x=1", "/a%0D%0Aset-cookie:%20x=1"},
      {"/a\0b"sv, "/a%00b"},
      {"/\\evil.example", "/%5Cevil.example"},
      {"/caf\xc3\xa9", "/caf%C3%A9"},
      {"/\"<>^`{|}", "/%22%3C%3E%5E%60%7B%7C%7D"},
      {"", ""},
  };
  for (const auto& [given, sent] : cases) {
    EXPECT_EQ(redirect(given).headers.get("location"), sent);
  }
}

TEST(Response, PhrasesAreThoseRegistered) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(413), "Content Too Large");
  EXPECT_EQ(reason_phrase(422), "Unprocessable Content");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  for (const int unknown : {0, -1, 99, 299, 418, 599, 1000}) {
    EXPECT_EQ(reason_phrase(unknown), "Unknown") << unknown;
  }
}

TEST(Response, ResetMakesItNew) {
  Response r = text("x").with_status(500);
  r.reset();
  EXPECT_EQ(r.status, 200);
  EXPECT_TRUE(r.headers.empty());
  EXPECT_EQ(r.body.size(), 0U);
}

}  // namespace
}  // namespace lift
