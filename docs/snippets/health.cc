// What docs/health.md shows: a service with a database that it needs and a ledger that it can do
// without.
#include <cstdlib>

#include "lift/app/app.h"
#include "lift/app/http_check.h"
#include "lift/app/system_checks.h"
#include "lift/health/health.h"

struct Database {
  [[nodiscard]] lift::Result<> ping() const { return {}; }
};

// [snippet]
lift::Result<> add_checks(lift::App& app, std::shared_ptr<Database> database) {
  using namespace std::chrono_literals;
  std::function<lift::Result<>()> ping = [database] { return database->ping(); };
  lift::Result<lift::Check> checks[] = {
      lift::blocking_check({.name = "database", .gates = lift::HealthGate::ready}, ping),
      lift::http_check({.name = "ledger", .required = false, .interval = 10s, .timeout = 2s},
                       {.url = "http://127.0.0.1:9/ready"}),
      lift::memory_check({.name = "memory"}, {.warn = 0.8, .fail = 0.95}),
  };
  for (auto& check : checks) {
    if (!check) return std::unexpected(check.error());
    if (auto added = app.health().add(std::move(*check)); !added) return added;
  }
  app.health().on_transition([](const lift::HealthTransition& change) {
    if (change.to == lift::HealthStatus::fail) { /* page somebody */
    }
  });
  return {};
}
// [/snippet]

int main() {
  lift::App app(lift::embedded_options());
  if (!add_checks(app, std::make_shared<Database>()) || !app.start()) return EXIT_FAILURE;
  const auto now = app.telemetry().clock().now();
  const bool held = app.health().maintenance("a drill", std::chrono::minutes(1)).has_value();
  return held && !app.health().readiness(now).ready() ? EXIT_SUCCESS : EXIT_FAILURE;
}
