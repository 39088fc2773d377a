#pragma once
// OpenTelemetry's protocol (OTLP 1.x): what is posted to a collector's /v1/traces, /v1/logs and
// /v1/metrics. docs/telemetry-formats.md tells what becomes what.
//
//   OtlpEncoder otlp(resource, {.format = OtlpFormat::protobuf});
//   items += otlp.spans(batch, request);       // as often as there is room
//   otlp.trace_request(body, batch);           // a whole ExportTraceServiceRequest
//
// A batch is a string of encoded spans, or of encoded log records, and is only ever appended to.
// Texts that are not UTF-8 are repaired, for a collector refuses a whole request over one of them.
// Thread-safety: immutable.
// Cost: about 900 ns a request's span; a batch is copied once into its request.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/resource.h"

namespace lift {

enum class OtlpFormat : std::uint8_t {
  protobuf,  ///< content-type application/x-protobuf
  json,      ///< application/json
};

struct OtlpOptions {
  OtlpFormat format = OtlpFormat::protobuf;
  /// Bytes of an attribute's value, or a log record's body, before it is cut: 64 to 64 KiB.
  std::size_t value_cap = 8 * 1024;

  [[nodiscard]] Problems validate() const;
};

class OtlpEncoder {
 public:
  explicit OtlpEncoder(const Resource& resource, const OtlpOptions& options = {});

  [[nodiscard]] std::string_view content_type() const noexcept;

  /// Appends the request's server span and the spans within it; none if its trace is not kept.
  /// Returns how many.
  std::size_t spans(std::string& batch, const RequestView& request) const;
  /// Appends the request's canonical line, if it was not sampled away, and what was logged within
  /// it. Returns how many.
  std::size_t logs(std::string& batch, const RequestView& request) const;
  /// Appends a line from outside of requests. Returns 1.
  std::size_t logs(std::string& batch, const LogView& line) const;

  /// Appends a whole ExportTraceServiceRequest of the spans of a batch.
  void trace_request(std::string& out, std::string_view batch) const;
  /// Appends a whole ExportLogsServiceRequest of the records of a batch.
  void log_request(std::string& out, std::string_view batch) const;
  /// Appends a whole ExportMetricsServiceRequest. Returns how many points it holds.
  std::size_t metric_request(std::string& out, const MetricSnapshot& snapshot) const;

 private:
  /// A request around a batch: `kind` is "Spans", "LogRecords" …; all kinds have the same shape.
  void wrap(std::string& out, std::string_view kind, std::string_view items,
            std::string_view batch) const;

  OtlpOptions options_;
  std::string resource_;  // the message Resource, without field number or name
  std::string scope_;     // the message InstrumentationScope, likewise
};

}  // namespace lift
