#include <array>
#include <optional>
#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/aws/profile_file.h"
#include "lift/base/loop.h"

namespace lift {
namespace {

using Kind = AwsProfileFile::Kind;

/// The file's profiles; an empty one if there is no file.
Task<Result<AwsProfileFile>> load(const AwsEnvironment& environment, std::string path, Kind kind) {
  if (path.empty()) co_return AwsProfileFile{};
  const Result<std::string> text = co_await detail::read_file(environment, path);
  if (!text && text.error().code == "file_missing") co_return AwsProfileFile{};
  if (!text) co_return std::unexpected(text.error());
  Result<AwsProfileFile> file = AwsProfileFile::parse(*text, kind);
  if (!file) co_return fail(file.error().code, path + ": " + file.error().message);
  co_return file;
}

/// Nothing if the profile has no keys there.
Result<std::optional<AwsCredentials>> keys_of(const AwsProfileFile& file,
                                              const std::string& profile) {
  const auto key_id = file.value(profile, "aws_access_key_id");
  const auto secret = file.value(profile, "aws_secret_access_key");
  if (!key_id && !secret) return std::nullopt;
  if (!key_id || !secret) {
    return fail(
        "bad_credentials",
        "profile " + profile + " has only one of aws_access_key_id and aws_secret_access_key");
  }
  return AwsCredentials{.access_key_id = *key_id,
                        .secret_access_key = *secret,
                        .session_token = file.value(profile, "aws_session_token").value_or(""),
                        .expires = {}};
}

Error without_keys(const AwsProfileFile& credentials, const AwsProfileFile& config,
                   const AwsProfilePlace& place) {
  constexpr std::array<std::string_view, 5> kOtherWays = {
      "role_arn", "sso_session", "sso_start_url", "credential_process", "credential_source"};
  for (const std::string_view way : kOtherWays) {
    if (!credentials.value(place.profile, way) && !config.value(place.profile, way)) continue;
    return {"bad_credentials", "profile " + place.profile + " gets its keys by " +
                                   std::string(way) + ", which is not supported"};
  }
  const bool exists = credentials.has(place.profile) || config.has(place.profile);
  if (place.named && !exists)
    return {"bad_credentials", "AWS_PROFILE names " + place.profile + ", which no file has"};
  return {"not_configured",
          "profile " + place.profile + (exists ? " has no keys" : " is in no file")};
}

}  // namespace

Task<Result<std::shared_ptr<const AwsCredentials>>> ProfileCredentials::get() {
  const AwsProfilePlace place = AwsProfilePlace::of(environment_);
  const auto credentials = co_await load(environment_, place.credentials_path, Kind::credentials);
  if (!credentials) co_return std::unexpected(credentials.error());
  const auto config = co_await load(environment_, place.config_path, Kind::config);
  if (!config) co_return std::unexpected(config.error());
  for (const AwsProfileFile* file : {&*credentials, &*config}) {
    auto keys = keys_of(*file, place.profile);
    if (!keys) co_return std::unexpected(keys.error());
    if (*keys) co_return detail::checked(**std::move(keys), Loop::current().clock().wall());
  }
  co_return std::unexpected(without_keys(*credentials, *config, place));
}

}  // namespace lift
