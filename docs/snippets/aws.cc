// What docs/aws.md shows: a request that is signed with the credentials of wherever it runs.
#include <cstdlib>
#include <string>

#include "lift/aws/cached_credentials.h"
#include "lift/aws/credential_sources.h"
#include "lift/aws/region.h"
#include "lift/aws/signed_transport.h"
#include "lift/testing/sim_world.h"

namespace {

// [snippet]
/// Sends one request to CloudWatch Logs over `network`, as whoever this process is for AWS.
lift::Task<lift::Result<lift::ClientResponse>> list_groups(
    lift::HttpTransport& network, const lift::AwsEnvironment& environment) {
  const auto region = lift::aws_region(environment);
  if (!region) co_return std::unexpected(region.error());
  auto url = lift::aws_endpoint(environment, lift::kAwsLogs, *region);
  if (!url) co_return std::unexpected(url.error());

  const auto source = lift::default_credentials(network, environment, *region);
  const auto credentials = lift::CachedCredentials::make(*source).value();
  lift::SigningScope scope{.region = *region, .service = std::string(lift::kAwsLogs.name)};
  lift::SignedTransport aws(network, *credentials, scope);

  lift::ClientRequest request("POST", *std::move(url));
  request.headers.set("content-type", "application/x-amz-json-1.1");
  request.headers.set("x-amz-target", "Logs_20140328.DescribeLogGroups");
  request.body = "{}";
  co_return co_await aws.send(request);
}
// [/snippet]

/// Accepts the one signature that botocore gives the same request.
class Service final : public lift::HttpTransport {
 public:
  lift::Task<lift::Result<lift::ClientResponse>> send(lift::ClientRequest& request) override {
    const std::string expected =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/logs/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
        "f8e77fb4bfe5f34eacbd2f1c07c78bacc5a9a736ddff7ecd33720cbbcc1f6c38";
    lift::ClientResponse response;
    response.status = request.headers.value("authorization") == expected ? 200 : 403;
    co_return response;
  }
};

std::optional<std::string> variable(const std::string& name) {
  if (name == "AWS_REGION") return "eu-west-1";
  if (name == "AWS_ACCESS_KEY_ID") return "AKIDEXAMPLE";
  if (name == "AWS_SECRET_ACCESS_KEY") return "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  return std::nullopt;
}

}  // namespace

int main() {
  lift::SimWorld world;  // 2026-01-01T00:16:40Z
  Service service;
  lift::AwsEnvironment environment = lift::AwsEnvironment::process();
  environment.variable = variable;
  auto sending = list_groups(service, environment);
  world.settle();
  if (!sending.done()) return EXIT_FAILURE;
  const auto response = sending.take();
  return response && response->status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}
