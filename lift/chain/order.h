#pragma once
// Which layer may stand outside which, and why.
//
// Thread-safety: pure functions.
// Cost: at start only.

#include <span>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

/// `outer` must stand before (outside) `inner` wherever both are in a chain.
struct OrderRule {
  std::string_view outer;
  std::string_view inner;
  std::string_view reason;
};

/// The rules among the layers that Lift ships.
[[nodiscard]] std::span<const OrderRule> order_rules() noexcept;

/// Every rule that `names`, outermost first, break; a layer that stands there twice breaks one as
/// well.
[[nodiscard]] Problems check_order(std::span<const std::string_view> names);

}  // namespace lift
