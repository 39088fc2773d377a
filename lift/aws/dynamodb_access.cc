#include "lift/aws/dynamodb_access.h"

#include <utility>

#include "lift/aws/cached_credentials.h"
#include "lift/aws/credential_sources.h"
#include "lift/aws/region.h"
#include "lift/aws/signed_transport.h"
#include "lift/net/http_client.h"

namespace lift {
namespace {

Result<Url> endpoint_of(const AwsEnvironment& environment, const DynamoDbAccessOptions& options,
                        const std::string& region) {
  // Asked first, as it says what is wrong with a region.
  Result<Url> url = aws_endpoint(environment, kAwsDynamoDb, region);
  if (options.endpoint.empty()) return url;
  if (!url && url.error().code == "bad_region") return url;
  url = Url::parse(options.endpoint);
  if (!url) return fail("bad_url", "the endpoint of DynamoDB: " + url.error().message);
  return url;
}

}  // namespace

struct DynamoDbAccess::Parts {
  Parts(Loop& loop, AwsEnvironment given, std::string signed_for)
      : environment(std::move(given)),
        region(std::move(signed_for)),
        network(loop),
        source(default_credentials(network, environment, region)),
        credentials(CachedCredentials::make(*source).value()),
        transport(network, *credentials,
                  SigningScope{.region = region, .service = std::string(kAwsDynamoDb.name)}) {}

  AwsEnvironment environment;
  std::string region;
  HttpClient network;
  std::unique_ptr<CredentialProvider> source;
  std::unique_ptr<CachedCredentials> credentials;
  SignedTransport transport;
  std::unique_ptr<DynamoDb> db;
};

DynamoDbAccess::DynamoDbAccess(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
DynamoDbAccess::~DynamoDbAccess() = default;
DynamoDb& DynamoDbAccess::db() noexcept { return *parts_->db; }
const std::string& DynamoDbAccess::region() const noexcept { return parts_->region; }

Result<std::unique_ptr<DynamoDbAccess>> DynamoDbAccess::make(Loop& loop, AwsEnvironment environment,
                                                             DynamoDbAccessOptions options) {
  if (auto valid = options.client.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  const Result<std::string> region =
      options.region.empty() ? aws_region(environment) : Result<std::string>(options.region);
  if (!region) return std::unexpected(region.error());
  Result<Url> url = endpoint_of(environment, options, *region);
  if (!url) return std::unexpected(std::move(url.error()));
  auto parts = std::make_unique<Parts>(loop, std::move(environment), *region);
  parts->db = std::make_unique<DynamoDb>(parts->transport, *std::move(url), options.client);
  return std::unique_ptr<DynamoDbAccess>(new DynamoDbAccess(std::move(parts)));
}

}  // namespace lift
