#include "lift/edge/cors.h"

#include <algorithm>
#include <charconv>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::string_view kAllowOrigin = "access-control-allow-origin";
constexpr std::string_view kAllowCredentials = "access-control-allow-credentials";
constexpr std::string_view kPrefix = "access-control-";
constexpr std::size_t kMaxOrigins = 256;
constexpr std::size_t kMaxNames = 64;

bool only(std::string_view text, std::string_view others) noexcept {
  const auto allowed = [others](char c) {
    return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || others.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

bool valid_port(std::string_view scheme, std::string_view text) noexcept {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('0'))
    return false;
  const bool usual = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
  return port <= 65535 && !usual;
}

bool valid_origin(std::string_view origin) noexcept {
  if (origin == "null") return true;
  const std::size_t mark = origin.find("://");
  if (mark == std::string_view::npos || origin.size() > 300) return false;
  const std::string_view scheme = origin.substr(0, mark);
  std::string_view host = origin.substr(mark + 3);
  const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  if (colon != std::string_view::npos) {
    if (!valid_port(scheme, host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  const bool literal = host.starts_with('[') && host.ends_with(']');
  if (literal) host = host.substr(1, host.size() - 2);
  return only(scheme, "+-.") && only(host, literal ? ":." : "-._");
}

bool valid_name(std::string_view name) { return name.size() <= 128 && ascii::is_token(name); }

bool has_duplicates(std::vector<std::string> list) {
  std::ranges::sort(list);
  return std::ranges::adjacent_find(list) != list.end();
}

std::string joined(const auto& list, auto text) {
  std::string out;
  for (const auto& item : list) {
    if (!out.empty()) out += ", ";
    out += text(item);
  }
  return out;
}

constexpr auto kAsIs = [](const std::string& text) -> const std::string& { return text; };
constexpr auto kName = [](Method method) { return to_string(method); };

void check_origins(const CorsOptions& options, Problems& problems) {
  const auto& origins = options.origins;
  if (origins.empty() || origins.size() > kMaxOrigins) {
    problems.add("origins", std::to_string(origins.size()) + " origins",
                 "must be 1 to 256 origins");
  }
  for (const std::string& origin : origins) {
    if (origin == "*") {
      if (origins.size() > 1) problems.add("origins", origin, "must stand alone if it is there");
      if (options.credentials)
        problems.add("origins", origin, "must not be combined with `credentials`");
    } else if (!valid_origin(origin)) {
      problems.add(
          "origins", origin,
          "must be scheme://host[:port] in lower case, without a path or the scheme's usual port");
    }
  }
  if (has_duplicates(origins))
    problems.add("origins", joined(origins, kAsIs), "must hold no origin twice");
}

void check_names(std::string_view field, const std::vector<std::string>& names, bool credentials,
                 Problems& problems) {
  if (names.size() > kMaxNames) {
    problems.add(std::string(field), std::to_string(names.size()) + " names",
                 "must be at most 64 names");
  }
  for (const std::string& name : names) {
    if (name == "*" && credentials) {
      problems.add(std::string(field), name, "must not be combined with `credentials`");
    } else if (!valid_name(name)) {
      problems.add(std::string(field), name, "must be a header's name of 1 to 128 characters");
    }
  }
}

/// Fields of a list that a handler set must not mix with ours.
void remove_foreign(Headers& headers) {
  const auto foreign = [&](std::size_t i) {
    const std::string_view name = headers[i].name;
    return name.size() > kPrefix.size() &&
           Headers::same_name(name.substr(0, kPrefix.size()), kPrefix);
  };
  for (std::size_t i = headers.size(); i-- > 0;) {
    if (!foreign(i)) continue;
    const std::string name(headers[i].name);
    headers.remove(name);
    i = std::min(i, headers.size());
  }
}

}  // namespace

Problems CorsOptions::validate() const {
  Problems problems;
  check_origins(*this, problems);
  if (methods.empty()) problems.add("methods", "", "must hold at least one method");
  check_names("headers", headers, credentials, problems);
  check_names("exposed", exposed, credentials, problems);
  if (max_age && (*max_age < std::chrono::seconds(0) || *max_age > std::chrono::hours(24))) {
    problems.add("max_age", std::to_string(max_age->count()) + "s", "must be from 0 to 24 h");
  }
  return problems;
}

Cors::Cors(const CorsOptions& options) : credentials_(options.credentials) {
  if (options.origins.front() != "*") {
    origins_ = options.origins;
    std::ranges::sort(origins_);
  }
  preflight_.add("access-control-allow-methods", joined(options.methods, kName));
  if (!options.headers.empty()) {
    preflight_.add("access-control-allow-headers", joined(options.headers, kAsIs));
  }
  if (options.max_age) {
    preflight_.add("access-control-max-age", std::to_string(options.max_age->count()));
  }
  if (!options.exposed.empty()) {
    exposed_.add("access-control-expose-headers", joined(options.exposed, kAsIs));
  }
}

bool Cors::is_preflight(const Request& request) noexcept {
  return request.method == Method::options && request.headers.contains("origin") &&
         request.headers.contains("access-control-request-method");
}

Response Cors::answer_preflight(const Request& request) const {
  Response response = no_content();
  if (grant(request, response.headers)) response.headers.append(preflight_);
  return response;
}

void Cors::apply(const Request& request, Headers& headers) const {
  remove_foreign(headers);
  if (grant(request, headers)) headers.append(exposed_);
}

bool Cors::grant(const Request& request, Headers& headers) const {
  const bool anyone = origins_.empty();
  if (!anyone) headers.add("vary", "Origin");
  const auto origin = request.headers.get("origin");
  if (!origin || request.headers.count("origin") != 1 || !allows(*origin)) return false;
  headers.add(kAllowOrigin, anyone ? "*" : *origin);
  if (credentials_) headers.add(kAllowCredentials, "true");
  return true;
}

bool Cors::allows(std::string_view origin) const noexcept {
  return origins_.empty() ||
         std::ranges::binary_search(origins_, origin, {},
                                    [](const std::string& s) { return std::string_view(s); });
}

}  // namespace lift
