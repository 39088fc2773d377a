#include "lift/http/cookies.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::size_t kMaxPair = 4096;
constexpr std::size_t kMaxPath = 1024;
constexpr std::chrono::seconds kMaxAge = std::chrono::days(400);

bool is_cookie_octet(char c) noexcept {
  return c > ' ' && c < 0x7f && std::string_view("\",;\\").find(c) == std::string_view::npos;
}

bool is_path_character(char c) noexcept { return c >= ' ' && c < 0x7f && c != ';'; }

bool is_host_label(std::string_view label) noexcept {
  const auto ldh = [](char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '-'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, ldh);
}

bool is_host_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253 || host.back() == '.') return false;
  while (!host.empty()) {
    if (!is_host_label(ascii::cut(host, '.'))) return false;
  }
  return true;
}

bool has_prefix(std::string_view name, std::string_view prefix) noexcept {
  return ascii::same(name.substr(0, prefix.size()), prefix);
}

void check_name_and_value(const SetCookie& c, Problems& problems) {
  if (!ascii::is_token(c.name)) problems.add("name", c.name, "must be a token");
  if (!std::ranges::all_of(c.value, is_cookie_octet)) {
    problems.add("value", "(hidden)", "must hold no blank, quote, comma, semicolon or backslash");
  }
  if (c.name.size() + c.value.size() > kMaxPair) {
    problems.add("value", "(hidden)", "must be, with the name, at most 4096 bytes");
  }
}

void check_attributes(const SetCookie& c, Problems& problems) {
  if (!c.path.starts_with('/') || c.path.size() > kMaxPath ||
      !std::ranges::all_of(c.path, is_path_character)) {
    problems.add("path", c.path.substr(0, kMaxPath),
                 "must start with '/', hold no semicolon or control, and be at most 1024 bytes");
  }
  if (!c.domain.empty() && !is_host_name(c.domain)) {
    problems.add("domain", c.domain.substr(0, kMaxPath), "must be a host name");
  }
  if (c.max_age && (*c.max_age < c.max_age->zero() || *c.max_age > kMaxAge)) {
    problems.add("max_age", std::to_string(c.max_age->count()), "must be 0 to 34560000 s");
  }
  if (c.same_site == SameSite::none && !c.secure) {
    problems.add("secure", "false", "must be true with SameSite=None");
  }
  if (has_prefix(c.name, "__Secure-") && !c.secure) {
    problems.add("secure", "false", "must be true for a name that starts with __Secure-");
  }
  if (has_prefix(c.name, "__Host-") && !(c.secure && c.path == "/" && c.domain.empty())) {
    problems.add("name", c.name, "needs secure, path \"/\" and no domain");
  }
}

std::string_view name_of(SameSite same_site) noexcept {
  if (same_site == SameSite::strict) return "Strict";
  return same_site == SameSite::none ? "None" : "Lax";
}

std::string_view unquote(std::string_view value) noexcept {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<std::string_view> cookie(const Headers& headers, std::string_view name) noexcept {
  if (name.empty()) return std::nullopt;
  std::size_t seen = 0;
  std::optional<std::string_view> found;
  headers.for_each("cookie", [&](std::string_view list) {
    while (!list.empty() && !found && seen++ < kMaxCookies) {
      std::string_view value = ascii::cut(list, ';');
      if (value.find('=') == std::string_view::npos) continue;
      if (ascii::trim(ascii::cut(value, '=')) == name) found = unquote(ascii::trim(value));
    }
  });
  return found;
}

Result<std::string> SetCookie::header() const {
  Problems problems;
  check_name_and_value(*this, problems);
  check_attributes(*this, problems);
  if (!problems.empty()) return fail("bad_cookie", problems.text());

  std::string out = name + "=" + value + "; Path=" + path;
  if (!domain.empty()) out += "; Domain=" + domain;
  if (max_age) out += "; Max-Age=" + std::to_string(max_age->count());
  if (secure) out += "; Secure";
  if (http_only) out += "; HttpOnly";
  out += "; SameSite=";
  out += name_of(same_site);
  return out;
}

}  // namespace lift
