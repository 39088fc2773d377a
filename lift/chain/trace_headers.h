#pragma once
// Carries a request's trace on to the services it calls: the outgoing half of propagation.
//
//   ClientRequest call("POST", url);
//   inject(ctx.trace(), call.headers);
//
// Thread-safety: pure functions.
// Cost: about 50 ns; no allocation where the headers have room.

#include <cstdint>

#include "lift/http/headers.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

/// Whether X-Ray's header is written beside W3C's.
enum class XrayHeader : std::uint8_t { omit, write };

/// Sets `traceparent`, and `tracestate` if the trace has one, in place of any that are there; with
/// `write` also `X-Amzn-Trace-Id`, for callees that know only X-Ray. Headers of a trace that is not
/// valid are taken away, so that those of a caller are never handed on by accident.
void inject(const TraceContext& trace, Headers& headers, XrayHeader xray = XrayHeader::omit);

}  // namespace lift
