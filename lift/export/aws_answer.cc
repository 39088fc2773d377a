#include "lift/export/aws_answer.h"

#include <algorithm>
#include <array>

#include "lift/aws/aws_error.h"
#include "lift/export/http_carrier.h"

namespace lift {
namespace {

/// Another attempt is signed anew, maybe with fresh credentials and a corrected clock.
constexpr std::array<std::string_view, 6> kOutOfDate = {
    "ExpiredToken",         "ExpiredTokenException", "RequestExpired",
    "RequestTimeTooSkewed", "RequestTimeout",        "RequestTimeoutException",
};

}  // namespace

SendResult judge_aws(const ClientResponse& response, WallTime now) {
  if (response.status >= 200 && response.status <= 299) return {};
  const std::string code = aws_error_code(response);
  const bool again = response.status >= 500 || response.status == 429 || is_aws_throttling(code) ||
                     std::ranges::find(kOutOfDate, code) != kOutOfDate.end();
  return again ? retry_later(response, now) : refused(response);
}

}  // namespace lift
