// A head is found at the same place however its bytes arrive, and one that is accepted is safe to
// route and to frame.
#include "fuzz/model_check.h"
#include "lift/net/detail/request_head.h"

namespace {

using lift::fuzz::require;
using namespace lift::detail;

constexpr HeadLimits kLimits{.request_line = 256, .header_bytes = 1024, .header_count = 20};

HeadScanner::Found scan(std::string_view bytes, std::size_t step) {
  HeadScanner scanner;
  HeadScanner::Found found;
  for (std::size_t end = 0;;) {
    found = scanner.scan(bytes.substr(0, end), kLimits);
    if (found.error != HeadError::none || found.size > 0 || end == bytes.size()) return found;
    end = std::min(bytes.size(), end + step);
  }
}

void check_accepted(const lift::Request& request, const HeadInfo& info) {
  require(request.target.asterisk() || request.target.path().starts_with('/'));
  require(request.headers.size() <= kLimits.header_count);
  require(request.version_minor == 1 || !info.framing.chunked);
  require(!info.framing.chunked || info.framing.length == 0);
  require(!info.framing.chunked || !request.headers.contains("content-length"));
  require(request.headers.count("content-length") <= 1);
  require(request.headers.count("host") <= 1);
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    require(!name.empty() && name.find_first_of(" \t\r\n:") == std::string_view::npos);
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HeadScanner::Found found = scan(bytes, size + 1);
  const HeadScanner::Found slowly = scan(bytes, 1);
  // A NUL is refused as soon as it is seen, by the scanner or by the parser.
  const bool nul = bytes.substr(0, found.size).contains('\0');
  require(found.size == slowly.size || nul);
  require((found.error == HeadError::none) == (slowly.error == HeadError::none) || nul);
  if (found.size == 0) return 0;
  require(found.size <= kLimits.request_line + kLimits.header_bytes);
  static lift::Request request;
  request.reset();
  HeadInfo info;
  if (parse_head(bytes.substr(0, found.size), request, info) == HeadError::none) {
    require(!nul);
    check_accepted(request, info);
  }
  return 0;
}
