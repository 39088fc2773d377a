#include "lift/base/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "lift/base/utf8.h"

namespace lift {
namespace {

constexpr std::array<bool, 256> make_plain_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}
constexpr std::array<bool, 256> kPlain = make_plain_table();

void write_escaped(std::string& out, char c) {
  constexpr std::string_view kNamed = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (std::size_t i = 0; i < kNamed.size(); i += 2) {
    if (kNamed[i] != c) continue;
    out += '\\';
    out += kNamed[i + 1];
    return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4];
  out += kHex[static_cast<unsigned char>(c) & 15];
}

// Writes the quoted form.
void write_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      write_escaped(out, text[0]);
      text.remove_prefix(1);
      continue;
    }
    const Utf8Sequence sequence = utf8_sequence(text);
    out.append(sequence.valid ? text.substr(0, sequence.size) : kReplacement);
    text.remove_prefix(sequence.size);
  }
  out += '"';
}

template <class Number>
void write_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  write_string(name);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::write_string(std::string_view text) {
  separate();
  write_quoted(out_, text);
  return *this;
}

JsonWriter& JsonWriter::write_int(std::int64_t number) {
  separate();
  write_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::write_uint(std::uint64_t number) {
  separate();
  write_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::write_double(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  write_number(out_, number);
  return *this;
}

}  // namespace lift
