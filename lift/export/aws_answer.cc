#include "lift/export/aws_answer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "lift/export/http_carrier.h"
#include "lift/http/json.h"

namespace lift {
namespace {

struct JsonError {
  std::optional<std::string> type;
  std::optional<std::string> code;
  static void describe(Fields<JsonError>& f) {
    f.ignore_others();
    f.field("__type", &JsonError::type);
    f.field("code", &JsonError::code);
  }
};

/// `com.amazonaws.logs#ThrottlingException:http://…` is ThrottlingException.
std::string_view bare(std::string_view code) noexcept {
  code = code.substr(0, code.find(':'));
  return code.substr(code.rfind('#') + 1);
}

std::string xml_code(std::string_view body) {
  constexpr std::string_view kOpen = "<Code>";
  const std::size_t at = body.find(kOpen);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = body.substr(at + kOpen.size());
  return std::string(rest.substr(0, std::min(rest.find('<'), std::size_t{100})));
}

/// What botocore's retry handler takes for throttling.
constexpr std::array<std::string_view, 14> kThrottling = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
};
/// Another attempt is signed anew, maybe with fresh credentials and a corrected clock.
constexpr std::array<std::string_view, 6> kOutOfDate = {
    "ExpiredToken",         "ExpiredTokenException", "RequestExpired",
    "RequestTimeTooSkewed", "RequestTimeout",        "RequestTimeoutException",
};

}  // namespace

std::string aws_error_code(const ClientResponse& response) {
  if (const auto header = response.headers.get("x-amzn-errortype")) {
    return std::string(bare(*header));
  }
  if (response.body.starts_with('{')) {
    const auto error = from_json<JsonError>(response.body);
    if (!error) return {};
    return std::string(bare(error->type.value_or(error->code.value_or(""))));
  }
  return xml_code(response.body);
}

bool is_aws_throttling(std::string_view code) noexcept {
  return std::ranges::find(kThrottling, code) != kThrottling.end();
}

SendResult judge_aws(const ClientResponse& response, WallTime now) {
  if (response.status >= 200 && response.status <= 299) return {};
  const std::string code = aws_error_code(response);
  const bool again = response.status >= 500 || response.status == 429 || is_aws_throttling(code) ||
                     std::ranges::find(kOutOfDate, code) != kOutOfDate.end();
  return again ? retry_later(response, now) : refused(response);
}

}  // namespace lift
