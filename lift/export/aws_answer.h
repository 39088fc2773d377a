#pragma once
// What becomes of a batch by the answer of an AWS service.
//
// Thread-safety: pure functions.
// Cost: a few searches, on failures only.

#include "lift/aws/aws_error.h"
#include "lift/export/batch_sender.h"
#include "lift/http/transport.h"

namespace lift {

/// The verdict on a whole call: repeated are 5xx, 429, throttling, and credentials or a clock that
/// were out of date; the rest is refused.
[[nodiscard]] SendResult judge_aws(const ClientResponse& response, WallTime now);

}  // namespace lift
