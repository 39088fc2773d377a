// Timeout headers: what is read lies between nothing and ten years, and is what the digits say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lift/resilience/timeout_header.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_sane(std::optional<lift::Duration> time) {
  if (time) require(*time >= lift::Duration::zero() && *time <= lift::kLongestTimeout);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require_sane(lift::parse_grpc_timeout(text));
  const auto time = lift::parse_timeout_ms(text);
  require_sane(time);
  if (!time) return 0;
  // Written back without leading zeros it means the same.
  const auto count = *time / std::chrono::milliseconds(1);
  require(lift::parse_timeout_ms(std::to_string(count)) == time);
  if (count < 100'000'000) require(lift::parse_grpc_timeout(std::to_string(count) + "m") == time);
  return 0;
}
