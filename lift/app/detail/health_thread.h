#pragma once
// The health of an app, on a thread of its own: no request waits for a check, and no busy loop
// holds one up.
//
// Thread-safety: used by the thread that starts and ends the app.
// Cost: a thread, asleep between checks.

#include <memory>
#include <optional>

#include "lift/base/error.h"
#include "lift/health/health.h"

namespace lift {

class LoopThread;
class Management;

class HealthThread {
 public:
  /// What is wrong with the options is added to `problems`; the defaults stand in then.
  HealthThread(const std::optional<HealthOptions>& options, std::shared_ptr<Telemetry> telemetry,
               Problems& problems);
  HealthThread(const HealthThread&) = delete;
  HealthThread& operator=(const HealthThread&) = delete;
  ~HealthThread();

  Result<> start();
  /// Not ready any more; the server's loops are asked no longer whether they turn.
  void drain() noexcept;
  /// Its four pages, for operators.
  void add_pages(Management& management);
  /// No check runs any more, but those that have hung for longer than it waits. Idempotent.
  void stop() noexcept;

  std::shared_ptr<Health> health;

 private:
  std::shared_ptr<Telemetry> telemetry_;
  std::unique_ptr<LoopThread> thread_;
};

}  // namespace lift
