#include <algorithm>
#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/base/ascii.h"
#include "lift/base/loop.h"

namespace lift {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(1);
constexpr std::string_view kTokenPath = "/latest/api/token";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";

/// It goes into a path, so it must be what IAM lets a role be called.
bool may_be_role(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

bool may_be_header(std::string_view token) noexcept {
  return !token.empty() && std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string first_line(std::string text) {
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

}  // namespace

Result<Url> InstanceCredentials::base() const {
  const bool v6 = ascii::same(
      environment_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or(""), "ipv6");
  const std::string text = environment_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                               .value_or(v6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  Result<Url> url = Url::parse(text);
  if (!url) {
    return fail("bad_credentials", "AWS_EC2_METADATA_SERVICE_ENDPOINT: " + url.error().message);
  }
  return url;
}

Task<Result<std::string>> InstanceCredentials::ask(std::string path, std::string method,
                                                   std::string token) const {
  Result<Url> url = base();
  if (!url) co_return std::unexpected(url.error());
  if (url->target.ends_with('/')) url->target.pop_back();
  url->target += path;
  ClientRequest request(method, *std::move(url));
  if (token.empty()) {
    request.headers.set("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  } else {
    request.headers.set("x-aws-ec2-metadata-token", token);
  }
  Result<ClientResponse> response = co_await detail::fetch(transport_, request, kTimeout);
  if (!response) co_return std::unexpected(response.error());
  if (response->status != 200) {
    Error error = detail::unexpected_status(request, response->status).error();
    error.message += " for " + path;
    co_return std::unexpected(std::move(error));
  }
  co_return std::move(response->body);
}

Task<Result<std::shared_ptr<const AwsCredentials>>> InstanceCredentials::get() {
  if (ascii::same(environment_.variable("AWS_EC2_METADATA_DISABLED").value_or(""), "true"))
    co_return fail("not_configured", "AWS_EC2_METADATA_DISABLED is true");
  const Result<std::string> token = co_await ask(std::string(kTokenPath), "PUT", "");
  if (!token) co_return std::unexpected(token.error());
  if (!may_be_header(*token))
    co_return fail("bad_credentials", "the metadata service gave no usable token");
  Result<std::string> roles = co_await ask(std::string(kRolePath), "GET", *token);
  if (!roles) co_return std::unexpected(roles.error());
  const std::string role = first_line(*std::move(roles));
  if (!may_be_role(role))
    co_return fail("bad_credentials", "the metadata service gave no usable name of a role");
  const Result<std::string> answer = co_await ask(std::string(kRolePath) + role, "GET", *token);
  if (!answer) co_return std::unexpected(answer.error());
  co_return detail::from_metadata(*answer, Loop::current().clock().wall());
}

}  // namespace lift
