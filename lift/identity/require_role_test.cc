#include "lift/identity/require_role.h"

#include <gtest/gtest.h>

#include "lift/identity/identify.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

int status_for(const std::optional<Claims>& caller) {
  SimWorld world;
  const auto identify =
      Identify::make({.resolver = [&](Context&) -> Resolution { return caller; }}).value();
  const Chain chain =
      std::move(Chain::build("/op", {AnyLayer(identify), AnyLayer(require_role("admin").value())},
                             [](Context&) { return text("ok"); }, {.is_public = true}))
          .value();
  return world.get(chain, "/")->status();
}

TEST(RequireRole, LetsInOnlyThoseWhoHaveIt) {
  EXPECT_EQ(status_for(Claims{.tenant = "acme", .user = "ann", .roles = {"ops", "admin"}}), 200);
  EXPECT_EQ(
      status_for(Claims{.tenant = "acme", .user = "bob", .roles = {"administrator", "Admin"}}),
      403);
  EXPECT_EQ(status_for(Claims{.tenant = "acme"}), 403);
  EXPECT_EQ(status_for(std::nullopt), 401);
}

TEST(RequireRole, StandsInsideIdentify) {
  const auto chain = Chain::build(
      "/op", {AnyLayer(require_role("admin").value()), AnyLayer(Identify::make().value())},
      [](Context&) { return text("ok"); });
  ASSERT_FALSE(chain);
  EXPECT_TRUE(chain.error().message.contains("roles are known once the caller is"))
      << chain.error().message;
}

TEST(RequireRole, RefusesARoleNobodyCanHave) {
  for (const char* role : {"", "a b", "a,b", "\xc3\xa4"}) EXPECT_FALSE(require_role(role)) << role;
}

}  // namespace
}  // namespace lift
