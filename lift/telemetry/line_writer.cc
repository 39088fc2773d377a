#include "lift/telemetry/detail/line_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "lift/base/json_writer.h"
#include "lift/base/rfc3339.h"
#include "lift/base/utf8.h"
#include "lift/telemetry/detail/shown.h"

namespace lift::detail {
namespace {

constexpr std::size_t kFirstRoom = 1536;
// A byte becomes at most six: \u001f.
constexpr std::size_t kWorstEscape = 6;

constexpr std::uint64_t every(std::uint64_t byte) { return byte * 0x0101010101010101ULL; }

// Whether any of eight bytes is a control character, a quote, a backslash or not ASCII. Source:
// "Determine if a word has a byte less than n", Bit Twiddling Hacks.
bool needs_escaping(std::uint64_t word) noexcept {
  const std::uint64_t quote = word ^ every('"');
  const std::uint64_t backslash = word ^ every('\\');
  const std::uint64_t below =
      (word - every(0x20)) | (quote - every(1)) | (backslash - every(1)) | word;
  return (below & every(0x80)) != 0;
}

constexpr bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Copies `size` bytes; whether none needs escaping.
bool copy_plain(char* to, const char* from, std::size_t size) noexcept {
  bool special = false;
  for (; size >= 8; size -= 8, from += 8, to += 8) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    std::memcpy(to, &word, 8);
    special |= needs_escaping(word);
  }
  for (; size > 0; --size) {
    special |= !is_plain(*from);
    *to++ = *from++;
  }
  return !special;
}

}  // namespace

LineWriter::LineWriter(std::string& out, std::size_t text_cap, std::size_t line_cap)
    : out_(out), begin_(out.size()), text_cap_(text_cap), line_cap_(line_cap) {
  at_ = end_ = out_.data() + begin_;
  grow(kFirstRoom);
}

LineWriter::~LineWriter() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }

void LineWriter::grow(std::size_t bytes) {
  const auto used = static_cast<std::size_t>(at_ - out_.data());
  const std::size_t wanted = used + std::max(bytes, kFirstRoom);
  out_.resize_and_overwrite(std::max(wanted, out_.capacity() < wanted ? used * 2 : wanted),
                            [](char*, std::size_t size) { return size; });
  at_ = out_.data() + used;
  end_ = out_.data() + out_.size();
}

std::size_t LineWriter::room() const noexcept {
  const auto written = static_cast<std::size_t>(at_ - out_.data()) - begin_ + kLineReserve;
  return written < line_cap_ ? line_cap_ - written : 0;
}

void LineWriter::text(std::string_view value) {
  const std::size_t cap = std::min(text_cap_, room() / kWorstEscape);
  const bool cut = value.size() > cap;
  if (cut) value = utf8_prefix(value, cap);
  if (cut || !plain_text(value)) escaped_text(value, cut);
}

bool LineWriter::plain_text(std::string_view value) {
  room_for(value.size() + 2);
  if (!copy_plain(at_ + 1, value.data(), value.size())) return false;
  *at_ = '"';
  at_ += value.size() + 2;
  at_[-1] = '"';
  return true;
}

void LineWriter::escaped_text(std::string_view value, bool cut) {
  out_.resize(static_cast<std::size_t>(at_ - out_.data()));
  JsonWriter(out_).value(value);
  if (cut) out_.insert(out_.size() - 1, kCut);
  at_ = end_ = out_.data() + out_.size();
}

void LineWriter::integer(std::int64_t value) {
  room_for(24);
  at_ = std::to_chars(at_, end_, value).ptr;
}

void LineWriter::natural(std::uint64_t value) {
  room_for(24);
  at_ = std::to_chars(at_, end_, value).ptr;
}

void LineWriter::real(double value) {
  if (!std::isfinite(value)) return raw("null");
  room_for(32);
  at_ = std::to_chars(at_, end_, value).ptr;
}

void LineWriter::milliseconds(Duration value) {
  const std::int64_t ns = value.count();
  const std::int64_t micros = ns > 0 ? std::max<std::int64_t>((ns + 500) / 1000, 1) : 0;
  integer(micros / 1000);
  auto rest = static_cast<std::uint32_t>(micros % 1000);
  if (rest == 0) return;
  raw(".");
  int width = 3;
  for (; rest % 10 == 0; rest /= 10) --width;
  room_for(4);
  at_ = write_digits(at_, rest, width);
}

void LineWriter::time(WallTime at, bool microseconds) {
  room_for(kRfc3339Room);
  *at_++ = '"';
  at_ = write_rfc3339(at_, at, microseconds ? 6 : 3);
  *at_++ = '"';
}

void LineWriter::unix_seconds(WallTime at) {
  const std::int64_t micros = std::max<std::int64_t>(at.time_since_epoch().count(), 0) / 1000;
  integer(micros / 1'000'000);
  room_for(8);
  *at_++ = '.';
  at_ = write_digits(at_, static_cast<std::uint32_t>(micros % 1'000'000), 6);
}

void LineWriter::value(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::integer:
      return integer(value.integer());
    case Value::Kind::natural:
      return natural(value.natural());
    case Value::Kind::real:
      return real(value.real());
    case Value::Kind::boolean:
      return raw(value.boolean() ? "true" : "false");
    case Value::Kind::text:
      return text(value.text());
  }
}

void LineWriter::id(const TraceId& id) {
  std::array<char, 32> hex;
  to_hex(id, hex);
  raw("\"");
  raw({hex.data(), hex.size()});
  raw("\"");
}

void LineWriter::id(const SpanId& id) {
  std::array<char, 16> hex;
  to_hex(id, hex);
  raw("\"");
  raw({hex.data(), hex.size()});
  raw("\"");
}

void LineWriter::xray_id(const TraceId& id) {
  std::array<char, 35> text;
  to_xray(id, text);
  raw("\"");
  raw({text.data(), text.size()});
  raw("\"");
}

}  // namespace lift::detail
