#pragma once
// One place that telemetry goes to: a file, a collector, CloudWatch, X-Ray.
//
// The exporter's loop hands every request, log line and periodic snapshot to each destination,
// which encodes what it wants of them at once, into its own bounded queue, and sends it by a task
// of its own. Nothing here ever waits for the network.
// Thread-safety: belongs to the exporter's loop, but for stats().
// Cost: see each destination.

#include <cstdint>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/task.h"
#include "lift/export/delivery_ledger.h"
#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/signal.h"

namespace lift {

class Destination {
 public:
  virtual ~Destination();
  /// "stdout", "otlp.traces", "cloudwatch.logs": in `telemetry_dropped_total` and messages.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual Signal signal() const noexcept = 0;

  virtual void request(const RequestView&) {}
  /// A line on its own: from outside of requests (`within` is null), or from a request that had
  /// more to say than it may keep, of which only names and ids are known. Lines within a request
  /// come with it.
  virtual void log(const LogView&, const RequestView* within) { (void)within; }
  virtual void metrics(const MetricSnapshot&) {}

  /// Starts sending; called once, on the loop. The task ends at stop().
  virtual Task<void> run() = 0;
  /// Sends what is queued without waiting for a batch to fill; finishes when all that was queued
  /// when it was called is delivered or dropped, or at `deadline`.
  virtual Task<void> flush(Instant deadline) = 0;
  /// Reopens files (SIGHUP).
  virtual void reopen() {}
  virtual void stop() noexcept = 0;
  [[nodiscard]] virtual DestinationStats stats() const noexcept = 0;
  /// What was wrong with its last attempt that failed, "" while all is well.
  [[nodiscard]] virtual std::string_view problem() const noexcept { return ""; }
};

}  // namespace lift
