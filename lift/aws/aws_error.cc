#include "lift/aws/aws_error.h"

#include <algorithm>
#include <array>

#include "lift/http/json_document.h"

namespace lift {
namespace {

/// An error may bring an item of DynamoDB with it, whose 32 levels are two of JSON each.
constexpr std::size_t kErrorDepth = 80;

/// `com.amazonaws.logs#ThrottlingException:http://…` is ThrottlingException.
std::string_view bare(std::string_view code) noexcept {
  code = code.substr(0, code.find(':'));
  return code.substr(code.rfind('#') + 1);
}

std::string json_code(const JsonDocument& document) {
  for (const std::string_view name : {"__type", "code"}) {
    const auto code = document.find(0, name);
    if (code && document[*code].token == JsonToken::string)
      return std::string(bare(document.text(*code)));
  }
  return {};
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
}  // namespace

std::string aws_error_code(const ClientResponse& response) {
  if (const auto header = response.headers.get("x-amzn-errortype")) {
    return std::string(bare(*header));
  }
  if (response.body.starts_with('{')) {
    const auto document = JsonDocument::parse(response.body, kErrorDepth);
    return document ? json_code(*document) : "";
  }
  return xml_code(response.body);
}

bool is_aws_throttling(std::string_view code) noexcept {
  return std::ranges::find(kThrottling, code) != kThrottling.end();
}

}  // namespace lift
