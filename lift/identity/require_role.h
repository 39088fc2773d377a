#pragma once
// The `require_role` layer: lets in only callers with a role. For groups and single routes, inside
// `identify`.
//
// A caller without the role is refused with 403 AUTHORIZATION_ERROR (reason `role_required`), an
// anonymous one with 401 UNAUTHORIZED (reason `unauthorized`): it may help to say who asks.
//
// Thread-safety: shared by all loops.
// Cost: a compare for each role of the caller.

#include <memory>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/chain/layer.h"

namespace lift {

class RequireRole {
 public:
  static constexpr std::string_view kName = "require_role";

  explicit RequireRole(std::string role) : role_(std::move(role)) {}
  Verdict enter(Context& ctx, NoSlot&);

 private:
  std::string role_;
};

/// Error `bad_configuration` if no caller could ever have `role` (claims.h).
[[nodiscard]] Result<std::shared_ptr<RequireRole>> require_role(std::string role);

}  // namespace lift
