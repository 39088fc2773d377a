#pragma once
// Who asks, when proxies stand between: the client's address as far as it can be believed.
//
// Each proxy writes whom it heard, at the right end of a list; the client may have written anything
// to the left. So the list is walked from the right, and only as far as each writer is one of ours.
// Thread-safety: pure functions.
// Cost: nothing but a few compares when the peer is no trusted proxy; else about 40 ns a
// hop, without allocation.

#include <cstdint>
#include <span>

#include "lift/http/address.h"
#include "lift/http/headers.h"

namespace lift {

/// The header that the trusted proxies write. Only this one is read: the other would be the
/// client's own word.
enum class ForwardedSource : std::uint8_t { x_forwarded_for, forwarded };

/// How many elements are walked at most, from the right.
inline constexpr std::size_t kMaxForwardedHops = 32;

/// The address of the client. A `peer` outside `trusted` is the client itself. Otherwise it is the
/// first address from the right that is not trusted; an element that is no address (`unknown`,
/// `_hidden`, garbage) ends the walk, and so does the list's end: then it is the last address that
/// was reached. Ports are allowed (`1.2.3.4:5`, `[::1]:443`), empty elements are skipped, several
/// fields of the name count as one list.
[[nodiscard]] IpAddress client_address(
    const IpAddress& peer, const Headers& headers, std::span<const Cidr> trusted,
    ForwardedSource source = ForwardedSource::x_forwarded_for) noexcept;

}  // namespace lift
