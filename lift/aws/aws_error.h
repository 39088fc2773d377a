#pragma once
// What AWS services say when they do not do as asked, in JSON, XML and headers.
//
// Thread-safety: pure functions.
// Cost: a few searches, on failures only.

#include <string>
#include <string_view>

#include "lift/http/transport.h"

namespace lift {

/// The code of an error, without its namespace ("ThrottlingException"); "" if there is none. From
/// x-amzn-errortype, `__type` or `code` of a JSON body, or `<Code>` of an XML one.
[[nodiscard]] std::string aws_error_code(const ClientResponse& response);

/// Whether a code tells of a rate that was exceeded, as AWS's SDKs count them.
[[nodiscard]] bool is_aws_throttling(std::string_view code) noexcept;

}  // namespace lift
