#include "lift/identity/require_role.h"

#include "lift/chain/context.h"
#include "lift/identity/claims.h"

namespace lift {

Verdict RequireRole::enter(Context& ctx, NoSlot&) {
  if (ctx.has_role(role_)) return Verdict::proceed;
  if (ctx.identity().anonymous()) {
    return ctx.reject("unauthorized", unauthorized("Credentials are required."));
  }
  return ctx.reject("role_required", authorization_error("This needs the role " + role_ + "."));
}

Result<std::shared_ptr<RequireRole>> require_role(std::string role) {
  Problems problems;
  if (!valid_role(role)) problems.add("role", role, "must be 1 to 64 of A-Z a-z 0-9 . _ : -");
  if (const Result<> valid = problems.as_result(); !valid) return std::unexpected(valid.error());
  return std::make_shared<RequireRole>(std::move(role));
}

}  // namespace lift
