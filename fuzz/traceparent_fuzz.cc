// traceparent: what is read is valid, and written back it means the same.
#include "fuzz/model_check.h"
#include "lift/telemetry/propagation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lift::fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = lift::parse_traceparent(text);
  if (!read) return 0;
  require(read->trace.valid() && read->span.valid() && read->state.empty());
  std::array<char, lift::kTraceparentSize> out;
  lift::write_traceparent(read->trace, read->span, read->sampled, read->random, out);
  const std::string_view written(out.data(), out.size());
  const auto again = lift::parse_traceparent(written);
  require(again && again->trace == read->trace && again->span == read->span);
  require(again->sampled == read->sampled && again->random == read->random);
  require(text.find(written.substr(3, 50)) != std::string_view::npos);
  return 0;
}
