#pragma once
// What a proxy makes of a message that it hands on.
//
// Thread-safety: pure functions.
// Cost: a copy of the headers.

#include <optional>
#include <string>
#include <string_view>

#include "lift/chain/context.h"
#include "lift/http/headers.h"
#include "lift/http/target.h"

namespace lift::detail {

/// Path and query to ask the service for, without `strip_prefix`. Nothing for `*`.
[[nodiscard]] std::optional<std::string> forward_target(const Target& target,
                                                        std::string_view strip_prefix);

/// Adds what goes on of a request's headers, and what is known of the client.
void forward_headers(const Context& ctx, std::string_view via, Headers& out);

/// Adds what goes back of an answer's headers.
void return_headers(const Headers& answer, std::string_view via, Headers& out);

/// Whether the client wants another protocol on this connection. `h2c` is none: a server that does
/// not speak it answers as if it had not been asked.
[[nodiscard]] bool wants_upgrade(const Headers& headers) noexcept;

}  // namespace lift::detail
