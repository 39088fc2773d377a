// What docs/telemetry-formats.md shows: one request told three ways.
#include <cstdlib>
#include <string>
#include <vector>

#include "lift/telemetry/log_line.h"
#include "lift/telemetry/otlp.h"
#include "lift/telemetry/xray_segment.h"

// [snippet]
struct Told {
  std::string line;                      // for stdout
  std::string trace_body;                // for a collector's /v1/traces
  std::vector<std::string> xray_bodies;  // for PutTraceSegments
};

Told tell(const lift::Resource& resource, const lift::RequestView& request) {
  Told told;
  lift::LogLineEncoder(resource).request(told.line, request);

  const lift::OtlpEncoder otlp(resource);
  std::string batch;  // of as many requests as there is room for
  otlp.spans(batch, request);
  otlp.trace_request(told.trace_body, batch);

  told.xray_bodies =
      lift::put_trace_segments(lift::XraySegmentEncoder(resource).documents(request));
  return told;
}
// [/snippet]

int main() {
  lift::RequestView request;
  request.method = "GET";
  request.operation = "/orders/{id}";
  request.status = 200;
  request.trace.bytes = {1};
  request.span.bytes = {2};
  request.kept = lift::Kept::head;
  const Told told = tell({.service = "orders"}, request);
  return told.line.contains(R"("operation":"/orders/{id}")") &&
                 told.trace_body.contains("GET /orders/{id}") && told.xray_bodies.size() == 1
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}
