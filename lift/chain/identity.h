#pragma once
// Who asks: established by the `identify` layer from something the caller cannot choose freely,
// read by all after it.
// Thread-safety: a plain value, of one request.
// Cost: none; has_role() compares the few roles there are.

#include <span>
#include <string_view>

namespace lift {

/// Views live as long as the request. Empty tenant and user: anonymous.
struct Identity {
  std::string_view tenant;
  std::string_view user;
  std::span<const std::string_view> roles;

  [[nodiscard]] bool anonymous() const noexcept { return tenant.empty() && user.empty(); }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept {
    for (const std::string_view mine : roles) {
      if (mine == role) return true;
    }
    return false;
  }
};

/// 1 to 64 of `A-Z a-z 0-9 . _ -`, starting with a letter or digit: safe in keys, logs, metrics and
/// file names.
[[nodiscard]] bool valid_tenant_id(std::string_view id) noexcept;

}  // namespace lift
