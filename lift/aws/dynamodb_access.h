#pragma once
// A DynamoDb with all that it stands on: an HTTP client, this process's credentials, signatures.
//
//   auto access = DynamoDbAccess::make(loop, AwsEnvironment::process(), {.region = "eu-west-1"});
//   if (!access) return access.error();
//   Result<GotItem> got = co_await (*access)->db().get_item(request);
//
// Thread-safety: belongs to one loop: it is made, used and destroyed there; make one a loop.
// Cost: a connection for each call that runs at a time; see DynamoDb.

#include <memory>
#include <string>

#include "lift/aws/dynamodb.h"
#include "lift/aws/environment.h"
#include "lift/base/error.h"
#include "lift/base/loop.h"

namespace lift {

struct DynamoDbAccessOptions {
  /// Where the engine is, such as http://127.0.0.1:8000; empty: AWS_ENDPOINT_URL_DYNAMODB, else
  /// AWS_ENDPOINT_URL, else the region's own.
  std::string endpoint = {};
  /// Empty: AWS_REGION and what else aws_region() asks, which may block on a file.
  std::string region = {};
  DynamoDbOptions client = {};
};

class DynamoDbAccess {
 public:
  /// Asks nobody for anything yet: credentials are fetched by the first call. Errors: `bad_url`,
  /// `no_region`, `bad_region`, `bad_configuration`, and those of the config file.
  static Result<std::unique_ptr<DynamoDbAccess>> make(Loop& loop, AwsEnvironment environment,
                                                      DynamoDbAccessOptions options = {});
  DynamoDbAccess(const DynamoDbAccess&) = delete;
  DynamoDbAccess& operator=(const DynamoDbAccess&) = delete;
  ~DynamoDbAccess();

  [[nodiscard]] DynamoDb& db() noexcept;
  [[nodiscard]] const std::string& region() const noexcept;

 private:
  struct Parts;
  explicit DynamoDbAccess(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

}  // namespace lift
