#include "lift/chain/route_pattern.h"

#include <algorithm>

#include "lift/base/ascii.h"
#include "lift/chain/context.h"

namespace lift {
namespace {

constexpr std::string_view kRest = "...";

bool is_name(std::string_view text) noexcept {
  const auto inside = [](char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '_'; };
  return !text.empty() && !ascii::is_digit(text.front()) && std::ranges::all_of(text, inside);
}

bool has_escape(std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 < text.size() && ascii::hex_value(text[at + 1]) >= 0 &&
        ascii::hex_value(text[at + 2]) >= 0)
      return true;
  }
  return false;
}

/// A pattern may hold anything; an error shows it without what would garble a terminal.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMaxPatternBytes));
  std::ranges::replace_if(out, ascii::is_control, '?');
  return out;
}

std::unexpected<Error> refuse(std::string_view pattern, std::string_view rule) {
  return fail("bad_route", "pattern \"" + printable(pattern) + "\": " + std::string(rule));
}

/// What is wrong with a literal segment, "" if nothing.
std::string_view literal_fault(std::string_view segment) noexcept {
  if (segment.find_first_of("{}") != std::string_view::npos) {
    return "must be wholly literal or wholly one {parameter}";
  }
  if (segment == "." || segment == "..") return "must not be a dot segment: no path has one";
  if (std::ranges::any_of(segment, ascii::is_control)) return "must not hold control characters";
  if (segment.find_first_of("?#") != std::string_view::npos) {
    return "must not hold '?' or '#': a pattern is a path alone";
  }
  if (has_escape(segment)) return "must be written decoded, without %XX";
  return {};
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : pattern_(pattern) {}

  Result<std::vector<PatternPiece>> parse() {
    if (!pattern_.starts_with('/')) return refuse(pattern_, "must start with '/'");
    if (pattern_.size() > kMaxPatternBytes) return refuse(pattern_, "must be at most 1024 bytes");
    for (std::size_t at = 0; at != std::string_view::npos;) {
      const std::size_t next = pattern_.find('/', at + 1);
      const std::string_view segment = pattern_.substr(at + 1, next - at - 1);
      const std::string fault = take(segment, next == std::string_view::npos);
      if (!fault.empty()) {
        return refuse(pattern_, "segment \"" + printable(segment) + "\" " + fault);
      }
      at = next;
    }
    return std::move(pieces_);
  }

 private:
  /// Adds a segment and the slash before it; gives what is wrong with it, "" if nothing.
  std::string take(std::string_view segment, bool last) {
    append_literal("/");
    if (!segment.starts_with('{') || segment.find('}') != segment.size() - 1) {
      append_literal(segment);
      return std::string(literal_fault(segment));
    }
    std::string_view name = segment.substr(1, segment.size() - 2);
    const bool rest = name.ends_with(kRest);
    if (rest) name.remove_suffix(kRest.size());
    if (rest && !last) return "must be the last: it takes the rest of the path";
    if (!is_name(name)) return "must be named by [A-Za-z_][A-Za-z0-9_]*";
    if (is_taken(name)) return "repeats a parameter's name";
    if (++parameters_ > kMaxPathParams) return "is one parameter more than 16";
    pieces_.push_back(
        {rest ? PatternPiece::Kind::rest : PatternPiece::Kind::parameter, std::string(name)});
    return {};
  }

  void append_literal(std::string_view text) {
    if (pieces_.empty() || pieces_.back().kind != PatternPiece::Kind::literal)
      pieces_.emplace_back();
    pieces_.back().text += text;
  }

  [[nodiscard]] bool is_taken(std::string_view name) const {
    return std::ranges::any_of(pieces_, [name](const PatternPiece& piece) {
      return piece.kind != PatternPiece::Kind::literal && piece.text == name;
    });
  }

  std::string_view pattern_;
  std::vector<PatternPiece> pieces_;
  std::size_t parameters_ = 0;
};

}  // namespace

Result<std::vector<PatternPiece>> parse_pattern(std::string_view pattern) {
  return PatternParser(pattern).parse();
}

}  // namespace lift
