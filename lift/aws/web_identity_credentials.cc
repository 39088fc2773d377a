#include <algorithm>
#include <optional>
#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/aws/detail/xml_text.h"
#include "lift/aws/region.h"
#include "lift/base/ascii.h"
#include "lift/base/loop.h"
#include "lift/http/target.h"

namespace lift {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(10);

std::string without_blanks_around(std::string text) {
  const auto blank = [](char c) { return c == '\n' || c == '\r' || ascii::is_blank(c); };
  while (!text.empty() && blank(text.back())) text.pop_back();
  text.erase(text.begin(), std::ranges::find_if_not(text, blank));
  return text;
}

std::string form(std::string_view role, std::string_view session, std::string_view token) {
  std::string body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=";
  body.append(percent_encode(role)).append("&RoleSessionName=").append(percent_encode(session));
  return body.append("&WebIdentityToken=").append(percent_encode(token));
}

/// The code of STS's error, such as ExpiredTokenException, if it looks like one. Its message may
/// quote the request.
std::string code_of(std::string_view body) {
  const std::optional<std::string> code = detail::xml_text(body, "Code");
  const bool plain =
      code && !code->empty() && code->size() <= 64 && std::ranges::all_of(*code, ascii::is_letter);
  return plain ? " with " + *code : "";
}

Result<detail::SharedCredentials> read_answer(std::string_view body, WallTime now) {
  const auto part = [&](std::string_view name) { return detail::xml_text(body, name); };
  auto key_id = part("AccessKeyId");
  auto secret = part("SecretAccessKey");
  auto token = part("SessionToken");
  const auto expiration = part("Expiration");
  if (!key_id || !secret || !token || !expiration)
    return fail("bad_credentials", "the answer of STS is not as expected");
  const auto expires = detail::parse_expiration(*expiration);
  if (!expires) return std::unexpected(expires.error());
  return detail::checked({.access_key_id = *std::move(key_id),
                          .secret_access_key = *std::move(secret),
                          .session_token = *std::move(token),
                          .expires = *expires},
                         now);
}

}  // namespace

Result<Url> WebIdentityCredentials::endpoint() const {
  const bool global = region_.empty() && !environment_.variable("AWS_ENDPOINT_URL_STS") &&
                      !environment_.variable("AWS_ENDPOINT_URL");
  if (global) return Url::parse("https://sts.amazonaws.com");
  return aws_endpoint(environment_, kAwsSts, region_);
}

Task<Result<std::shared_ptr<const AwsCredentials>>> WebIdentityCredentials::get() {
  const auto path = environment_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!path) co_return fail("not_configured", "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  const auto role = environment_.variable("AWS_ROLE_ARN");
  if (!role) {
    co_return fail("bad_credentials", "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
  }
  Result<std::string> file = co_await detail::read_file(environment_, *path);
  if (!file) co_return std::unexpected(file.error());
  const std::string token = without_blanks_around(*std::move(file));
  if (token.empty()) co_return fail("bad_credentials", *path + ": is empty");

  Result<Url> url = endpoint();
  if (!url) co_return std::unexpected(url.error());
  const Clock& clock = Loop::current().clock();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock.wall().time_since_epoch());
  const std::string session = environment_.variable("AWS_ROLE_SESSION_NAME")
                                  .value_or("lift-" + std::to_string(seconds.count()));
  ClientRequest request("POST", *std::move(url));
  request.headers.set("content-type", "application/x-www-form-urlencoded");
  request.headers.set("accept", "application/xml");
  request.body = form(*role, session, token);
  const Result<ClientResponse> response = co_await detail::fetch(transport_, request, kTimeout);
  if (!response) co_return std::unexpected(response.error());
  if (response->status != 200) {
    Error error = detail::unexpected_status(request, response->status).error();
    error.message += code_of(response->body);
    co_return std::unexpected(std::move(error));
  }
  co_return read_answer(response->body, clock.wall());
}

}  // namespace lift
