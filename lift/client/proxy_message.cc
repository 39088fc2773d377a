#include <algorithm>
#include <array>

#include "lift/base/ascii.h"
#include "lift/client/detail/proxy_message.h"

namespace lift::detail {
namespace {

/// Fields of one connection (RFC 9110 §7.6.1), and of the next hop alone (§11.7).
constexpr std::array<std::string_view, 12> kHopByHop{"connection",
                                                     "keep-alive",
                                                     "proxy-connection",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "proxy-authenticate",
                                                     "proxy-authorization",
                                                     "proxy-authentication-info",
                                                     "http2-settings",
                                                     "content-length"};

/// What clients say of themselves that only a proxy may, and what the call sets itself.
constexpr std::array<std::string_view, 14> kReplaced{"forwarded",
                                                     "x-forwarded-for",
                                                     "x-forwarded-host",
                                                     "x-forwarded-proto",
                                                     "x-forwarded-port",
                                                     "x-forwarded-prefix",
                                                     "x-forwarded-server",
                                                     "x-real-ip",
                                                     "host",
                                                     "expect",
                                                     "grpc-timeout",
                                                     "x-timeout-ms",
                                                     "traceparent",
                                                     "tracestate"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) noexcept {
  return std::ranges::any_of(names, [&](std::string_view one) { return ascii::same(name, one); });
}

/// Whether `found` holds for an element of the lists of that name.
template <class Found>
bool any_element(const Headers& headers, std::string_view name, Found&& found) {
  bool any = false;
  headers.for_each(name, [&](std::string_view list) {
    while (!list.empty()) any = found(ascii::trim(ascii::cut(list, ','))) || any;
  });
  return any;
}

bool named_by_connection(const Headers& headers, std::string_view name) {
  return any_element(headers, "connection",
                     [&](std::string_view element) { return ascii::same(element, name); });
}

/// Copies what may pass. `replaced` is what the copier sets itself.
template <std::size_t N>
void pass(const Headers& from, const std::array<std::string_view, N>& replaced, Headers& out) {
  const bool named = from.contains("connection");
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto [name, value] = from[i];
    if (is_one_of(name, kHopByHop) || is_one_of(name, replaced)) continue;
    if (named && named_by_connection(from, name)) continue;
    out.add_valid(name, value);
  }
}

bool is_uri_byte(char c) noexcept {
  return ascii::is_letter(c) || ascii::is_digit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?").contains(c);
}

void encode(char c, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
}

/// Copies `text`, encoding what no URI may hold; escapes stay as they are.
void append_legal(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2 &&
                        ascii::hex_value(text[i + 1]) >= 0 && ascii::hex_value(text[i + 2]) >= 0;
    if (escape || is_uri_byte(text[i])) {
      out.push_back(text[i]);
    } else {
      encode(text[i], out);
    }
  }
}

/// "." or "..", also where its dots are encoded.
bool is_dots(std::string_view segment) noexcept {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.size() >= 3 && ascii::same(segment.substr(0, 3), "%2e");
    if (!encoded && segment.front() != '.') return false;
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dots(std::string_view path) noexcept {
  while (!path.empty()) {
    if (is_dots(ascii::cut(path, '/'))) return true;
  }
  return false;
}

/// The path as it was sent, without query and authority.
std::string_view raw_path(const Target& target) noexcept {
  std::string_view raw = target.raw();
  raw = raw.substr(0, raw.find('?'));
  if (raw.starts_with('/')) return raw;
  raw.remove_prefix(std::min(raw.find("://") + 3, raw.size()));
  return raw.substr(std::min(raw.find('/'), raw.size()));
}

/// The resolved path, encoded anew; NUL stands for a slash that was encoded.
std::string resolved_path(const Target& target) {
  std::string path;
  for (const char c : target.path()) {
    if (c == '\0') {
      path.append("%2F");
    } else if (is_uri_byte(c) && c != '?') {
      path.push_back(c);
    } else {
      encode(c, path);
    }
  }
  return path;
}

/// Whether `prefix` is the path, or ends where a segment of it does.
bool begins_with(std::string_view path, std::string_view prefix) noexcept {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

std::optional<std::string> forward_target(const Target& target, std::string_view strip_prefix) {
  if (target.asterisk()) return std::nullopt;
  const std::string_view raw = raw_path(target);
  std::string path;
  if (has_dots(raw)) {
    path = resolved_path(target);
  } else {
    append_legal(raw, path);
  }
  if (!strip_prefix.empty() && !begins_with(path, strip_prefix)) path = resolved_path(target);
  if (begins_with(path, strip_prefix)) path.erase(0, strip_prefix.size());
  if (path.empty()) path = "/";
  if (target.raw().contains('?')) {
    path.push_back('?');
    append_legal(target.raw_query(), path);
  }
  return path;
}

void forward_headers(const Context& ctx, std::string_view via, Headers& out) {
  const Request& request = ctx.request();
  pass(request.headers, kReplaced, out);
  if (ctx.client_address().specified()) {
    std::string hops = ctx.client_address().to_string();
    if (request.peer.specified() && request.peer != ctx.client_address()) {
      hops.append(", ").append(request.peer.to_string());
    }
    out.add("x-forwarded-for", hops);
  }
  out.add("x-forwarded-proto", request.secure ? "https" : "http");
  if (const auto host = request.headers.get("host")) out.add("x-forwarded-host", *host);
  out.add("via", (request.version_minor == 0 ? "1.0 " : "1.1 ") + std::string(via));
}

void return_headers(const Headers& answer, std::string_view via, Headers& out) {
  constexpr std::array<std::string_view, 1> kOurs{"date"};
  pass(answer, kOurs, out);
  out.add("via", "1.1 " + std::string(via));
}

bool wants_upgrade(const Headers& headers) noexcept {
  if (!named_by_connection(headers, "upgrade")) return false;
  return any_element(headers, "upgrade", [](std::string_view protocol) {
    return !protocol.empty() && !ascii::same(protocol, "h2c");
  });
}

}  // namespace lift::detail
