// An app for others to look at: prints where its management is and where it is, and ends with its
// input. With checks in every state, or, told `hang`, with twenty that never return, of which it
// says at the end how many were begun.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

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

constexpr int kHanging = 20;

void add_hanging(lift::App& app, std::atomic<int>& turns) {
  for (int i = 0; i < kHanging; ++i) {
    CheckOptions options = often("hangs-" + std::to_string(i));
    options.gates = lift::HealthGate::ready;
    add(app, options, [&turns]() -> CheckResult {
      ++turns;
      while (true) ::pause();
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool hang = argc > 1 && std::string_view(argv[1]) == "hang";
  lift::AppOptions options = lift::embedded_options();
  options.telemetry.resource.service = "payments";
  options.management = lift::ManagementOptions{.listen = {"127.0.0.1", 0, ""}};
  options.health->grace_period = 0s;
  std::atomic<int> turns{0};
  lift::App app(std::move(options));
  hang ? add_hanging(app, turns) : add_all(app, turns);
  if (!app.start()) return 1;
  std::printf("%s\n%s\n", app.management_address().c_str(), app.addresses().front().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  app.stop();
  if (hang) std::printf("%d runs were begun\n", turns.load());
  std::fflush(stdout);
  std::_Exit(0);  // what hangs would be left running in the ruins
}
