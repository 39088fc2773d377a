#pragma once
// Request methods of RFC 9110 §9 and RFC 5789 that Lift routes. Others are answered 501 by the
// server.
//
// Thread-safety: pure functions.
// Cost: a few compares.

#include <cstdint>
#include <optional>
#include <string_view>

namespace lift {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };
inline constexpr int kMethodCount = 7;

[[nodiscard]] std::string_view to_string(Method method) noexcept;
/// Case-sensitive, as methods are. Nothing for a method that Lift does not route.
[[nodiscard]] std::optional<Method> method_from(std::string_view text) noexcept;

}  // namespace lift
