#pragma once
// Takes the place of identify where a test says who asks.

#include <string_view>

#include "lift/chain/context.h"
#include "lift/chain/layer.h"

namespace lift::test {

/// Believes the header "tenant".
struct Believing {
  static constexpr std::string_view kName = "identify";
  static Verdict enter(Context& ctx, NoSlot&) {
    ctx.set_identity({.tenant = ctx.request().headers.value("tenant"), .user = {}, .roles = {}});
    return Verdict::proceed;
  }
};

}  // namespace lift::test
