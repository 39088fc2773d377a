#include <gtest/gtest.h>

#include <string>

#include "lift/base/random.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

const Redactor& standard() {
  static const auto redactor = Redactor::make().value();
  return *redactor;
}
std::string json(std::string_view in, std::size_t limit = 1 << 20) {
  std::string out;
  standard().append_redacted_json(out, in, limit);
  return out;
}
std::string not_json(std::size_t size) { return "[NOT JSON] " + std::to_string(size) + " bytes"; }

struct Case {
  std::string_view in;
  std::string_view out;
};

// In the original whatever is nested or no text passes.
TEST(Regression, D_SAN_nested_values_and_integers_under_sensitive_names_are_hidden) {
  const Case cases[] = {
      {R"({"password":"x"})", R"({"password":"[REDACTED]"})"},
      {R"({"a":{"b":[{"password":"x","c":1}]}})",
       R"({"a":{"b":[{"password":"[REDACTED]","c":1}]}})"},
      {R"({"pin":1234,"cvv":123,"ok":true})",
       R"({"pin":"[REDACTED]","cvv":"[REDACTED]","ok":true})"},
      {R"({"password":{"old":"a","new":["b",{"c":1}]},"z":1})",
       R"({"password":"[REDACTED]","z":1})"},
      {R"({"secrets":["a","b"],"token":null,"auth":false})",
       R"({"secrets":"[REDACTED]","token":"[REDACTED]","auth":"[REDACTED]"})"},
      {R"({"card_number":"4111 1111 1111 1111","pan":4111111111111111})",
       R"({"card_number":"************1111","pan":"************1111"})"},
      {R"({"card_number":{"a":"4111111111111111"},"card":null,"pan":"12"})",
       R"({"card_number":"[REDACTED]","card":"[REDACTED]","pan":"[REDACTED]"})"},
      {R"({"ref":4111111111111111,"time":1700000000123})",
       R"({"ref":"************1111","time":1700000000123})"},
      {R"({"note":"paid with 4111111111111111"})", R"({"note":"paid with ************1111"})"},
      {R"({"4111111111111111":1})", R"({"************1111":1})"},
      {R"({"pass\u0077ord":"x","em\u0061il":"y"})",
       R"({"password":"[REDACTED]","email":"[REDACTED]"})"},
      {R"([{"name":"bob","company":"x"},["Bearer abcdefgh1"]])",
       R"([{"name":"[REDACTED]","company":"x"},["Bearer [REDACTED]"]])"},
  };
  for (const Case& c : cases) EXPECT_EQ(json(c.in), c.out) << c.in;
}

TEST(RedactJson, CopiesWhatIsOpenWithoutBlanks) {
  const Case cases[] = {
      {" { \"a\" : [ 1 , -2.50 , 1e5 , 0 , -0 , 1E-7 ] ,\n\t\"b\" : { } , \"c\" : [ ] } ",
       R"({"a":[1,-2.50,1e5,0,-0,1E-7],"b":{},"c":[]})"},
      {"true", "true"},
      {" null ", "null"},
      {"12", "12"},
      {R"("x")", R"("x")"},
      {"[]", "[]"},
      {R"(["\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"])",
       "[\"\\\"\\\\/\\b\\f\\n\\r\\t\xc3\xa9\xf0\x9f\x98\x80\"]"},
      {R"(["\ud800","\udc00x","\ud800\u0041"])",
       "[\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xef\xbf\xbd"
       "A\"]"},
      {"[\"\xff\"]", "[\"\xef\xbf\xbd\"]"},
      {R"({"a":1,"a":2})", R"({"a":1,"a":2})"},
      {R"(["\u0000\u20ac"])", "[\"\\u0000\xe2\x82\xac\"]"},
  };
  for (const Case& c : cases) EXPECT_EQ(json(c.in), c.out) << c.in;
}

TEST(RedactJson, ShowsNothingOfWhatIsNoJson) {
  for (const std::string_view in : {"",
                                    " ",
                                    "password=x",
                                    "{",
                                    "[",
                                    "{\"a\"",
                                    "{\"a\":",
                                    "{\"a\":1",
                                    "{\"a\":1,",
                                    "{\"a\":1,}",
                                    "[1,]",
                                    "[1 2]",
                                    "{a:1}",
                                    "{'a':1}",
                                    "01",
                                    "+1",
                                    "1.",
                                    ".5",
                                    "1e",
                                    "1e+",
                                    "-",
                                    "nul",
                                    "truex",
                                    "\"abc",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "\"\\u12g4\"",
                                    "\"a\nb\"",
                                    "\"\x01\"",
                                    "1 2",
                                    "{\"password\":\"x\"} trailing",
                                    "{\"a\":1}}",
                                    "[}",
                                    "{\"a\" 1}",
                                    "NaN",
                                    "Infinity",
                                    "\xef\xbb\xbf{}",
                                    "{\"password\":\"hunter2",
                                    "{1:2}",
                                    "//x\n1",
                                    "\"\\ud800\\u12\""}) {
    EXPECT_EQ(json(in), not_json(in.size())) << in;
  }
  std::string deep;
  deep.append(64, '[');
  std::string closed;
  closed.append(64, ']');
  EXPECT_EQ(json(deep + closed), deep + closed);
  EXPECT_EQ(json("[" + deep + closed + "]"), not_json(130));
  std::string endless;
  endless.append(1'000'000, '[');
  EXPECT_EQ(json(endless), not_json(endless.size()));
}

TEST(RedactJson, StaysWithinItsLimitAndSaysThatItCut) {
  EXPECT_EQ(json(R"({"a":1})", 7), R"({"a":1})");
  EXPECT_EQ(json(R"({"a":1})", 6), R"({"a":1...[truncated])");
  EXPECT_EQ(json(R"({"a":1})", 0), "...[truncated]");
  EXPECT_EQ(json(R"(["aaaaaaaaaa","b"])", 5), R"(["aaa...[truncated])");
  EXPECT_EQ(json("[\"\xc3\xa9\"]", 3), "[\"...[truncated]") << "no half character";
  EXPECT_EQ(json(R"({"a":1}})", 3), not_json(8)) << "what is cut is checked all the same";
  std::string out = "body=";
  standard().append_redacted_json(out, "[1,2", 100);
  EXPECT_EQ(out, "body=[NOT JSON] 4 bytes");
  std::string big = "[";
  for (int i = 0; i < 100'000; ++i) big += "\"abc\",";
  big += "1]";
  EXPECT_EQ(json(big, 1024).size(), 1024 + 14);
  EXPECT_EQ(json(R"({"password":"x"})", std::string::npos), R"({"password":"[REDACTED]"})");
}

/// A random document in which every value under a sensitive name, and no other, holds "LEAK".
void write(std::string& out, SeededRandom& random, bool hidden, int depth) {
  const auto kind = depth > 4 ? random.below(3) : random.below(5);
  if (kind == 0) out += hidden ? "\"LEAK\"" : "\"fine\"";
  if (kind == 1) out += hidden ? "[\"LEAK\"]" : "12";
  if (kind == 2) out += hidden ? "{\"x\":\"LEAK\"}" : "null";
  if (kind < 3) return;
  out += kind == 3 ? '[' : '{';
  for (std::uint64_t i = random.below(4), n = i; i > 0; --i) {
    if (i < n) out += ", ";
    const bool sensitive = kind == 4 && random.below(3) == 0;
    if (kind == 4) out += sensitive ? "\"user_password\" : " : "\"shipping\":";
    write(out, random, hidden || sensitive, depth + 1);
  }
  out += kind == 3 ? ']' : '}';
}

TEST(RedactJson, NothingUnderASensitiveNameIsSeenInRandomDocuments) {
  SeededRandom random(5);
  int with_secrets = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string document;
    write(document, random, false, 0);
    const std::string shown = json(document);
    with_secrets += document.contains("LEAK") ? 1 : 0;
    ASSERT_FALSE(shown.contains("LEAK")) << document;
    ASSERT_FALSE(shown.contains("NOT JSON")) << document;
    ASSERT_EQ(json(shown), shown) << document;
    // Cut anywhere it shows nothing at all.
    const std::string cut = document.substr(0, random.below(document.size()));
    if (document.front() == '{' || document.front() == '[') {
      ASSERT_EQ(json(cut), not_json(cut.size()));
    }
  }
  EXPECT_GT(with_secrets, 500);
}

}  // namespace
}  // namespace lift
