#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "lift/aws/detail/canonical_request.h"
#include "lift/base/ascii.h"
#include "lift/http/target.h"

namespace lift::detail {
namespace {

/// What proxies change on the way, what the transport decides, and the signature itself.
constexpr std::array<std::string_view, 7> kUnsigned = {
    "authorization",     "connection", "expect",         "host",
    "transfer-encoding", "user-agent", "x-amzn-trace-id"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii::lower);
  return out;
}

/// RFC 3986 §5.2.4 for a path that begins with '/'; several slashes count as one.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view segment = ascii::cut(rest, '/');
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : segments) out.append("/") += segment;
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string encoded_path(std::string_view path) {
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    out += percent_encode(path.substr(0, slash));
    if (slash == path.npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string canonical_path(std::string_view path, const SigningOptions& options) {
  const std::string resolved = options.normalize_path ? normalized(path) : std::string(path);
  return options.encode_path ? encoded_path(resolved) : resolved;
}

/// A part of the query as it is sent, in the one way of encoding it: `%7e` and `~` are the same.
std::string canonical_part(std::string_view sent) {
  std::string plain;
  plain.reserve(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const bool escape = sent[i] == '%' && sent.size() - i > 2;
    const int high = escape ? ascii::hex_value(sent[i + 1]) : -1;
    const int low = escape ? ascii::hex_value(sent[i + 2]) : -1;
    if (high < 0 || low < 0) {
      plain += sent[i];
    } else {
      plain += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return percent_encode(plain);
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parts;
  while (!query.empty()) {
    std::string_view value = ascii::cut(query, '&');
    const std::string_view name = ascii::cut(value, '=');
    if (name.empty() && value.empty()) continue;
    parts.emplace_back(canonical_part(name), canonical_part(value));
  }
  std::ranges::sort(parts);
  std::string out;
  for (const auto& [name, value] : parts) {
    if (!out.empty()) out += '&';
    out.append(name).append("=") += value;
  }
  return out;
}

/// Without outer blanks, each run of blanks inside one space.
std::string folded(std::string_view value) {
  std::string out;
  bool gap = false;
  for (const char c : ascii::trim(value)) {
    if (ascii::is_blank(c)) {
      gap = true;
      continue;
    }
    if (std::exchange(gap, false)) out += ' ';
    out += c;
  }
  return out;
}

using SignedHeaders = std::vector<std::pair<std::string, std::string>>;

/// By name; values of one name stay in their order.
SignedHeaders headers_to_sign(const ClientRequest& request) {
  SignedHeaders all;
  all.reserve(request.headers.size() + 1);
  all.emplace_back("host", request.url.authority());
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const Headers::Field field = request.headers[i];
    std::string name = lower(field.name);
    if (std::ranges::find(kUnsigned, name) != kUnsigned.end()) continue;
    const auto at = std::ranges::upper_bound(all, name, {}, &SignedHeaders::value_type::first);
    all.emplace(at, std::move(name), folded(field.value));
  }
  return all;
}

void append_headers(CanonicalRequest& out, const SignedHeaders& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto& [name, value] = headers[i];
    if (i > 0 && headers[i - 1].first == name) {
      out.text.back() = ',';  // in place of the line's end
      out.text.append(value) += '\n';
      continue;
    }
    out.text.append(name).append(":").append(value) += '\n';
    if (i > 0) out.signed_headers += ';';
    out.signed_headers += name;
  }
}

}  // namespace

CanonicalRequest canonical_request(const ClientRequest& request, std::string_view payload,
                                   const SigningOptions& options) {
  std::string_view query = request.url.target;
  const std::string_view path = ascii::cut(query, '?');
  CanonicalRequest out;
  out.text.reserve(1024);
  out.text.append(request.method) += '\n';
  out.text.append(canonical_path(path, options)) += '\n';
  out.text.append(canonical_query(query)) += '\n';
  append_headers(out, headers_to_sign(request));
  out.text.append("\n").append(out.signed_headers).append("\n") += payload;
  return out;
}

}  // namespace lift::detail
