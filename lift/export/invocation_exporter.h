#pragma once
// Telemetry of a process that is frozen between its requests, as AWS Lambda freezes it: what a
// request recorded is rendered and written when the request ends, on its own thread.
//
//   InvocationExporter out(telemetry, {.metrics = EmfOptions{.metric_namespace = "Payments"}});
//   … handle one event …
//   out.finish();      // before the response is posted: afterwards nothing may run any more
//
// A request's line is at the same time the document that its metrics are taken from (EMF), so one
// write(2) an invocation tells everything. Nothing else exports while this does.
// Thread-safety: one invocation at a time.
// Cost: about 600 ns a request beside the write.

#include <memory>
#include <optional>
#include <string>

#include "lift/base/error.h"
#include "lift/export/exporter.h"
#include "lift/telemetry/emf.h"
#include "lift/telemetry/log_line.h"
#include "lift/telemetry/redaction.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

struct InvocationOptions {
  /// Requests' lines are EMF documents; absent: plain lines.
  std::optional<EmfOptions> metrics = EmfOptions{};
  LogLineOptions lines{};
  /// The most bytes that are shown of a body, whatever the layer allows.
  std::size_t max_body = 16'384;
  RedactorOptions redaction{};

  [[nodiscard]] Problems validate() const;
};

class InvocationExporter final : private RecordBuffer::Reader {
 public:
  /// Writes to `descriptor`, which stays open; 1 is what Lambda reads. Error `bad_configuration`.
  static Result<std::unique_ptr<InvocationExporter>> make(std::shared_ptr<Telemetry> telemetry,
                                                          const InvocationOptions& options,
                                                          int descriptor = 1);
  ~InvocationExporter() override;

  /// Renders what was recorded since the last call and writes it. What cannot be written is
  /// dropped and counted as `export_failed`.
  FlushReport finish();

 private:
  struct Rendering;
  explicit InvocationExporter(std::unique_ptr<Rendering> rendering);
  void request(const RequestRead& record) override;
  void line(const LineReadAlone& record) override;

  std::unique_ptr<Rendering> rendering_;
};

}  // namespace lift
