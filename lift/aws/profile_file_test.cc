#include "lift/aws/profile_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/aws/detail/xml_text.h"

namespace lift {
namespace {

using Kind = AwsProfileFile::Kind;

struct Row {
  std::string text;
  std::string profile;
  std::string name;
  std::optional<std::string> expected;
};

void expect_values(const std::vector<Row>& table, Kind kind) {
  for (const Row& row : table) {
    const auto file = AwsProfileFile::parse(row.text, kind);
    ASSERT_TRUE(file) << row.text << file.error().message;
    EXPECT_EQ(file->value(row.profile, row.name), row.expected) << row.text;
  }
}

TEST(AwsProfileFile, ReadsWhatAwsToolsWrite) {
  expect_values(
      {
          {"", "default", "a", std::nullopt},
          {"[default]\na=1", "default", "a", "1"},
          {"\r\n; c\r\n# c\r\n[ b ] # c\r\nA = 1 \r\n", "b", "a", "1"},
          {"[a]\nk=1\n[b]\nk=2\n[a]\nk=3\n", "a", "k", "3"},
          {"[a]\nk=1\nk=2\n", "a", "k", "2"},
          {"[a]\nk=\n", "a", "k", std::nullopt},
          {"[a]\nk=x=y+/==\n", "a", "k", "x=y+/=="},
          {"[a]\nk=x#y;z # c\n", "a", "k", "x#y;z"},
          {"[a]\nk=x\t;c\n", "a", "k", "x"},
          {"[a]\nk= # c\n", "a", "k", std::nullopt},
          {"[a]\ns3 =\n  k = 2\nk = 1\n", "a", "k", "1"},
          {"[a]\nk = 1\n  more\n\n  yet\n", "a", "k", "1\nmore\nyet"},
          {"[a]\n  k = 1\n", "a", "k", "1"},
          {"[profile a]\nk=1\n", "profile a", "k", "1"},
      },
      Kind::credentials);
  expect_values(
      {
          {"[default]\nk=1", "default", "k", "1"},
          {"[profile a]\nk=1", "a", "k", "1"},
          {"[profile \t a b ]\nk=1", "a b", "k", "1"},
          {"[profile \"a b\"]\nk=1", "a b", "k", "1"},
          {"[a]\nk=1", "a", "k", std::nullopt},
          {"[profilea]\nk=1", "a", "k", std::nullopt},
          {"[sso-session a]\nanything at all\n[profile a]\nk=1", "a", "k", "1"},
      },
      Kind::config);
}

TEST(AwsProfileFile, RefusesWithTheLineAndWithoutItsText) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"k=secret", "line 1 stands before the first [section]"},
      {"\n  k=secret", "line 2 stands before the first [section]"},
      {"[a]\nsecret", "line 2 must be `name = value`"},
      {"[a]\n=secret", "line 2 must be `name = value`"},
      {"[a]\n\n[secret\n", "line 3 must end with ']'"},
      {"[]\n", "line 1 must end with ']'"},
      {"[ ]\n", "line 1 must name a profile"},
      {"[a] secret\n", "line 1 must end with ']'"},
      {std::string("[a]\nk=\0secret\n", 14), "line 2 holds a control character"},
      {"[a]\nk=\x1bsecret\n", "line 2 holds a control character"},
  };
  for (const auto& [text, message] : table) {
    const auto file = AwsProfileFile::parse(text, Kind::credentials);
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().code, "bad_profile_file");
    EXPECT_EQ(file.error().message, message) << text;
  }
  EXPECT_EQ(AwsProfileFile::parse("[profile ]\nk=1\n", Kind::config)->size(), 0U);
}

TEST(AwsProfilePlace, ComesFromTheEnvironment) {
  std::vector<std::pair<std::string, std::string>> variables;
  AwsEnvironment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    for (const auto& [known, value] : variables)
      if (known == name) return value;
    return std::nullopt;
  };
  AwsProfilePlace place = AwsProfilePlace::of(environment);
  EXPECT_EQ(place.credentials_path + place.config_path, "");
  EXPECT_EQ(place.profile, "default");
  EXPECT_FALSE(place.named);
  variables = {{"HOME", "/h"}, {"AWS_CONFIG_FILE", "/c"}, {"AWS_PROFILE", "p"}};
  place = AwsProfilePlace::of(environment);
  EXPECT_EQ(place.credentials_path, "/h/.aws/credentials");
  EXPECT_EQ(place.config_path, "/c");
  EXPECT_EQ(place.profile, "p");
  EXPECT_TRUE(place.named);
}

TEST(XmlText, FindsOnePlainElement) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> table = {
      {"<A>x</A>", "x"},
      {"<R><B>y</B><A>\n x \t</A></R>", "x"},
      {"<A></A>", ""},
      {"<A>&lt;&amp;lt;&gt;&quot;&apos;</A>", "<&lt;>\"'"},
      {"", std::nullopt},
      {"<A>", std::nullopt},
      {"<A>x", std::nullopt},
      {"<A>x</B>", std::nullopt},
      {"<A>x</A", std::nullopt},
      {"<A x=\"1\">x</A>", std::nullopt},
      {"<AB>x</AB>", std::nullopt},
      {"<A/>", std::nullopt},
      {"<A><B>x</B></A>", std::nullopt},
      {"<A>x</A><A>y</A>", std::nullopt},
      {"<A>&x;</A>", std::nullopt},
      {"<A>&#65;</A>", std::nullopt},
      {"<A>&</A>", std::nullopt},
      {"<!DOCTYPE a><A>x</A>", std::nullopt},
      {"<A>x<!-- c --></A>", std::nullopt},
      {"<A><![CDATA[x]]></A>", std::nullopt},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(detail::xml_text(text, "A"), expected) << text;
}

}  // namespace
}  // namespace lift
