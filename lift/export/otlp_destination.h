#pragma once
// The destinations otlp.traces, otlp.logs and otlp.metrics: OTLP over HTTP to a collector, or to an
// endpoint of a cloud by way of a transport that signs.
//
// Repeated after 429, 502, 503 and 504 and after errors of the connection, as the protocol says;
// never after another status, nor for what a partial success rejects.
// Thread-safety: belongs to one loop, but for stats().
// Cost: encoding about 900 ns a span; one request a batch of up to 512 items.

#include <memory>

#include "lift/export/destination.h"
#include "lift/export/otlp_options.h"
#include "lift/http/transport.h"
#include "lift/telemetry/resource.h"

namespace lift {

/// `transport` must outlive it. Error `bad_configuration`.
[[nodiscard]] Result<std::unique_ptr<Destination>> make_otlp_destination(
    Signal signal, const OtlpDestinationOptions& options, const Resource& resource,
    HttpTransport& transport);

}  // namespace lift
