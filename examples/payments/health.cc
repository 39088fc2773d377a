#include "health.h"

#include <functional>
#include <utility>

#include "lift/app/service_checks.h"
#include "lift/app/system_checks.h"
#include "lift/health/health.h"

namespace payments {
namespace {

using lift::Check;
using lift::HealthGate;
using lift::Result;

Check database_check(std::shared_ptr<Store> store) {
  std::function<Result<>()> ping = [store = std::move(store)] { return store->ping(); };
  return lift::blocking_check({.name = "database",
                               .type = "datastore",
                               .gates = HealthGate::ready,
                               .interval = std::chrono::seconds(10)},
                              std::move(ping));
}

}  // namespace

Result<> add_checks(lift::App& app, std::shared_ptr<Store> store,
                    const std::filesystem::path& database) {
  const auto folder = std::filesystem::absolute(database).parent_path();
  Result<Check> all[] = {
      database_check(std::move(store)),
      lift::disk_check({.name = "disk", .type = "system"}, folder),
      lift::memory_check({.name = "memory", .type = "system"}),
      lift::workers_check(app, {.name = "workers", .required = false}),
      lift::telemetry_check(app),
  };
  for (Result<Check>& check : all) {
    if (!check) return std::unexpected(std::move(check.error()));
    if (auto added = app.health().add(std::move(*check)); !added) return added;
  }
  return {};
}

}  // namespace payments
