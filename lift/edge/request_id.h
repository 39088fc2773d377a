#pragma once
// The name of a request, by which its traces in all services are found.
//
// Thread-safety: pure, but for the loop's clock and chance.
// Cost: about 10 ns for a client's id of 36 characters; a fresh one about 40 ns, most of it the
// wall clock.

#include <string_view>

#include "lift/chain/context.h"

namespace lift {

inline constexpr std::string_view kRequestIdHeader = "x-request-id";
inline constexpr std::size_t kMaxRequestId = 128;

/// 1 to 128 of `A-Z a-z 0-9 . _ : / + = @ -`: nothing that needs escaping in a log line, JSON, a
/// URL's query or a shell. That covers UUIDs, ULIDs, base64 and the trace ids of the usual proxies.
[[nodiscard]] bool valid_request_id(std::string_view id) noexcept;

/// The client's `x-request-id` if `accept` and it is valid, else a fresh UUIDv7. Lives as long as
/// the request.
[[nodiscard]] std::string_view choose_request_id(Context& ctx, bool accept);

}  // namespace lift
