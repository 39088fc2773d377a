// X-Amzn-Trace-Id: what is read is valid, and written back it means the same.
#include "fuzz/model_check.h"
#include "lift/telemetry/propagation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lift::fuzz::require;
  const auto read = lift::parse_xray({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  require(read->trace.valid());
  std::array<char, lift::kXraySize> out;
  const auto again =
      lift::parse_xray(lift::write_xray(read->trace, read->parent, read->sampled, out));
  require(again && again->trace == read->trace);
  require(again->parent == read->parent && again->sampled == read->sampled);
  return 0;
}
