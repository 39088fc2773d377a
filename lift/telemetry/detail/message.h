#pragma once
// The text of a request's canonical line.
//
// Thread-safety: a pure function.
// Cost: a compare.

#include <string_view>

#include "lift/telemetry/request_view.h"

namespace lift::detail {

[[nodiscard]] inline std::string_view message_of(const RequestView& request) noexcept {
  if (!request.rejected_by.empty()) return "Request rejected";
  return request.failed ? "Request failed" : "Request completed";
}

}  // namespace lift::detail
