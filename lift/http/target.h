#pragma once
// The request target (RFC 9112 §3.2): a path to route by and a query to read.
//
// Rules, in this order. Control characters, blanks and a fragment are refused. The path must start
// with '/'. In it, `%XX` must be two hex digits, and a NUL, written or encoded, is refused. An
// encoded slash (%2F) stays inside its segment: it never splits one, and a parameter that holds it
// yields '/'. Other encodings are decoded. Then `.` and `..` segments (encoded or not) are resolved
// (RFC 3986 §5.2.4); climbing above the root is refused. Empty segments and a trailing slash are
// kept: `/a`, `/a/` and `//a` are three paths. '+' means a space in the query only. Absolute-form
// (http, https, no user name) keeps its path and query; `*` is legal for OPTIONS.
//
// Thread-safety: a plain value.
// Cost: about 20 ns for a plain path (nothing to decode: no copy); no allocation once
// warm.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

class Target {
 public:
  static constexpr std::size_t kMaxParameters = 1024;

  /// Parses origin-form, absolute-form and `*`. The text is copied. Errors: `bad_target` with the
  /// broken rule, never with the text, which may hold secrets; the target is then empty.
  Result<> parse(std::string_view text);

  /// As it was sent, whole.
  [[nodiscard]] std::string_view raw() const noexcept { return text_; }
  /// Decoded and resolved; an encoded slash is carried as NUL, which cannot occur otherwise. What
  /// the router matches.
  /// `*` for `*`.
  [[nodiscard]] std::string_view path() const noexcept {
    return rewritten_ ? std::string_view(decoded_) : part(path_);
  }
  /// Host and port of an absolute-form target, else empty.
  [[nodiscard]] std::string_view authority() const noexcept { return part(authority_); }
  /// The query as sent, without '?'.
  [[nodiscard]] std::string_view raw_query() const noexcept { return part(query_); }
  /// True for `*`.
  [[nodiscard]] bool asterisk() const noexcept { return text_ == "*"; }

  /// The first value of a query parameter, decoded; empty for `a` and `a=`. A pair whose name or
  /// value does not decode, or holds a NUL, counts as absent, and so does everything behind the
  /// first kMaxParameters.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// Every value of a query parameter, in order.
  [[nodiscard]] std::vector<std::string> query_all(std::string_view name) const;

  void reset() noexcept;

 private:
  struct Part {
    std::size_t at = 0;
    std::size_t size = 0;
  };
  [[nodiscard]] std::string_view part(Part p) const noexcept {
    return std::string_view(text_).substr(p.at, p.size);
  }
  [[nodiscard]] std::string_view split();
  [[nodiscard]] std::string_view rewrite_path();
  template <class Visit>
  void each_value(std::string_view name, Visit&& visit) const;

  std::string text_;
  std::string decoded_;  // the path, when it is not as written
  Part authority_;
  Part path_;
  Part query_;
  bool rewritten_ = false;
};

/// Decodes %XX (and '+' to space if `plus`). Nothing for a bad escape or a NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus = false);
/// Encodes everything but RFC 3986 unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace lift
