#include <algorithm>

#include "lift/base/ascii.h"
#include "lift/base/json_writer.h"
#include "lift/telemetry/detail/card_number.h"
#include "lift/telemetry/detail/shown.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

constexpr int kMaxDepth = 64;

void append_utf8(std::string& out, unsigned point) {
  const auto byte = [&out](unsigned bits) { out += static_cast<char>(bits); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xc0 | point >> 6);
  } else {
    if (point < 0x10000) byte(0xe0 | point >> 12);
    if (point >= 0x10000) {
      byte(0xf0 | point >> 18);
      byte(0x80 | (point >> 12 & 0x3f));
    }
    byte(0x80 | (point >> 6 & 0x3f));
  }
  byte(0x80 | (point & 0x3f));
}

/// Reads tokens of JSON (RFC 8259); each function is false where the grammar is broken.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  /// The next character that is no blank, '\0' at the end.
  [[nodiscard]] char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  /// `out` becomes the number as it is written, `whole` the digits before any fraction.
  bool number(std::string_view& out, std::string_view& whole) {
    const std::size_t begin = at_;
    (void)literal("-");
    whole = digits();
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
    if (literal(".") && digits().empty()) return false;
    if (literal("e") || literal("E")) {
      if (!literal("+")) (void)literal("-");
      if (digits().empty()) return false;
    }
    out = text_.substr(begin, at_ - begin);
    return true;
  }

  /// `out` becomes the string without quotes and escapes.
  bool string(std::string& out) {
    out.clear();
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_, begin, at_ - begin);
      if (literal("\"")) return true;
      if (!literal("\\") || !escape(out)) return false;
    }
    return false;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() &&
           (ascii::is_blank(text_[at_]) || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  std::string_view digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && ascii::is_digit(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  bool escape(std::string& out) {
    constexpr std::string_view kNamed = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (literal("u")) return unicode(out);
    for (std::size_t i = 0; i < kNamed.size(); i += 2) {
      if (!literal(kNamed.substr(i, 1))) continue;
      out += kNamed[i + 1];
      return true;
    }
    return false;
  }
  bool unicode(std::string& out) {
    unsigned point = 0;
    if (!four_digits(point)) return false;
    unsigned low = 0;
    const std::size_t behind = at_;
    if ((point & 0xfc00) == 0xd800 && literal("\\u")) {
      if (!four_digits(low)) return false;
      if ((low & 0xfc00) == 0xdc00) {
        append_utf8(out, 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff));
        return true;
      }
      at_ = behind;  // that one is a character of its own
    }
    append_utf8(out, (point & 0xf800) == 0xd800 ? 0xfffd : point);
    return true;
  }
  bool four_digits(unsigned& out) {
    if (at_ + 4 > text_.size()) return false;
    for (const char c : text_.substr(at_, 4)) {
      if (ascii::hex_value(c) < 0) return false;
      out = out << 4 | static_cast<unsigned>(ascii::hex_value(c));
    }
    at_ += 4;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Copies one document token by token. What is `hidden` is read, so that its end is found and its
/// grammar checked, and not written.
class JsonRedaction {
 public:
  JsonRedaction(const Redactor& redactor, std::string& out, std::string_view text,
                std::size_t limit)
      : redactor_(redactor), out_(out), json_(out), tokens_(text), limit_(limit) {}

  bool run() { return value(false, 0) && tokens_.at_end(); }

 private:
  bool value(bool hidden, int depth) {
    if (depth == kMaxDepth) return false;
    switch (tokens_.peek()) {
      case '{':
        return object(hidden, depth);
      case '[':
        return array(hidden, depth);
      case '"':
        return text(hidden);
      case 't':
        return literal("true", hidden);
      case 'f':
        return literal("false", hidden);
      case 'n':
        return literal("null", hidden);
      default:
        return number(hidden);
    }
  }

  bool object(bool hidden, int depth) {
    if (!tokens_.take('{')) return false;
    if (writes(hidden)) json_.begin_object();
    if (tokens_.peek() != '}') {
      do {
        if (!member(hidden, depth)) return false;
      } while (tokens_.take(','));
    }
    if (!tokens_.take('}')) return false;
    if (writes(hidden)) json_.end_object();
    return true;
  }

  bool member(bool hidden, int depth) {
    if (!tokens_.string(last_) || !tokens_.take(':')) return false;
    const Sensitivity what = redactor_.classify(last_);
    if (writes(hidden)) json_.key(redacted(last_));
    if (what == Sensitivity::open) return value(hidden, depth + 1);
    const char first = tokens_.peek();
    if (!value(true, depth + 1)) return false;
    if (!writes(hidden)) return true;
    const bool scalar = first != '{' && first != '[';
    json_.value(what == Sensitivity::pan && scalar ? std::string_view(last_four_)
                                                   : std::string_view(kRedacted));
    return true;
  }

  bool array(bool hidden, int depth) {
    if (!tokens_.take('[')) return false;
    if (writes(hidden)) json_.begin_array();
    if (tokens_.peek() != ']') {
      do {
        if (!value(hidden, depth + 1)) return false;
      } while (tokens_.take(','));
    }
    if (!tokens_.take(']')) return false;
    if (writes(hidden)) json_.end_array();
    return true;
  }

  bool text(bool hidden) {
    if (!tokens_.string(last_)) return false;
    if (writes(hidden)) json_.value(redacted(last_));
    if (hidden) last_four_ = pan_last_four(last_);
    return true;
  }

  bool number(bool hidden) {
    std::string_view all;
    std::string_view whole;
    if (!tokens_.number(all, whole)) return false;
    const bool card = detail::plausible_card(whole);
    if (hidden || card) last_four_ = pan_last_four(whole);
    if (!writes(hidden)) return true;
    card ? json_.value(last_four_) : json_.raw(all);
    return true;
  }

  bool literal(std::string_view word, bool hidden) {
    if (!tokens_.literal(word)) return false;
    last_four_ = kRedacted;
    if (writes(hidden)) json_.raw(word);
    return true;
  }

  /// Nothing any more once the limit is reached: the rest is only checked.
  [[nodiscard]] bool writes(bool hidden) const { return !hidden && out_.size() < limit_; }
  const std::string& redacted(std::string_view plain) {
    shown_.clear();
    redactor_.append_redacted_text(shown_, plain);
    return shown_;
  }

  const Redactor& redactor_;
  std::string& out_;
  JsonWriter json_;
  Tokens tokens_;
  std::size_t limit_;      // of out_
  std::string last_;       // string that was read
  std::string shown_;      // of it
  std::string last_four_;  // of the scalar that was read
};

}  // namespace

void Redactor::append_redacted_json(std::string& out, std::string_view json,
                                    std::size_t max_bytes) const {
  const std::size_t begin = out.size();
  // One more than fits, so that it shows whether anything is cut.
  const std::size_t limit = begin + std::min(max_bytes, out.max_size() - begin - 1);
  if (!JsonRedaction(*this, out, json, limit + 1).run()) {
    out.resize(begin);
    out += "[NOT JSON] " + std::to_string(json.size()) + " bytes";
    return;
  }
  if (out.size() <= limit) return;
  std::size_t end = limit;
  while (end > begin && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
  out.resize(end);
  out += detail::kCut;
}

}  // namespace lift
