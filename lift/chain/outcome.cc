#include "lift/chain/outcome.h"

#include <array>

namespace lift {

std::string_view to_string(OutcomeKind kind) noexcept {
  constexpr std::array<std::string_view, 8> kNames{
      "success",         "failure",  "overload", "timeout", "cancelled_by_caller",
      "cancelled_by_us", "rejected", "ignored"};
  return kNames[static_cast<std::size_t>(kind)];
}

OutcomeKind classify(const Evidence& evidence) noexcept {
  const int status = evidence.response.status;
  if (status < 400 && !evidence.threw) return OutcomeKind::success;
  if (status == 429) return OutcomeKind::overload;
  if (status == 503 && evidence.response.headers.contains("retry-after"))
    return OutcomeKind::overload;
  return status >= 500 || evidence.threw ? OutcomeKind::failure : OutcomeKind::ignored;
}

}  // namespace lift
