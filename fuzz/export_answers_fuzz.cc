// What destinations read of others' making: Retry-After, error codes of AWS, addresses, headers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lift/export/aws_answer.h"
#include "lift/export/otlp_options.h"
#include "lift/export/xray_destination.h"
#include "lift/http/retry_after.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_environment(std::string_view text) {
  const lift::ReadVariable variable = [text](const std::string& name) {
    return name.ends_with("_HEADERS") ? std::optional(std::string(text)) : std::nullopt;
  };
  const auto options = lift::otlp_from_environment(lift::Signal::logs, variable);
  if (options) require(options->validate().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lift::WallTime now{std::chrono::hours(490'000)};
  const auto wait = lift::parse_retry_after(text, now);
  if (wait) require(*wait >= lift::Duration::zero() && *wait <= std::chrono::hours(24 * 3650));
  if (const auto address = lift::parse_daemon_address(text)) {
    require(address->port != 0 && !address->host.empty());
  }
  lift::ClientResponse response;
  response.status = 400;
  response.body = text;
  require(lift::aws_error_code(response).size() <= text.size());
  const lift::SendResult result = lift::judge_aws(response, now);
  require(result.kind != lift::SendResult::Kind::delivered);
  read_environment(text);
  return 0;
}
