// A collector's answer: whatever it sends, what is read of it stays within its bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lift/base/utf8.h"
#include "lift/telemetry/otlp_response.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto success = lift::parse_otlp_response(body);
  if (!success) return 0;
  if (success->rejected > INT64_MAX || success->message.size() > 1024) std::abort();
  if (!lift::is_utf8(success->message)) std::abort();
  return 0;
}
