#include "lift/net/detail/response_writer.h"

#include <charconv>
#include <cstring>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

/// Fields that belong to the connection and not to the message.
bool is_ours(std::string_view name) noexcept {
  using namespace std::string_view_literals;
  switch (name.size()) {
    case 2:
      return ascii::same(name, "te"sv);
    case 4:
      return ascii::same(name, "date"sv);
    case 7:
      return ascii::same(name, "trailer"sv) || ascii::same(name, "upgrade"sv);
    case 10:
      return ascii::same(name, "connection"sv) || ascii::same(name, "keep-alive"sv);
    case 14:
      return ascii::same(name, "content-length"sv);
    case 16:
      return ascii::same(name, "proxy-connection"sv);
    case 17:
      return ascii::same(name, "transfer-encoding"sv);
    default:
      return false;
  }
}

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number, base).ptr;
  out.append(digits.begin(), end);
}

std::uint64_t length_of(const Body& body) noexcept {
  return body.streaming() ? body.stream_length().value_or(0) : body.size();
}

void two_digits(char* out, unsigned number) noexcept {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
}

}  // namespace

Framing framing_of(const Response& response, const ResponseShape& shape) noexcept {
  if (response.status < 200 || response.status == 204 || response.status == 304) {
    return Framing::none;
  }
  if (!response.body.streaming() || response.body.stream_length()) return Framing::length;
  return shape.version_minor == 1 ? Framing::chunked : Framing::close;
}

void write_head(std::string& out, const Response& response, const ResponseShape& shape,
                Framing framing, std::string_view date) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.append(1, ' ').append(reason_phrase(response.status)).append("\r\nDate: ").append(date);
  if (framing == Framing::length) {
    out.append("\r\nContent-Length: ");
    append_number(out, length_of(response.body));
  } else if (framing == Framing::chunked) {
    out.append("\r\nTransfer-Encoding: chunked");
  }
  if (!shape.keep_alive) {
    out.append("\r\nConnection: close");
  } else if (shape.version_minor == 0) {
    out.append("\r\nConnection: keep-alive");
  }
  out.append("\r\n");
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const Headers::Field field = response.headers[i];
    if (is_ours(field.name)) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("\r\n");
}

void write_chunk_size(std::string& out, std::size_t bytes) {
  append_number(out, bytes, 16);
  out.append("\r\n");
}

std::string_view DateCache::at(Instant now, const Clock& clock) noexcept {
  using namespace std::chrono;
  if (now < valid_until_) return {text_.data(), text_.size()};
  static constexpr char kDays[] = "SunMonTueWedThuFriSat";
  static constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const WallTime wall = clock.wall();
  const auto second = floor<seconds>(wall);
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  std::memcpy(text_.data(), "Sun, 01 Jan 1970 00:00:00 GMT", text_.size());
  std::memcpy(text_.data(), kDays + 3 * weekday(day).c_encoding(), 3);
  two_digits(text_.data() + 5, static_cast<unsigned>(date.day()));
  std::memcpy(text_.data() + 8, kMonths + 3 * (static_cast<unsigned>(date.month()) - 1), 3);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  two_digits(text_.data() + 12, year / 100 % 100);
  two_digits(text_.data() + 14, year % 100);
  two_digits(text_.data() + 17, static_cast<unsigned>(time.hours().count()));
  two_digits(text_.data() + 20, static_cast<unsigned>(time.minutes().count()));
  two_digits(text_.data() + 23, static_cast<unsigned>(time.seconds().count()));
  valid_until_ = now + (second + seconds(1) - wall);
  return {text_.data(), text_.size()};
}

}  // namespace lift::detail
