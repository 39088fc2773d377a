#pragma once
// All that a service tells of itself, in one place: its metrics, its records of requests and lines,
// its log levels, and who it is. Layers and programs write into it, an exporter reads it.
//
// Thread-safety: everything from any thread unless it says otherwise.
// Cost: see its parts.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/telemetry/armed_tenants.h"
#include "lift/telemetry/log.h"
#include "lift/telemetry/log_levels.h"
#include "lift/telemetry/metrics.h"
#include "lift/telemetry/record_buffer.h"
#include "lift/telemetry/resource.h"

namespace lift {

struct TelemetryOptions {
  Resource resource;
  /// From which level on lines are heard: "info", or by module as well, "info,ledger=debug".
  std::string levels = "info";
  RecordBufferOptions buffer;

  [[nodiscard]] Problems validate() const;
};

/// What wants to be done now and then, away from requests, and to see every record on its way out.
class TelemetryUpkeep {
 public:
  virtual ~TelemetryUpkeep() = default;
  /// Every few seconds, on the exporter's thread.
  virtual void upkeep(Instant now) = 0;
  /// Every request, before it is exported. `ended` is its end on the calendar.
  virtual void exporting(const RequestRead& record, WallTime ended) = 0;
  /// Around fork(2): holds the locks that requests take, and gives them back, in the child too.
  virtual void before_fork() {}
  virtual void after_fork() {}
};

class Telemetry {
 public:
  /// `clock` outlives it.
  Telemetry(const TelemetryOptions& options, const Clock& clock);
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
  ~Telemetry() = default;

  [[nodiscard]] MetricRegistry& metrics() noexcept { return metrics_; }
  [[nodiscard]] RecordBuffer& records() noexcept { return records_; }
  [[nodiscard]] LogLevels& levels() noexcept { return levels_; }
  [[nodiscard]] ArmedTenants& armed() noexcept { return armed_; }
  [[nodiscard]] const Resource& resource() const noexcept { return resource_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

  /// A log outside of requests, under a module's name.
  [[nodiscard]] Log log(std::string_view module) {
    return {records_, clock_, levels_.module(module)};
  }

  /// The calendar's time of a moment, as of the last synchronise(): both time lines are read
  /// together now and then, so that nobody else has to read the calendar.
  [[nodiscard]] WallTime wall(Instant at) const noexcept {
    return WallTime(at.time_since_epoch() + Duration(offset_.load(std::memory_order_relaxed)));
  }
  void synchronise() noexcept;

  /// Around fork(2), as its parts want it; the child begins with nothing counted or recorded, and
  /// keeps up nothing that served the parent's requests: a thread may have been at it.
  void before_fork();
  void after_fork();
  void reset_after_fork();

  /// Adds what lives as long as the telemetry and is kept up by the exporter.
  void keep_up(std::shared_ptr<TelemetryUpkeep> part);
  [[nodiscard]] std::vector<std::shared_ptr<TelemetryUpkeep>> parts() const;

 private:
  const Resource resource_;
  const Clock& clock_;
  std::atomic<std::int64_t> offset_{0};
  LogLevels levels_;
  ArmedTenants armed_;
  RecordBuffer records_;
  MetricRegistry metrics_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<TelemetryUpkeep>> parts_;
};

}  // namespace lift
