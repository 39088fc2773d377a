#include "lift/net/detail/response_head.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

/// What the fields say about framing and the connection.
struct Said {
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
};

constexpr bool is_text(char c) noexcept { return !ascii::is_control(c) || c == '\t'; }

std::string_view cut_line(std::string_view& text) noexcept {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), line.size() + 2));
  return line;
}

/// Sets `minor` to the version's digit.
std::string_view read_status_line(std::string_view line, int& minor, int& status) noexcept {
  if (!line.starts_with("HTTP/")) return "does not begin as HTTP does";
  line.remove_prefix(5);
  if (!line.starts_with("1.0 ") && !line.starts_with("1.1 ")) return "is not HTTP/1.1 or HTTP/1.0";
  minor = line[2] - '0';
  const std::string_view digits = line.substr(4, 3);
  if (digits.size() != 3 || !std::ranges::all_of(digits, ascii::is_digit)) return "has no status";
  status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  if (status < 100 || status > 599) return "has a status that is not from 100 to 599";
  const std::string_view reason = line.substr(7);
  if (!reason.empty() && reason.front() != ' ') return "has no status";
  return std::ranges::all_of(reason, is_text) ? "" : "has a control character in its first line";
}

std::string_view read_length(std::string_view value, Said& said) noexcept {
  std::uint64_t length = 0;
  const bool digits = !value.empty() && std::ranges::all_of(value, ascii::is_digit);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (!digits || error != std::errc()) return "has a bad Content-Length";
  if (said.length && *said.length != length) return "gives two lengths";
  said.length = length;
  return {};
}

void read_connection(std::string_view value, Said& said) noexcept {
  while (!value.empty()) {
    const std::string_view option = ascii::trim(ascii::cut(value, ','));
    said.close |= ascii::same(option, "close");
    said.keep_alive |= ascii::same(option, "keep-alive");
  }
}

std::string_view read_field(std::string_view line, Headers& headers, Said& said) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "has a line that is no header field";
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = ascii::trim(line.substr(colon + 1));
  if (!ascii::is_token(name)) return "has a bad header name";
  if (!std::ranges::all_of(value, is_text)) return "has a control character in a header";
  headers.add_valid(name, value);
  if (ascii::same(name, "content-length")) return read_length(value, said);
  if (ascii::same(name, "connection")) read_connection(value, said);
  if (ascii::same(name, "transfer-encoding")) {
    if (said.chunked || !ascii::same(value, "chunked")) return "has an unknown transfer coding";
    said.chunked = true;
  }
  return {};
}

void frame(const Said& said, bool to_head, ResponseHead& head) noexcept {
  const bool interim = head.status < 200;
  if (interim || head.status == 204) {
    // Whoever announces a body here may well send one, and it would pass for the next response.
    if (said.chunked || said.length.value_or(0) > 0) head.keep_alive = false;
    return;
  }
  if (to_head || head.status == 304) return;
  head.framing = {.chunked = said.chunked, .length = said.length.value_or(0)};
  const bool known = said.chunked || said.length;
  head.body = known ? ResponseHead::Body::framed : ResponseHead::Body::until_close;
  if (!known) head.keep_alive = false;
}

}  // namespace

void ResponseHead::clear() noexcept {
  status = 0;
  headers.clear();
  body = Body::none;
  framing = {};
  keep_alive = false;
}

std::string_view parse_response_head(std::string_view text, bool to_head, ResponseHead& head) {
  int minor = 0;
  const std::string_view broken = read_status_line(cut_line(text), minor, head.status);
  if (!broken.empty()) return broken;
  Said said;
  while (!text.starts_with("\r\n")) {
    if (text.empty()) return "has no end";
    const std::string_view bad = read_field(cut_line(text), head.headers, said);
    if (!bad.empty()) return bad;
  }
  if (said.chunked && said.length) return "gives its length twice";
  if (said.chunked && minor == 0) return "has chunks in HTTP/1.0";
  head.keep_alive = !said.close && (minor == 1 || said.keep_alive);
  frame(said, to_head, head);
  return {};
}

}  // namespace lift::detail
