// Which of Prometheus's formats an Accept header wants: one that is not named is never chosen, one
// that is wanted fully and first always is, and one that is not wanted changes nothing.
#include <string>

#include "fuzz/model_check.h"
#include "lift/telemetry/prometheus.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using enum lift::PrometheusFormat;
  using lift::fuzz::require;
  const std::string accept(reinterpret_cast<const char*>(data), size);
  const lift::PrometheusFormat format = lift::prometheus_format(accept);
  require(format != protobuf || accept.contains("io.prometheus.client.MetricFamily"));
  require(lift::prometheus_format("application/openmetrics-text;q=0.000," + accept) == format);
  require(lift::prometheus_format("application/openmetrics-text," + accept) == open_metrics);
  return 0;
}
