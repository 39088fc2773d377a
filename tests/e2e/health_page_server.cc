// An app in every state of health, for a browser to look at: prints where, and ends with its input.
#include <atomic>
#include <cstdio>

#include "lift/app/app.h"
#include "lift/health/health.h"

namespace {

using lift::CheckOptions;
using lift::CheckResult;
using namespace std::chrono_literals;

CheckOptions often(std::string name) {
  return {.name = std::move(name),
          .interval = 100ms,
          .recovery_time = 100ms,
          .max_recovery_time = 100ms};
}

void add(lift::App& app, CheckOptions options, std::function<CheckResult()> run) {
  if (auto added = app.health().add(lift::blocking_check(std::move(options), std::move(run)));
      !added) {
    std::fprintf(stderr, "%s\n", added.error().message.c_str());
  }
}

void add_all(lift::App& app, std::atomic<int>& turns) {
  CheckOptions database = often("database");
  database.gates = lift::HealthGate::ready;
  add(app, database, [] { return CheckResult::pass(); });
  add(app, often("disk"), [] { return CheckResult::warn("disk_full").measured(0.91, "1"); });
  CheckOptions ledger = often("ledger");
  ledger.required = false;
  add(app, ledger, [] {
    return CheckResult::fail("connect_failed", "ledger <internal> & co: connection refused");
  });
  CheckOptions cache = often("cache");
  cache.required = false;
  add(app, cache, [&turns] {
    return turns.fetch_add(1) % 2 == 0 ? CheckResult::pass() : CheckResult::fail("no_answer");
  });
  CheckOptions hourly = often("archive");
  hourly.required = false;
  hourly.interval = 1h;
  add(app, hourly, [] { return CheckResult::fail("not_yet"); });
}

}  // namespace

int main() {
  lift::AppOptions options = lift::embedded_options();
  options.telemetry.resource.service = "payments";
  options.management = lift::ManagementOptions{.listen = {"127.0.0.1", 0, ""}};
  options.health->grace_period = 0s;
  std::atomic<int> turns{0};
  lift::App app(std::move(options));
  add_all(app, turns);
  if (!app.start()) return 1;
  std::printf("%s\n", app.management_address().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
