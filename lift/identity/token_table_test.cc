#include "lift/identity/token_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "lift/base/random.h"
#include "lift/identity/token_writer.h"

namespace lift {
namespace {

const std::string kSecret = "secret";
const std::string kDigest = hex_encode(sha256(kSecret));
const std::string kOther = hex_encode(sha256("other"));

TEST(TokenTable, KnowsWhomATokenStandsFor) {
  const auto table =
      TokenTable::parse("# demo\n\n" + kDigest + "\tacme  ann admin,ops # laptop\r\n" + kOther +
                        " - probe#no tenant");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->size(), 2U);
  const Claims* ann = table->find(kSecret);
  ASSERT_NE(ann, nullptr);
  EXPECT_EQ(ann->tenant, "acme");
  EXPECT_EQ(ann->user, "ann");
  EXPECT_EQ(ann->roles, (std::vector<std::string>{"admin", "ops"}));
  const Claims* probe = table->find("other");
  ASSERT_NE(probe, nullptr);
  EXPECT_EQ(probe->tenant, "");
  EXPECT_TRUE(probe->roles.empty());
}

TEST(TokenTable, KnowsNoOther) {
  const auto table = TokenTable::parse(kDigest + " acme ann");
  ASSERT_TRUE(table);
  for (const std::string& token : {std::string(), std::string("Secret"), std::string("secret "),
                                   kDigest, std::string("secret\0", 7), std::string(513, 's')}) {
    EXPECT_EQ(table->find(token), nullptr) << token;
  }
  EXPECT_EQ(TokenTable::parse("")->find(kSecret), nullptr);
}

TEST(TokenTable, RefusesAWrongFileWholeAndNamesLineAndRuleButNoContent) {
  const struct {
    std::string text;
    std::string_view message;
  } cases[] = {
      {"hunter2 acme ann", "line 1: digest must be 64 hex digits (the SHA-256 of a token)"},
      {"\n# x\n" + kDigest, "line 3: must have a digest, a tenant and a user"},
      {kDigest + " acme", "line 1: must have a digest, a tenant and a user"},
      {kDigest + " acme # ann", "line 1: must have a digest, a tenant and a user"},
      {kDigest + " acme ann a b", "line 1: must have at most four fields"},
      {kDigest.substr(1) + " acme ann",
       "line 1: digest must be 64 hex digits (the SHA-256 of a token)"},
      {kDigest + "0 acme ann", "line 1: digest must be 64 hex digits (the SHA-256 of a token)"},
      {kDigest + " .. ann",
       "line 1: tenant must be 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit"},
      {kDigest + " acme a\"b",
       "line 1: user must be 1 to 128 visible ASCII characters but # , \" and \\"},
      {kDigest + " acme ann a,,b", "line 1: each role must be 1 to 64 of A-Z a-z 0-9 . _ : -"},
      {kDigest + " acme ann a,", "line 1: each role must be 1 to 64 of A-Z a-z 0-9 . _ : -"},
      {kDigest + " acme ann ,", "line 1: each role must be 1 to 64 of A-Z a-z 0-9 . _ : -"},
      {kDigest + " a ann\n" + kOther + " a bob\n" + kDigest + " b ann",
       "line 3: digest must not be there twice; line 1 has it too"},
      {std::string(TokenTable::kMaxBytes + 1, '\n'), "the file must be at most 1 MiB"},
      {kDigest + " acme" + std::string("\0", 1) + " ann", "line 1: tenant must be"},
  };
  for (const auto& c : cases) {
    const auto table = TokenTable::parse(c.text);
    ASSERT_FALSE(table) << c.message;
    EXPECT_EQ(table.error().code, "bad_token_file");
    EXPECT_TRUE(table.error().message.starts_with(c.message)) << table.error().message;
    EXPECT_FALSE(table.error().message.contains("hunter2"));
  }
}

TEST(TokenTable, HoldsAtMostTenThousand) {
  std::string text;
  for (std::size_t i = 0; i < TokenTable::kMaxTokens; ++i) {
    text += hex_encode(sha256(std::to_string(i))) + " t u\n";
  }
  const auto full = TokenTable::parse(text);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->size(), TokenTable::kMaxTokens);
  EXPECT_NE(full->find("9999"), nullptr);
  const auto over = TokenTable::parse(text + kDigest + " t u\n");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().message, "line 10001: tokens must be at most 10000");
}

TEST(TokenTable, WhatIsWrittenIsReadBack) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    std::map<std::string, Claims> model;
    std::string text;
    for (std::uint64_t n = random.below(6); n > 0; --n) {
      Claims claims{.tenant = random.below(3) == 0 ? "" : "t" + std::to_string(random.below(99)),
                    .user = "u" + std::to_string(random.below(99)),
                    .roles = {}};
      for (std::uint64_t r = random.below(4); r > 0; --r)
        claims.roles.push_back("r" + std::to_string(r));
      const std::string token = make_token(random);
      text += token_line(token, claims) + '\n';
      model.emplace(token, std::move(claims));
    }
    const auto table = TokenTable::parse(text);
    ASSERT_TRUE(table) << table.error().message;
    ASSERT_EQ(table->size(), model.size());
    for (const auto& [token, claims] : model) {
      const Claims* found = table->find(token);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->tenant, claims.tenant);
      EXPECT_EQ(found->user, claims.user);
      EXPECT_EQ(found->roles, claims.roles);
    }
  }
}

}  // namespace
}  // namespace lift
