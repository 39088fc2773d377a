#include "lift/chain/trace_headers.h"

#include <array>
#include <string_view>

#include "lift/telemetry/propagation.h"

namespace lift {

void inject(const TraceContext& trace, Headers& headers, XrayHeader xray) {
  headers.remove(kTraceparentHeader);
  headers.remove(kTracestateHeader);
  headers.remove(kXrayHeader);
  if (!trace.valid() || !trace.span.valid()) return;
  std::array<char, kTraceparentSize> parent{};
  write_traceparent(trace.trace, trace.span, trace.sampled, trace.random, parent);
  headers.add(kTraceparentHeader, std::string_view(parent.data(), parent.size()));
  if (!trace.state.empty()) headers.add(kTracestateHeader, trace.state);
  if (xray == XrayHeader::omit) return;
  std::array<char, kXraySize> written{};
  const Sampled sampled = trace.sampled ? Sampled::yes : Sampled::no;
  headers.add(kXrayHeader, write_xray(trace.trace, trace.span, sampled, written));
}

}  // namespace lift
