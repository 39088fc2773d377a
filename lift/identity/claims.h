#pragma once
// What an identity source says of a caller, and the rules for it.
//
// Thread-safety: plain values, pure functions.
// Cost: keep() about 10 ns, no allocation while the arena has room.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/arena.h"
#include "lift/chain/identity.h"

namespace lift {

inline constexpr std::size_t kMaxRoles = 32;

/// Empty tenant: the caller belongs to none. Empty user: a machine. Not both.
struct Claims {
  std::string tenant{};
  std::string user{};
  std::vector<std::string> roles{};
};

/// 1 to 128 visible ASCII characters but `#` `,` `"` and `\`: safe in logs and in the token file.
[[nodiscard]] bool valid_user_id(std::string_view id) noexcept;
/// 1 to 64 of `A-Z a-z 0-9 . _ : -`.
[[nodiscard]] bool valid_role(std::string_view role) noexcept;

/// The rule that `tenant`, `user` or `roles` breaks, such as "tenant must be …"; "" if none.
[[nodiscard]] std::string_view broken_rule(const Identity& identity) noexcept;
/// The same rules for what a source made.
[[nodiscard]] std::string_view broken_rule(const Claims& claims) noexcept;

/// A copy that lives as long as the request.
[[nodiscard]] Identity keep(Arena& arena, const Identity& identity);
[[nodiscard]] Identity keep(Arena& arena, const Claims& claims);

}  // namespace lift
