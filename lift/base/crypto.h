#pragma once
// The little cryptography that Lift needs itself: digests of secrets and comparing them.
//
// Thread-safety: pure functions.
// Cost: sha256 about 0.1 µs for a token, hmac_sha256 about 0.8 µs, constant_time_equal about 5 ns.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lift {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);

/// The keyed digest of RFC 2104 over SHA-256. A key of any length will do.
[[nodiscard]] Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes);

/// Compares in a time that depends on the lengths only, so that an attacker learns nothing of how
/// much was right.
[[nodiscard]] bool constant_time_equal(std::span<const std::uint8_t> a,
                                       std::span<const std::uint8_t> b) noexcept;

/// Lower-case hex, two digits a byte.
[[nodiscard]] std::string hex_encode(std::span<const std::uint8_t> bytes);
/// Fills `out` from exactly twice as many hex digits of either case. False, and `out` unspecified,
/// for anything else.
[[nodiscard]] bool hex_decode(std::string_view text, std::span<std::uint8_t> out) noexcept;

}  // namespace lift
