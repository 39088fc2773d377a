#include <algorithm>
#include <optional>
#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/base/ascii.h"
#include "lift/base/loop.h"
#include "lift/http/address.h"

namespace lift {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(2);

/// Whom AWS allows to be asked in the clear: this machine, ECS, EKS Pod Identity.
bool allowed_over_http(const std::string& host) {
  if (host == "localhost") return true;
  const auto address = IpAddress::parse(host);
  if (!address) return false;
  static const Cidr kLoopback = *Cidr::parse("127.0.0.0/8");
  for (const std::string_view each : {"::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}) {
    if (address == IpAddress::parse(each)) return true;
  }
  return kLoopback.contains(*address);
}

/// Nothing if no variable asks for a container's endpoint.
std::optional<Result<Url>> endpoint(const AwsEnvironment& environment) {
  if (const auto path = environment.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    if (!path->starts_with('/')) {
      return fail("bad_credentials", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'");
    }
    return Url::parse("http://169.254.170.2" + *path);
  }
  const auto text = environment.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!text) return std::nullopt;
  Result<Url> url = Url::parse(*text);
  if (!url) {
    return fail("bad_credentials", "AWS_CONTAINER_CREDENTIALS_FULL_URI: " + url.error().message);
  }
  if (url->scheme != "https" && !allowed_over_http(url->host)) {
    return fail("bad_credentials",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or have a "
                "host of loopback, 169.254.170.2, 169.254.170.23 or "
                "fd00:ec2::23");
  }
  return url;
}

}  // namespace

Task<Result<std::string>> ContainerCredentials::token() const {
  const auto path = environment_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  std::string token = environment_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (path) {
    Result<std::string> file = co_await detail::read_file(environment_, *path);
    if (!file) co_return file;
    token = *std::move(file);
  }
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  if (std::ranges::any_of(token, ascii::is_control))
    co_return fail("bad_credentials", "the authorization token holds a control character");
  co_return token;
}

Task<Result<std::shared_ptr<const AwsCredentials>>> ContainerCredentials::get() {
  std::optional<Result<Url>> url = endpoint(environment_);
  if (!url) {
    co_return fail("not_configured",
                   "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
                   "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
  }
  if (!*url) co_return std::unexpected(url->error());
  const Result<std::string> authorization = co_await token();
  if (!authorization) co_return std::unexpected(authorization.error());

  ClientRequest request("GET", **std::move(url));
  request.headers.set("accept", "application/json");
  if (!authorization->empty()) request.headers.set("authorization", *authorization);
  const Result<ClientResponse> response = co_await detail::fetch(transport_, request, kTimeout);
  if (!response) co_return std::unexpected(response.error());
  if (response->status != 200) co_return detail::unexpected_status(request, response->status);
  co_return detail::from_metadata(response->body, Loop::current().clock().wall());
}

}  // namespace lift
