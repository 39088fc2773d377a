// A response head that was accepted is safe to frame, and says the same when it is written again.
#include <string>

#include "fuzz/model_check.h"
#include "lift/net/detail/request_head.h"
#include "lift/net/detail/response_head.h"

namespace {

using lift::fuzz::require;
using namespace lift::detail;

void check_fields(const lift::Headers& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    require(!name.empty() && name.find_first_of(" \t\r\n:") == std::string_view::npos);
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

void check_framing(const ResponseHead& head, bool to_head) {
  const bool bodiless = to_head || head.status < 200 || head.status == 204 || head.status == 304;
  require(bodiless == (head.body == ResponseHead::Body::none));
  require(head.body != ResponseHead::Body::until_close || !head.keep_alive);
  require(!head.framing.chunked || !head.headers.contains("content-length"));
  require(!head.framing.chunked || head.framing.length == 0);
}

void check_again(const ResponseHead& head, std::string_view version, bool to_head) {
  std::string text = std::string(version) + " " + std::to_string(head.status) + "\r\n";
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const auto [name, value] = head.headers[i];
    text.append(name).append(":").append(value).append("\r\n");
  }
  ResponseHead again;
  require(parse_response_head(text + "\r\n", to_head, again).empty());
  require(again.status == head.status && again.body == head.body);
  require(again.keep_alive == head.keep_alive && again.framing.length == head.framing.length);
  require(again.headers.size() == head.headers.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool to_head = data[0] == 'h';
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadScanner scanner;
  const HeadScanner::Found found =
      scanner.scan(bytes, {.request_line = 256, .header_bytes = 1024, .header_count = 20});
  if (found.error != HeadError::none || found.size == 0) return 0;
  const std::string_view text = bytes.substr(0, found.size);
  ResponseHead head;
  if (!parse_response_head(text, to_head, head).empty()) return 0;
  require(head.status >= 100 && head.status <= 599);
  check_fields(head.headers);
  check_framing(head, to_head);
  check_again(head, text.substr(0, 8), to_head);
  return 0;
}
