// tracestate, a field a line: what is handed on is at most 512 bytes, holds only what came in, and
// is handed on unchanged by the next.
#include <vector>

#include "fuzz/model_check.h"
#include "lift/base/ascii.h"
#include "lift/telemetry/propagation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lift::fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> fields;
  for (std::string_view rest = text; !rest.empty();) fields.push_back(lift::ascii::cut(rest, '\n'));
  lift::Arena arena;
  const auto read = lift::parse_tracestate(fields, arena);
  if (!read) return 0;
  require(read->size() <= lift::kMaxTraceState);
  for (std::string_view rest = *read; !rest.empty();) {
    const std::string_view member = lift::ascii::cut(rest, ',');
    require(!member.empty() && text.find(member) != std::string_view::npos);
  }
  const std::string_view once = *read;
  require(lift::parse_tracestate({&once, 1}, arena) == read);
  return 0;
}
