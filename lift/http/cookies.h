#pragma once
// Cookies (RFC 6265): reading one of a request, and the Set-Cookie value that makes one.
//
// Thread-safety: plain values and pure functions.
// Cost: reading scans the Cookie fields without allocating.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/http/headers.h"

namespace lift {

/// How many cookies of a request are looked at, over all its Cookie fields.
inline constexpr std::size_t kMaxCookies = 256;

/// The value of the first cookie of that name (case matters), without enclosing double quotes. A
/// view into `headers`.
[[nodiscard]] std::optional<std::string_view> cookie(const Headers& headers,
                                                     std::string_view name) noexcept;

enum class SameSite : std::uint8_t { strict, lax, none };

/// A cookie to be set. The defaults are those of a session: sent over TLS only, hidden from
/// scripts, gone with the browser.
struct SetCookie {
  std::string name = {};    ///< a token
  std::string value = {};   ///< cookie octets: no blank, quote, comma, semicolon, backslash
  std::string path = "/";   ///< starts with '/', at most 1,024 bytes
  std::string domain = {};  ///< a host name; empty: this host only
  /// 0 deletes, at most 400 days; absent: until the browser closes.
  std::optional<std::chrono::seconds> max_age = {};
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::lax;

  /// The header's value. Error `bad_cookie` with all broken rules; the cookie's value is never part
  /// of it. Rules besides those above: name and value at most 4,096 bytes; SameSite=None and the
  /// prefix `__Secure-` need `secure`; `__Host-` needs `secure`, path "/" and no domain.
  [[nodiscard]] Result<std::string> header() const;
};

}  // namespace lift
