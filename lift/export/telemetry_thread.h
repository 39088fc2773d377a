#pragma once
// Exports a service's telemetry on a thread of its own, from its start to its last line.
//
// In the child of a fork a new thread begins with the child's first record; what the parent had
// recorded is the parent's.
// Thread-safety: every function from any thread but the exporter's own; start() once and first.
// Cost: a thread and what its destinations hold; asleep when idle.

#include <memory>
#include <mutex>
#include <vector>

#include "lift/base/at_fork.h"
#include "lift/base/error.h"
#include "lift/export/export_options.h"
#include "lift/export/exporter.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

class TelemetryThread final : private AtFork {
 public:
  TelemetryThread(std::shared_ptr<Telemetry> telemetry, ExportOptions options);
  /// stop().
  ~TelemetryThread() override;

  /// Opens every destination. Errors: `bad_configuration`, or why a destination cannot be had.
  Result<> start();
  /// Waits until all that was recorded before is delivered or dropped, `within` at most.
  FlushReport flush(Duration within);
  /// Makes destinations open their files anew.
  void reopen();
  [[nodiscard]] std::vector<Exporter::Health> health();
  /// Flushes, says in a last line what was lost, and ends. What is still pending then is dropped.
  /// Idempotent.
  FlushReport stop();

 private:
  struct Running;
  void before_fork() noexcept override;
  void after_fork_in_parent() noexcept override;
  void after_fork_in_child() noexcept override;
  void begin_in_child() noexcept;

  const std::shared_ptr<Telemetry> telemetry_;
  const ExportOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Running> running_;
};

}  // namespace lift
