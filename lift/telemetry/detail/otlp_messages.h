#pragma once
// OTLP's messages, for both emitters.
//
// Thread-safety: pure functions.
// Cost: see lift/telemetry/otlp.h.

#include <cstddef>

#include "lift/telemetry/detail/otlp_attributes.h"
#include "lift/telemetry/detail/otlp_emitter.h"
#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/resource.h"

namespace lift::detail {

/// Field number of the items in ScopeSpans, ScopeLogs and ScopeMetrics.
inline constexpr int kOtlpItems = 2;

[[nodiscard]] inline std::uint64_t unix_nanos(WallTime time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

/// The members of a message Resource.
template <class Emitter>
void emit_resource(Emitter& out, const Resource& resource, std::size_t value_cap);
/// Spans and log records as items; return how many.
template <class Emitter>
std::size_t emit_spans(Emitter& out, const RequestView& request, std::size_t value_cap);
template <class Emitter>
std::size_t emit_logs(Emitter& out, const RequestView& request, std::size_t value_cap);
template <class Emitter>
void emit_log(Emitter& out, const LogView& line, std::size_t value_cap);
/// Metrics as items; returns how many points they have.
template <class Emitter>
std::size_t emit_metrics(Emitter& out, const MetricSnapshot& snapshot);

/// What a server span and a canonical line say of a request, by OpenTelemetry's semantic
/// conventions for HTTP.
template <class Emitter>
void add_request(OtlpAttributes<Emitter>& out, const RequestView& request);

}  // namespace lift::detail
