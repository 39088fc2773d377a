#include "lift/identity/claims.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace lift {
namespace {

Claims claims(std::string tenant, std::string user, std::vector<std::string> roles = {}) {
  return {.tenant = std::move(tenant), .user = std::move(user), .roles = std::move(roles)};
}

TEST(Claims, BrokenRulesAreNamed) {
  const struct {
    Claims claims;
    std::string_view begins;
  } cases[] = {
      {claims("acme", "ann", {"admin", "a.b_c:d-e"}), ""},
      {claims("acme", ""), ""},
      {claims("", "ann@example.com"), ""},
      {claims("", std::string(128, 'u')), ""},
      {claims("acme", "ann", std::vector<std::string>(32, "r")), ""},
      {claims("", ""), "tenant and user must not both be empty"},
      {claims("a b", "ann"), "tenant must be"},
      {claims("acme", std::string(129, 'u')), "user must be"},
      {claims("acme", "a b"), "user must be"},
      {claims("acme", "a#b"), "user must be"},
      {claims("acme", "a,b"), "user must be"},
      {claims("acme", "a\"b"), "user must be"},
      {claims("acme", "a\\b"), "user must be"},
      {claims("acme", "a\n"), "user must be"},
      {claims("acme", "\xc3\xa4"), "user must be"},
      {claims("acme", std::string("a\0", 2)), "user must be"},
      {claims("acme", "ann", {""}), "each role must be"},
      {claims("acme", "ann", {"a b"}), "each role must be"},
      {claims("acme", "ann", {"ok", std::string(65, 'r')}), "each role must be"},
      {claims("acme", "ann", std::vector<std::string>(33, "r")), "roles must be at most 32"},
  };
  for (const auto& c : cases) {
    const std::string_view rule = broken_rule(c.claims);
    EXPECT_TRUE(c.begins.empty() ? rule.empty() : rule.starts_with(c.begins))
        << '"' << c.claims.tenant << "\" \"" << c.claims.user << "\": " << rule;
    Arena arena;
    EXPECT_EQ(broken_rule(keep(arena, c.claims)), rule);
  }
}

TEST(Claims, KeptOnesOutliveTheirSource) {
  Arena arena;
  Identity kept;
  {
    const Claims source = claims("acme", "ann", {"admin", "ops"});
    kept = keep(arena, keep(arena, source));
  }
  EXPECT_EQ(kept.tenant, "acme");
  EXPECT_EQ(kept.user, "ann");
  ASSERT_EQ(kept.roles.size(), 2U);
  EXPECT_TRUE(kept.has_role("admin"));
  EXPECT_TRUE(kept.has_role("ops"));
}

}  // namespace
}  // namespace lift
