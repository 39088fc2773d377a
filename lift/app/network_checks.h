#pragma once
// Health checks of what other services stand on: a port that accepts, a name that resolves.
//
// Thread-safety: pure functions.
// Cost: a connection, or a lookup, each run, on a thread of the health's pool.

#include <cstdint>
#include <string>

#include "lift/base/error.h"
#include "lift/health/check.h"

namespace lift {

/// Connects to `host`, a name or an address, and closes again. Codes: `resolve_failed`,
/// `connect_failed`, `connect_timeout`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> tcp_check(CheckOptions options, std::string host, std::uint16_t port);

/// Asks the system's resolver for `host`. Code: `resolve_failed`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> dns_check(CheckOptions options, std::string host);

}  // namespace lift
