#include "lift/aws/sigv4.h"

#include <span>
#include <utility>

#include "lift/aws/detail/aws_time.h"
#include "lift/aws/detail/canonical_request.h"

namespace lift {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kEnd = "aws4_request";

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string payload_of(const ClientRequest& request, const SigningOptions& options) {
  return options.unsigned_payload ? "UNSIGNED-PAYLOAD" : hex_encode(sha256(request.body));
}

void set_headers(ClientRequest& request, const AwsCredentials& credentials,
                 const SigningOptions& options, std::string_view date, std::string_view payload) {
  request.headers.remove("authorization");
  request.headers.set("x-amz-date", date);
  request.headers.remove("x-amz-security-token");
  if (!credentials.session_token.empty())
    request.headers.set("x-amz-security-token", credentials.session_token);
  if (options.content_sha256) request.headers.set("x-amz-content-sha256", payload);
}

}  // namespace

Signer::Signer(SigningScope scope, SigningOptions options)
    : scope_(std::move(scope)), options_(options) {}

const Sha256& Signer::key_for(std::string_view date, const std::string& secret) {
  if (key_date_ == date && key_secret_ == secret) return key_;
  const Sha256 of_date = hmac_sha256(bytes_of("AWS4" + secret), date);
  const Sha256 of_region = hmac_sha256(of_date, scope_.region);
  const Sha256 of_service = hmac_sha256(of_region, scope_.service);
  key_ = hmac_sha256(of_service, kEnd);
  key_date_ = date;
  key_secret_ = secret;
  return key_;
}

Result<> Signer::sign(ClientRequest& request, const AwsCredentials& credentials, WallTime now) {
  if (request.producer && !options_.unsigned_payload)
    return fail("cannot_sign", "a body that is produced while it is sent has no digest to sign");
  const std::string time = detail::amz_date(now);
  const std::string_view date = std::string_view(time).substr(0, 8);
  const std::string payload = payload_of(request, options_);
  set_headers(request, credentials, options_, time, payload);
  const detail::CanonicalRequest canonical = detail::canonical_request(request, payload, options_);

  std::string scope(date);
  scope.append("/").append(scope_.region).append("/").append(scope_.service).append("/") += kEnd;
  std::string to_sign(kAlgorithm);
  to_sign.append("\n").append(time).append("\n").append(scope).append("\n") +=
      hex_encode(sha256(canonical.text));
  const Sha256& key = key_for(date, credentials.secret_access_key);

  std::string value(kAlgorithm);
  value.append(" Credential=").append(credentials.access_key_id).append("/").append(scope);
  value.append(", SignedHeaders=").append(canonical.signed_headers);
  value.append(", Signature=") += hex_encode(hmac_sha256(key, to_sign));
  request.headers.set("authorization", value);
  return {};
}

Result<> sign(ClientRequest& request, const AwsCredentials& credentials, const SigningScope& scope,
              WallTime now, SigningOptions options) {
  return Signer(scope, options).sign(request, credentials, now);
}

}  // namespace lift
