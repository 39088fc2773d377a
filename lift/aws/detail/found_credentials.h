#pragma once
// What all sources do with what they found: check it, and fetch it safely.
//
// Thread-safety: reentrant.
// Cost: small beside the requests.

#include <memory>
#include <string>
#include <string_view>

#include "lift/aws/credentials.h"
#include "lift/http/transport.h"

namespace lift::detail {

using SharedCredentials = std::shared_ptr<const AwsCredentials>;

/// Credentials whose parts can be sent in a header and that have not expired at `now`. Error:
/// `bad_credentials`.
[[nodiscard]] Result<SharedCredentials> checked(AwsCredentials found, WallTime now);

/// From the parts of an answer. Error: `bad_credentials`.
[[nodiscard]] Result<std::optional<WallTime>> parse_expiration(std::string_view text);

/// Reads the JSON of the container and instance endpoints: AccessKeyId, SecretAccessKey, Token,
/// Expiration, and Code, which must be Success where it is there. Error: `bad_credentials`.
[[nodiscard]] Result<SharedCredentials> from_metadata(std::string_view json, WallTime now);

/// Sends, with a deadline `timeout` from now and 64 KiB of answer at most. Error:
/// `credentials_unavailable`, with the host and the transport's code.
Task<Result<ClientResponse>> fetch(HttpTransport& transport, ClientRequest& request,
                                   Duration timeout);

/// `credentials_unavailable`, "<host> answered <status>".
[[nodiscard]] std::unexpected<Error> unexpected_status(const ClientRequest& request, int status);

}  // namespace lift::detail
