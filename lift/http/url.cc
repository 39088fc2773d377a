#include <algorithm>
#include <charconv>

#include "lift/base/ascii.h"
#include "lift/http/address.h"
#include "lift/http/transport.h"

namespace lift {
namespace {

constexpr std::size_t kMaxUrl = 8192;
constexpr std::size_t kMaxHost = 253;

// The text may hold secrets (a token in the query), so no error repeats it.
std::unexpected<Error> bad(std::string_view rule) {
  return fail("bad_url", "the URL " + std::string(rule));
}

std::uint16_t usual_port(std::string_view scheme) noexcept { return scheme == "https" ? 443 : 80; }

bool visible(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool host_name(std::string_view host) noexcept {
  return !host.empty() && host.size() <= kMaxHost && std::ranges::all_of(host, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

Result<> read_port(std::string_view text, Url& url) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), url.port);
  if (error != std::errc{} || end != text.data() + text.size() || url.port == 0)
    return bad("must have a port from 1 to 65535");
  return {};
}

Result<> read_authority(std::string_view text, Url& url) {
  if (text.find('@') != text.npos) return bad("must not have a user name");
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return bad("must close its '['");
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    const auto address = IpAddress::parse(host);
    if (!address || host.find(':') == host.npos) return bad("must have an IPv6 address in its []");
  } else {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
    if (!host_name(host)) return bad("must have a host of letters, digits, '-', '.' and '_'");
  }
  url.host = host;
  std::ranges::transform(url.host, url.host.begin(), ascii::lower);
  url.port = usual_port(url.scheme);
  if (port.empty()) return {};
  if (port[0] != ':') return bad("must have a port or a path behind its ']'");
  return read_port(port.substr(1), url);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxUrl) return bad("must have 8192 characters at most");
  if (!visible(text)) return bad("must be visible ASCII; encode everything else as %XX");
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == text.npos) return bad("must begin with http:// or https://");
  url.scheme = text.substr(0, colon);
  std::ranges::transform(url.scheme, url.scheme.begin(), ascii::lower);
  if (url.scheme != "http" && url.scheme != "https")
    return bad("must begin with http:// or https://");
  const std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != rest.npos) return bad("must not have a fragment");
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (const Result<> read = read_authority(rest.substr(0, end), url); !read)
    return std::unexpected(read.error());
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  return url;
}

std::string Url::authority() const {
  const bool v6 = host.find(':') != host.npos;
  std::string text = v6 ? '[' + host + ']' : host;
  if (port != usual_port(scheme)) text += ':' + std::to_string(port);
  return text;
}

}  // namespace lift
