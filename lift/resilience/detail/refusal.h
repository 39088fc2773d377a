#pragma once
// The answer of a policy that refuses: the original's members, with those of a problem (RFC 9457)
// beside them.
//
// Thread-safety: a pure function.
// Cost: allocates; about 1 µs.

#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/chain/context.h"

namespace lift::detail {

struct Refusal {
  int status = 503;
  std::string_view code;                    ///< stable, upper case
  std::string_view error;                   ///< as the original's body has it
  std::string_view message;                 ///< for people
  std::string_view policy;                  ///< which layer
  std::string_view name;                    ///< of its configuration
  std::string_view reason;                  ///< the original's `reason`, where it had one
  std::optional<std::uint64_t> limit = {};  ///< that was reached
  Duration retry_after{};                   ///< in whole seconds, rounded up, at least one
};

[[nodiscard]] Response refusal_response(const Context& ctx, const Refusal& refusal);

}  // namespace lift::detail
