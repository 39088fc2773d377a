#include "lift/http/target.h"

#include <algorithm>
#include <utility>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kBadEscape = "'%' must be followed by two hex digits";
constexpr std::string_view kNul = "a NUL is not allowed";

// Appends `text` decoded to `out`; an encoded slash becomes `slash`. Returns the broken rule, empty
// if none is.
std::string_view decode(std::string_view text, bool plus, char slash, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus) c = ' ';
    if (c == '%') {
      if (text.size() - i < 3) return kBadEscape;
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high < 0 || low < 0) return kBadEscape;
      c = static_cast<char>(high << 4 | low);
      i += 2;
      if (c == '\0') return kNul;
      if (c == '/') c = slash;
    } else if (c == '\0') {
      return kNul;
    }
    out += c;
  }
  return {};
}

// Resolves `.` and `..` segments in place. False if they climb above the root.
bool resolve_dots(std::string& path) noexcept {
  std::size_t out = 0;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = std::string_view(path).substr(at + 1, end - at - 1);
    const bool up = segment == "..";
    if (up) {
      if (out == 0) return false;
      out = path.rfind('/', out - 1);
    }
    if (!up && segment != ".") {
      std::copy(path.begin() + static_cast<std::ptrdiff_t>(at),
                path.begin() + static_cast<std::ptrdiff_t>(end),
                path.begin() + static_cast<std::ptrdiff_t>(out));
      out += end - at;
    } else if (end == path.size()) {
      path[out++] = '/';
    }
    at = end;
  }
  path.resize(out);
  return true;
}

std::string_view check_characters(std::string_view text) noexcept {
  // Without a way out early the loop is vectorised; good targets are looked at whole anyway.
  bool control = false;
  bool fragment = false;
  for (const char c : text) {
    control |= ascii::is_control(c) || c == ' ';
    fragment |= c == '#';
  }
  if (control) return "control characters and blanks must be encoded";
  return fragment ? "a fragment is not allowed" : std::string_view();
}

std::string_view check_authority(std::string_view authority) noexcept {
  if (authority.empty() || authority[0] == ':') return "a host must follow the scheme";
  if (authority.find('@') != kNone) return "a user name is not allowed";
  return {};
}

// The length of `http://` or `https://` at the start, 0 if neither is there.
std::size_t scheme_length(std::string_view text) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (ascii::same(text.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

// Whether a query's name, as sent, means `name`.
bool means(std::string_view sent, std::string_view name) {
  if (sent.find_first_of("%+") == kNone) return sent == name;
  return percent_decode(sent, true) == name;
}

}  // namespace

Result<> Target::parse(std::string_view text) {
  text_.assign(text);
  std::string_view broken = split();
  if (broken.empty() && rewritten_) broken = rewrite_path();
  if (broken.empty()) return {};
  reset();
  return fail("bad_target", "target: " + std::string(broken));
}

// Finds the parts and whether the path needs rewriting. Returns the broken rule.
std::string_view Target::split() {
  authority_ = path_ = query_ = {};
  rewritten_ = false;
  const std::string_view text = text_;
  if (text == "*") return path_ = {0, 1}, std::string_view();
  if (const auto broken = check_characters(text); !broken.empty()) return broken;
  std::size_t at = 0;
  if (!text.starts_with('/')) {
    at = scheme_length(text);
    if (at == 0) return "must be a path that starts with '/', an http URI, or '*'";
    authority_ = {at, std::min(text.find_first_of("/?", at), text.size()) - at};
    if (const auto broken = check_authority(part(authority_)); !broken.empty()) return broken;
    at += authority_.size;
  }
  const std::size_t question = std::min(text.find('?', at), text.size());
  path_ = {at, question - at};
  if (question < text.size()) query_ = {question + 1, text.size() - question - 1};
  const std::string_view path = part(path_);
  rewritten_ = path.empty() || path.find('%') != kNone || path.find("/.") != kNone;
  return {};
}

std::string_view Target::rewrite_path() {
  decoded_.clear();
  const std::string_view broken = decode(part(path_), false, '\0', decoded_);
  if (!broken.empty()) return broken;
  if (decoded_.empty()) decoded_ = "/";
  return resolve_dots(decoded_) ? std::string_view() : "'..' must not climb above the root";
}

template <class Visit>
void Target::each_value(std::string_view name, Visit&& visit) const {
  std::string_view rest = raw_query();
  for (std::size_t seen = 0; seen < kMaxParameters && !rest.empty();) {
    std::string_view value = ascii::cut(rest, '&');
    if (value.empty()) continue;
    ++seen;
    if (!means(ascii::cut(value, '='), name)) continue;
    if (auto decoded = percent_decode(value, true); decoded && !visit(std::move(*decoded))) return;
  }
}

std::optional<std::string> Target::query(std::string_view name) const {
  std::optional<std::string> first;
  each_value(name, [&](std::string&& value) {
    first = std::move(value);
    return false;
  });
  return first;
}

std::vector<std::string> Target::query_all(std::string_view name) const {
  std::vector<std::string> all;
  each_value(name, [&](std::string&& value) {
    all.push_back(std::move(value));
    return true;
  });
  return all;
}

void Target::reset() noexcept {
  text_.clear();
  authority_ = path_ = query_ = {};
  rewritten_ = false;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  if (!decode(text, plus, '/', out).empty()) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (ascii::is_letter(c) || ascii::is_digit(c) || kUnreserved.find(c) != kNone) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace lift
