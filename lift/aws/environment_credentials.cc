#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/base/loop.h"

namespace lift {

Task<Result<std::shared_ptr<const AwsCredentials>>> EnvironmentCredentials::get() {
  const auto key_id = environment_.variable("AWS_ACCESS_KEY_ID");
  const auto secret = environment_.variable("AWS_SECRET_ACCESS_KEY");
  if (!key_id && !secret) co_return fail("not_configured", "AWS_ACCESS_KEY_ID is not set");
  if (!key_id || !secret) {
    co_return fail("bad_credentials",
                   std::string(key_id ? "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"
                                      : "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"));
  }
  AwsCredentials found{.access_key_id = *key_id,
                       .secret_access_key = *secret,
                       .session_token = environment_.variable("AWS_SESSION_TOKEN").value_or(""),
                       .expires = {}};
  if (const auto expiration = environment_.variable("AWS_CREDENTIAL_EXPIRATION")) {
    const auto expires = detail::parse_expiration(*expiration);
    if (!expires) co_return std::unexpected(expires.error());
    found.expires = *expires;
  }
  co_return detail::checked(std::move(found), Loop::current().clock().wall());
}

}  // namespace lift
