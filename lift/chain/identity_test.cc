#include "lift/chain/identity.h"

#include <gtest/gtest.h>

#include <string>

namespace lift {
namespace {

TEST(TenantId, IsSafeInKeysLogsMetricsAndFileNames) {
  const std::string longest(64, 'a');
  const std::string_view fine[] = {"a", "7", "acme", "Acme.eu-1_x", "0", longest};
  for (const std::string_view good : fine) {
    EXPECT_TRUE(valid_tenant_id(good)) << good;
  }
  const std::string too_long(65, 'a');
  const std::string_view bad[] = {"",         ".",    "..",     "-a",       "_a",    ".a",
                                  "a b",      "a/b",  "a\\b",   "a:b",      "a,b",   "a#b",
                                  "a\n",      " a",   "a ",     "\xc3\xa4", "a\x7f", "a*",
                                  {"a\0", 2}, "a%2f", too_long, {"\0", 1}};
  for (const std::string_view id : bad) EXPECT_FALSE(valid_tenant_id(id)) << '"' << id << '"';
}

TEST(Identity, HasTheRolesItWasGivenAndNoOther) {
  const std::string_view roles[] = {"admin", "ops"};
  const Identity ann{.tenant = "acme", .user = "ann", .roles = roles};
  EXPECT_TRUE(ann.has_role("admin"));
  EXPECT_TRUE(ann.has_role("ops"));
  EXPECT_FALSE(ann.has_role("adm"));
  EXPECT_FALSE(ann.has_role("admin "));
  EXPECT_FALSE(ann.has_role(""));
  EXPECT_FALSE(ann.anonymous());
  EXPECT_TRUE(Identity{}.anonymous());
}

}  // namespace
}  // namespace lift
