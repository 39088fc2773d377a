#include <algorithm>
#include <array>
#include <cstdint>

#include "lift/base/ascii.h"
#include "lift/telemetry/detail/card_number.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

constexpr std::size_t kShortestCredential = 8;

enum Class : std::uint8_t { other, letter, digit };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    if (ascii::is_letter(character) || c == '_' || c == '-' || c == '.' || c >= 0x80)
      out[c] = letter;
    if (ascii::is_digit(character)) out[c] = digit;
  }
  return out;
}
/// Of words: what is no `other` is part of one.
constexpr std::array<Class, 256> kClasses = make_classes();

Class class_of(char c) noexcept { return kClasses[static_cast<unsigned char>(c)]; }

/// Of a token, RFC 9110 §11.2, and of what else is pasted behind a `=`.
bool is_credential(char c) noexcept {
  return static_cast<unsigned char>(c) > ' ' &&
         std::string_view("\"',;&<>()[]{}").find(c) == std::string_view::npos;
}

/// Unlike a word of prose: long, and with a digit, a sign or a capital within.
bool looks_secret(std::string_view token) noexcept {
  if (token.size() < kShortestCredential) return false;
  return std::ranges::any_of(token.substr(1),
                             [](char c) { return !(c >= 'a' && c <= 'z') && c != '.'; });
}

bool is_scheme(std::string_view word) noexcept {
  return ascii::same(word, "bearer") || ascii::same(word, "basic");
}

/// Headers of which the whole line is secret.
bool hides_line(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"authorization", "proxy-authorization", "cookie",
                                                   "set-cookie"};
  return std::ranges::any_of(kNames, [name](auto known) { return ascii::same(known, name); });
}

class TextRedaction {
 public:
  TextRedaction(const Redactor& redactor, std::string& out, std::string_view text)
      : redactor_(redactor), out_(out), text_(text) {}

  void run() {
    Class before = other;
    while (at_ < text_.size()) {
      if (at_ == hidden_.begin && hidden_.end > at_) {
        replace(hidden_.begin, hidden_.end, kRedacted);
        before = other;
        continue;
      }
      const Class now = class_of(text_[at_]);
      if (before == other && now != other) find_credential();
      const bool group = now == digit && before != digit;
      if (!group || !replace_card()) ++at_;
      before = now;
    }
    copy_to(text_.size());
  }

 private:
  /// Everything not yet written, up to `end`.
  void copy_to(std::size_t end) {
    if (end > written_) out_.append(text_, written_, end - written_);
    written_ = std::max(written_, end);
  }
  void replace(std::size_t begin, std::size_t end, std::string_view by) {
    copy_to(begin);
    out_.append(by);
    written_ = at_ = end;
  }
  [[nodiscard]] std::size_t end_of(std::size_t from, bool (*inside)(char)) const noexcept {
    while (from < text_.size() && inside(text_[from])) ++from;
    return from;
  }

  bool replace_card() {
    // A telephone number, or the fraction of a decimal one.
    if (at_ > 0 && text_[at_ - 1] == '+') return false;
    if (at_ > 1 && text_[at_ - 1] == '.' && ascii::is_digit(text_[at_ - 2])) return false;
    const std::size_t length = detail::card_length(text_, at_);
    if (length == 0) return false;
    replace(at_, at_ + length, pan_last_four(text_.substr(at_, length)));
    return true;
  }

  /// Sets `hidden_` if the word that begins here hides what follows it.
  void find_credential() {
    const std::size_t end = end_of(at_, [](char c) { return class_of(c) != other; });
    const std::string_view word = text_.substr(at_, end - at_);
    if (is_at(end, ' ') && is_scheme(word))
      return hide(end_of(end, [](char c) { return c == ' '; }), true);
    const bool quoted = is_at(end, '"') || is_at(end, '\'');
    const std::size_t sign = quoted ? end + 1 : end;
    if (!is_at(sign, ':') && (quoted || !is_at(sign, '='))) return;
    const Sensitivity what = redactor_.classify(word);
    // Of bare words only the worst: messages speak of names and addresses.
    if (what == Sensitivity::open || (!quoted && what != Sensitivity::secret)) return;
    const std::size_t begin = end_of(sign + 1, [](char c) { return ascii::is_blank(c); });
    if (is_at(begin, '"') || is_at(begin, '\'')) return hide_quoted(begin);
    if (!quoted && hides_line(word))
      hidden_ = {begin, end_of(begin, [](char c) { return c != '\r' && c != '\n'; })};
    else
      hide(begin, !quoted && is_at(sign, ':'));
  }

  [[nodiscard]] bool is_at(std::size_t at, char c) const noexcept {
    return at < text_.size() && text_[at] == c;
  }

  /// What stands in quotes, up to the end if they are not closed.
  void hide_quoted(std::size_t quote) {
    std::size_t end = quote + 1;
    while (end < text_.size() && text_[end] != text_[quote]) end += text_[end] == '\\' ? 2 : 1;
    hidden_ = {quote + 1, std::min(end, text_.size())};
  }

  void hide(std::size_t begin, bool if_it_looks_secret) {
    const std::size_t end = end_of(begin, is_credential);
    if (!if_it_looks_secret || looks_secret(text_.substr(begin, end - begin)))
      hidden_ = {begin, end};
  }

  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  const Redactor& redactor_;
  std::string& out_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t written_ = 0;
  Range hidden_;  // to be replaced when it is reached
};

}  // namespace

void Redactor::append_redacted_text(std::string& out, std::string_view text) const {
  TextRedaction(*this, out, text).run();
}

}  // namespace lift
