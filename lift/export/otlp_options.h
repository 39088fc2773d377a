#pragma once
// How one signal reaches an OpenTelemetry collector, also as the environment tells it.
//
// Thread-safety: plain values.
// Cost: read once at start.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/base/error.h"
#include "lift/export/batch_sender.h"
#include "lift/telemetry/otlp.h"
#include "lift/telemetry/signal.h"

namespace lift {

struct OtlpDestinationOptions {
  /// Where this signal is posted: an http or https URL with its path, such as
  /// "http://localhost:4318/v1/traces".
  std::string endpoint;
  /// Sent with every request: keys of a vendor, `x-aws-log-group`.
  std::vector<std::pair<std::string, std::string>> headers;
  OtlpFormat format = OtlpFormat::protobuf;
  /// A tenth of the bytes or less, for some 3 µs of CPU a kilobyte.
  bool gzip = false;
  /// Bytes of one attribute's value before it is cut: 64 to 64 KiB.
  std::size_t value_cap = 8 * 1024;
  SenderOptions sender;

  [[nodiscard]] Problems validate() const;
};

/// The value of an environment variable; nothing if it is not set.
using ReadVariable = std::function<std::optional<std::string>(const std::string& name)>;

/// The options of a signal as OTEL_EXPORTER_OTLP_{ENDPOINT,HEADERS,PROTOCOL,COMPRESSION,TIMEOUT}
/// say, and OTEL_EXPORTER_OTLP_<SIGNAL>_… before them (OpenTelemetry's "OTLP exporter
/// configuration"). An empty variable counts as unset. Without any: localhost:4318, protobuf, no
/// compression, 10 s. Error `bad_configuration` names every variable that breaks a rule; the values
/// of headers are not shown.
[[nodiscard]] Result<OtlpDestinationOptions> otlp_from_environment(Signal signal,
                                                                   const ReadVariable& variable);

}  // namespace lift
