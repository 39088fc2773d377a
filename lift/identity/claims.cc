#include "lift/identity/claims.h"

#include <algorithm>
#include <span>

#include "lift/base/ascii.h"

namespace lift {
namespace {

std::string_view broken_rule(std::string_view tenant, std::string_view user,
                             const auto& roles) noexcept {
  if (tenant.empty() && user.empty()) return "tenant and user must not both be empty";
  if (!tenant.empty() && !valid_tenant_id(tenant)) {
    return "tenant must be 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit";
  }
  if (!user.empty() && !valid_user_id(user)) {
    return "user must be 1 to 128 visible ASCII characters but # , \" and \\";
  }
  if (roles.size() > kMaxRoles) return "roles must be at most 32";
  if (!std::ranges::all_of(roles, valid_role))
    return "each role must be 1 to 64 of A-Z a-z 0-9 . _ : -";
  return "";
}

Identity copy_of(Arena& arena, std::string_view tenant, std::string_view user, const auto& roles) {
  auto* copies = static_cast<std::string_view*>(
      arena.allocate(roles.size() * sizeof(std::string_view), alignof(std::string_view)));
  std::size_t count = 0;
  for (const auto& role : roles) ::new (copies + count++) std::string_view(arena.copy(role));
  return {arena.copy(tenant), arena.copy(user), std::span(copies, count)};
}

}  // namespace

bool valid_user_id(std::string_view id) noexcept {
  const auto allowed = [](char c) {
    return c > ' ' && c <= '~' && !std::string_view("#,\"\\").contains(c);
  };
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, allowed);
}

bool valid_role(std::string_view role) noexcept {
  const auto allowed = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view("._:-").contains(c);
  };
  return !role.empty() && role.size() <= 64 && std::ranges::all_of(role, allowed);
}

std::string_view broken_rule(const Identity& identity) noexcept {
  return broken_rule(identity.tenant, identity.user, identity.roles);
}

std::string_view broken_rule(const Claims& claims) noexcept {
  return broken_rule(claims.tenant, claims.user, claims.roles);
}

Identity keep(Arena& arena, const Identity& identity) {
  return copy_of(arena, identity.tenant, identity.user, identity.roles);
}

Identity keep(Arena& arena, const Claims& claims) {
  return copy_of(arena, claims.tenant, claims.user, claims.roles);
}

}  // namespace lift
