// Url: reading and checking. Stricter than RFC 3986 where leniency lets two readers of one URL find
// two hosts.
#include <algorithm>
#include <charconv>

#include "lift/base/ascii.h"
#include "lift/http/address.h"
#include "lift/http/transport.h"

namespace lift {
namespace {

constexpr std::size_t kLongest = 8 * 1024;
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestLabel = 63;

// A URL may hold secrets, so no error repeats it.
std::unexpected<Error> bad_url(std::string_view rule) {
  return fail("bad_url", "the URL " + std::string(rule));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii::lower);
  return out;
}

constexpr bool is_label_character(char c) noexcept {
  return (ascii::is_letter(c) && c == ascii::lower(c)) || ascii::is_digit(c) || c == '-' ||
         c == '_';
}

/// A name of DNS, or an IPv4 address: what ends in a number must be one, so that 127.1 and 0x7f.1
/// are nobody's.
std::string_view check_name(std::string_view host) noexcept {
  std::string_view rest = host;
  std::string_view label;
  do {
    label = ascii::cut(rest, '.');
    if (label.empty() || label.size() > kLongestLabel ||
        !std::ranges::all_of(label, is_label_character)) {
      return "must have a host of letters, digits, '-', '_' and single dots";
    }
  } while (!rest.empty());
  if (host.ends_with('.')) return "must have a host that does not end in a dot";
  const bool numeric = std::ranges::all_of(label, ascii::is_digit) || label.starts_with("0x");
  if (numeric && !IpAddress::parse(host)) return "has a host that is no proper IPv4 address";
  return {};
}

std::string_view check_host(std::string_view host) noexcept {
  if (host.empty()) return "must have a host";
  if (host.size() > kLongestHost) return "has a host of more than 253 bytes";
  if (!host.contains(':')) return check_name(host);
  const bool lower_case = std::ranges::all_of(host, [](char c) { return c == ascii::lower(c); });
  return lower_case && IpAddress::parse(host) ? "" : "has a host that is no proper IPv6 address";
}

std::string_view check_target(std::string_view target) noexcept {
  if (!target.starts_with('/')) return "must have a path that begins with '/'";
  if (target.size() > kLongest) return "is longer than 8,192 bytes";
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '#') return "must not have a fragment";
    if (c == '%') {
      if (target.size() - i < 3 || ascii::hex_value(target[i + 1]) < 0 ||
          ascii::hex_value(target[i + 2]) < 0) {
        return "has a '%' that is not followed by two hex digits";
      }
    } else if (!ascii::is_letter(c) && !ascii::is_digit(c) &&
               !std::string_view("-._~!$&'()*+,;=:@/?").contains(c)) {
      return "has a character that must be percent-encoded";
    }
  }
  return {};
}

std::uint16_t scheme_port(std::string_view scheme) noexcept { return scheme == "https" ? 443 : 80; }

/// 0 for what is no port.
std::uint16_t read_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  if (text.empty() || text.front() == '0') return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : 0;
}

/// Reads `authority` into host and port; returns the rule that is broken.
std::string_view read_authority(std::string_view authority, Url& url) {
  if (authority.contains('@')) return "must not have a user name";
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return "has a '[' without its ']'";
    url.host = lower(authority.substr(1, end - 1));
    if (!url.host.contains(':')) return "has brackets around what is no IPv6 address";
    rest = authority.substr(end + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    url.host = lower(authority.substr(0, end));
    rest = authority.substr(end);
  }
  url.port = scheme_port(url.scheme);
  if (rest.empty()) return {};
  if (rest.front() != ':') return "has something behind its host";
  url.port = read_port(rest.substr(1));
  return url.port == 0 ? "must have a port from 1 to 65535" : "";
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kLongest) return bad_url("is longer than 8,192 bytes");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url("must begin with http:// or https://");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view broken = read_authority(text.substr(0, end), url);
  const std::string_view target = text.substr(end);
  if (!target.starts_with('/')) url.target = "/";
  url.target += target;
  if (!broken.empty()) return bad_url(broken);
  if (const Result<> checked = url.check(); !checked) return std::unexpected(checked.error());
  return url;
}

Result<> Url::check() const {
  if (scheme != "http" && scheme != "https") return bad_url("must begin with http:// or https://");
  if (const std::string_view broken = check_host(host); !broken.empty()) return bad_url(broken);
  if (port == 0) return bad_url("must have a port from 1 to 65535");
  if (const std::string_view broken = check_target(target); !broken.empty()) return bad_url(broken);
  return {};
}

std::string Url::authority() const {
  std::string out = host.contains(':') ? "[" + host + "]" : host;
  if (port != scheme_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

}  // namespace lift
