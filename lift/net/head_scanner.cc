// Finding the end of a head, and the words for its errors.
#include <cstring>

#include "lift/base/ascii.h"
#include "lift/net/detail/request_head.h"

namespace lift::detail {

HeadScanner::Found HeadScanner::scan(std::string_view bytes, const HeadLimits& limits) noexcept {
  const std::string_view fresh = bytes.substr(seen_);
  while (!complete_) {
    const void* found = std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_);
    if (found == nullptr) break;
    const auto lf = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (const HeadError error = line_ends(bytes, lf, limits); error != HeadError::none) {
      return {error, 0};
    }
  }
  if (complete_) return {HeadError::none, seen_};
  if (fresh.contains('\0')) return {HeadError::malformed, 0};  // the parser finds it else
  seen_ = bytes.size();
  return {too_long(seen_, limits), 0};
}

HeadError HeadScanner::line_ends(std::string_view bytes, std::size_t lf,
                                 const HeadLimits& limits) noexcept {
  if (const HeadError error = too_long(lf + 1, limits); error != HeadError::none) return error;
  if (lf == line_ || bytes[lf - 1] != '\r') return HeadError::malformed;  // a bare LF
  const std::string_view line = bytes.substr(line_, lf - 1 - line_);
  seen_ = line_ = lf + 1;
  if (fields_from_ == 0) {
    fields_from_ = line_;
    return line.empty() ? HeadError::malformed : HeadError::none;
  }
  if (line.empty()) {
    complete_ = true;
    return HeadError::none;
  }
  if (ascii::is_blank(line.front())) return HeadError::malformed;  // a folded line
  return ++fields_ > limits.header_count ? HeadError::headers_too_large : HeadError::none;
}

HeadError HeadScanner::too_long(std::size_t end, const HeadLimits& limits) const noexcept {
  if (fields_from_ == 0) {
    return end > limits.request_line ? HeadError::target_too_long : HeadError::none;
  }
  return end - fields_from_ > limits.header_bytes ? HeadError::headers_too_large : HeadError::none;
}

int status_of(HeadError error) noexcept {
  switch (error) {
    case HeadError::none:
      return 200;
    case HeadError::malformed:
    case HeadError::bad_framing:
    case HeadError::bad_host:
    case HeadError::bad_target:
      return 400;
    case HeadError::target_too_long:
      return 414;
    case HeadError::expectation:
      return 417;
    case HeadError::headers_too_large:
      return 431;
    case HeadError::unknown_method:
    case HeadError::unknown_coding:
      return 501;
    case HeadError::version:
      return 505;
  }
  return 400;
}

std::string_view explain(HeadError error) noexcept {
  switch (error) {
    case HeadError::none:
      return "";
    case HeadError::malformed:
      return "The request is not well-formed HTTP/1.1";
    case HeadError::bad_framing:
      return "The length of the request's body is given badly or twice";
    case HeadError::bad_host:
      return "The request needs one valid Host field";
    case HeadError::bad_target:
      return "The request target is not valid";
    case HeadError::target_too_long:
      return "The request line is too long";
    case HeadError::expectation:
      return "No expectation but 100-continue can be met";
    case HeadError::headers_too_large:
      return "The request has too many header fields, or too long ones";
    case HeadError::unknown_method:
      return "The request method is not supported";
    case HeadError::unknown_coding:
      return "No transfer coding but chunked is supported";
    case HeadError::version:
      return "Only HTTP/1.1 and HTTP/1.0 are spoken here";
  }
  return "";
}

}  // namespace lift::detail
