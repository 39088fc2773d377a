#pragma once
// The places where AWS credentials come from, one class each, and the usual chain of them.
//
// A source that nothing asks for answers `not_configured`. One that is asked for and fails answers
// `bad_credentials` (what it found is wrong), `credentials_unavailable` (it did not answer, or
// refused), or the error of the file that it reads. No message holds a secret or an answer's text.
// None keeps what it found: put CachedCredentials around.
// Thread-safety: each belongs to one loop; transport and environment must outlive it.
// Cost: a few requests or file reads a get().

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/aws/credentials.h"
#include "lift/aws/environment.h"
#include "lift/http/transport.h"

namespace lift {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION.
class EnvironmentCredentials final : public CredentialProvider {
 public:
  explicit EnvironmentCredentials(const AwsEnvironment& environment) : environment_(environment) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  const AwsEnvironment& environment_;
};

/// Asks STS for the role AWS_ROLE_ARN with the token in the file AWS_WEB_IDENTITY_TOKEN_FILE, which
/// is read anew each time (EKS). AWS_ROLE_SESSION_NAME names the session, else `lift-` and the
/// seconds since 1970. A request takes at most 10 s.
class WebIdentityCredentials final : public CredentialProvider {
 public:
  /// `region` is that of the STS to ask; empty means the global one.
  WebIdentityCredentials(HttpTransport& transport, const AwsEnvironment& environment,
                         std::string region)
      : transport_(transport), environment_(environment), region_(std::move(region)) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  Result<Url> endpoint() const;
  HttpTransport& transport_;
  const AwsEnvironment& environment_;
  std::string region_;
};

/// Keys of the profile in ~/.aws/credentials, else in ~/.aws/config. A profile that gets its keys
/// by role_arn, sso or credential_process is `bad_credentials`: none of these is supported.
class ProfileCredentials final : public CredentialProvider {
 public:
  explicit ProfileCredentials(const AwsEnvironment& environment) : environment_(environment) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  const AwsEnvironment& environment_;
};

/// The endpoint that ECS, EKS Pod Identity and Greengrass give a container, by
/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with the token of
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. Over http only
/// loopback, 169.254.170.2, 169.254.170.23 and fd00:ec2::23 are asked. A request takes at most 2 s.
class ContainerCredentials final : public CredentialProvider {
 public:
  ContainerCredentials(HttpTransport& transport, const AwsEnvironment& environment)
      : transport_(transport), environment_(environment) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  Task<Result<std::string>> token() const;
  HttpTransport& transport_;
  const AwsEnvironment& environment_;
};

/// The role of the EC2 instance, by version 2 of its metadata service only. Each of three requests
/// takes at most 1 s. AWS_EC2_METADATA_DISABLED=true turns it off;
/// AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or IPv6) say
/// where it is.
class InstanceCredentials final : public CredentialProvider {
 public:
  InstanceCredentials(HttpTransport& transport, const AwsEnvironment& environment)
      : transport_(transport), environment_(environment) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  Result<Url> base() const;
  Task<Result<std::string>> ask(std::string path, std::string method, std::string token) const;
  HttpTransport& transport_;
  const AwsEnvironment& environment_;
};

/// Asks sources in order. The first that does not say `not_configured` decides: a source that was
/// asked for and failed is not silently replaced by another identity. Error: `no_credentials`,
/// which names every source asked and why it gave none.
class CredentialChain final : public CredentialProvider {
 public:
  void add(std::string_view name, std::unique_ptr<CredentialProvider> source);
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  struct Source {
    std::string name;
    std::unique_ptr<CredentialProvider> provider;
  };
  std::vector<Source> sources_;
};

/// environment, web identity, profile, container, instance metadata: the order of botocore, but
/// for profiles that assume roles. `region` may be empty.
[[nodiscard]] std::unique_ptr<CredentialProvider> default_credentials(
    HttpTransport& transport, const AwsEnvironment& environment, std::string region);

}  // namespace lift
