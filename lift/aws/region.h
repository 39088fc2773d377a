#pragma once
// Which region's services are meant, and where they are.
//
// Thread-safety: reentrant.
// Cost: region may read a file and blocks, so it is for the start.

#include <string>
#include <string_view>

#include "lift/aws/environment.h"
#include "lift/base/error.h"
#include "lift/http/transport.h"

namespace lift {

/// AWS_REGION, else AWS_DEFAULT_REGION, else `region` of the profile that AWS_PROFILE names (in
/// the config file). Errors: `no_region` when none is set, `bad_region` for what cannot be one,
/// and those of the config file.
[[nodiscard]] Result<std::string> aws_region(const AwsEnvironment& environment);

/// A service that Lift speaks to.
struct AwsService {
  std::string_view name;      ///< in its host name and in signatures: "logs"
  std::string_view variable;  ///< end of its endpoint variable: "CLOUDWATCH_LOGS"
};
inline constexpr AwsService kAwsLogs{.name = "logs", .variable = "CLOUDWATCH_LOGS"};
inline constexpr AwsService kAwsMetrics{.name = "monitoring", .variable = "CLOUDWATCH"};
inline constexpr AwsService kAwsXRay{.name = "xray", .variable = "XRAY"};
inline constexpr AwsService kAwsDynamoDb{.name = "dynamodb", .variable = "DYNAMODB"};
inline constexpr AwsService kAwsSts{.name = "sts", .variable = "STS"};

/// `https://logs.eu-west-1.amazonaws.com/`; in China and the isolated partitions with their own
/// domains. AWS_ENDPOINT_URL_<VARIABLE>, else AWS_ENDPOINT_URL, replaces it. Errors: `bad_region`,
/// `bad_url` with the variable's name.
[[nodiscard]] Result<Url> aws_endpoint(const AwsEnvironment& environment, AwsService service,
                                       std::string_view region);

}  // namespace lift
