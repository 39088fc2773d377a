#pragma once
// Metrics as Prometheus reads them: its text format 0.0.4, OpenMetrics 1.0, and Protocol Buffers,
// which carry native histograms.
//
//   const PrometheusFormat format = prometheus_format(accept_header);
//   encode(format, registry.snapshot(now), resource, body);
//   respond(content_type(format), body);
//
// Names follow OpenTelemetry's mapping: `http.server.request.duration` in s is
// `http_server_request_duration_seconds`. The resource becomes `target_info`. Text that is not
// UTF-8 is repaired, as Prometheus refuses a whole scrape for one such value.
// Thread-safety: pure functions.
// Cost: about 0.1 µs a number and 2 µs a histogram's series; allocates.

#include <cstdint>
#include <string>
#include <string_view>

#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/resource.h"

namespace lift {

enum class PrometheusFormat : std::uint8_t {
  text,          ///< 0.0.4: no exemplars, no native histograms
  open_metrics,  ///< 1.0: exemplars, the time that a series began
  protobuf,      ///< io.prometheus.client.MetricFamily, each after its length: all of it
};

/// What an Accept header wants most, of equal ones what stands first; text where it wants nothing
/// that is known. An empty header wants text.
[[nodiscard]] PrometheusFormat prometheus_format(std::string_view accept) noexcept;
/// Prometheus 3 refuses a scrape without it.
[[nodiscard]] std::string_view content_type(PrometheusFormat format) noexcept;

/// Appends all families of a snapshot of MetricRegistry, which sees to it that no two have one
/// name.
void encode(PrometheusFormat format, const MetricSnapshot& snapshot, const Resource& resource,
            std::string& out);
void encode_prometheus_text(const MetricSnapshot& snapshot, const Resource& resource,
                            std::string& out);
void encode_openmetrics(const MetricSnapshot& snapshot, const Resource& resource, std::string& out);
void encode_prometheus_protobuf(const MetricSnapshot& snapshot, const Resource& resource,
                                std::string& out);

/// What a metric is called in Prometheus, with the unit and without `_total`, `_bucket` and the
/// like: "payments_created", "http_server_request_duration_seconds".
[[nodiscard]] std::string prometheus_name(std::string_view name, std::string_view unit,
                                          MetricKind kind);
/// What a label is called there: all but letters, digits and `_` becomes `_`.
[[nodiscard]] std::string prometheus_label(std::string_view name);

}  // namespace lift
