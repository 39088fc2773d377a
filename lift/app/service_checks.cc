#include "lift/app/service_checks.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "lift/app/app.h"
#include "lift/base/callback.h"
#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/health/health.h"

namespace lift {
namespace {

std::string in_ns(Duration time) { return std::to_string(time.count()) + "ns"; }

CheckResult judge(Duration delay, const DelayLimits& limits, std::string_view code) {
  const double ms = std::chrono::duration<double, std::milli>(delay).count();
  const std::string name(code);
  if (delay >= limits.fail) return CheckResult::fail(name).measured(ms, "ms");
  if (delay >= limits.warn) return CheckResult::warn(name).measured(ms, "ms");
  return CheckResult::pass().measured(ms, "ms");
}

Result<> valid(const CheckOptions& options, const DelayLimits& limits) {
  Problems problems = options.validate();
  problems.add_all("limits", limits.validate());
  return problems.as_result();
}

Task<CheckResult> ask_loops(Heartbeats& loops, DelayLimits limits) {
  Loop& loop = Loop::current();
  loops.look(loop.clock().now());
  // Whoever has not answered by then is late already.
  co_await sleep(std::max<Duration>(limits.warn, std::chrono::milliseconds(1)));
  const Duration delay = std::max(loops.lag(), loops.silence(loop.clock().now()));
  CheckResult result = judge(delay, limits, "loop_lag");
  co_return result;
}

/// Tells when a worker has come to it.
struct Errand final : Job {
  explicit Errand(Callback<bool> its_done) : done(std::move(its_done)) {}
  void run() noexcept override {
    const std::unique_ptr<Errand> self(this);
    done(true);
  }
  Callback<bool> done;
};

void send_errand(Workers& workers, Callback<bool> done) {
  auto errand = std::make_unique<Errand>(std::move(done));
  if (workers.submit(*errand)) {
    static_cast<void>(errand.release());  // run() deletes it
  } else {
    errand->done(false);
  }
}

Task<CheckResult> ask_workers(Workers& workers, DelayLimits limits) {
  const Clock& clock = Loop::current().clock();
  const Instant sent = clock.now();
  const auto start = [&workers](Callback<bool> done) { send_errand(workers, std::move(done)); };
  auto waiting = from_callback<bool>(start);
  const bool came = co_await waiting;
  CheckResult result =
      came ? judge(clock.now() - sent, limits, "workers_busy") : CheckResult::fail("workers_full");
  co_return result;
}

CheckResult judge_telemetry(const App& app) {
  std::string failing;
  for (const Exporter::Health& one : app.telemetry_health()) {
    if (one.problem.empty()) continue;
    failing += failing.empty() ? "" : "; ";
    failing += one.destination + ": " + one.problem;
  }
  if (failing.empty()) return CheckResult::pass();
  return CheckResult::warn("destination_failing", std::move(failing));
}

}  // namespace

Problems DelayLimits::validate() const {
  Problems problems;
  if (warn <= Duration::zero() || warn > fail) {
    problems.add("warn", in_ns(warn), "must be above 0 and at most `fail`");
  }
  if (fail > std::chrono::minutes(10)) problems.add("fail", in_ns(fail), "must be 10 min at most");
  return problems;
}

Result<Check> loop_check(App& app, CheckOptions options, DelayLimits limits) {
  if (auto ok = valid(options, limits); !ok) return std::unexpected(ok.error());
  return async_check(std::move(options), [&loops = app.health().heartbeats(), limits] {
    return ask_loops(loops, limits);
  });
}

Result<Check> workers_check(App& app, CheckOptions options, DelayLimits limits) {
  if (auto ok = valid(options, limits); !ok) return std::unexpected(ok.error());
  return async_check(std::move(options),
                     [&app, limits] { return ask_workers(app.workers(), limits); });
}

Check telemetry_check(App& app, CheckOptions options) {
  options.gates = HealthGate::none;
  options.required = false;
  return blocking_check(std::move(options), [&app] { return judge_telemetry(app); });
}

}  // namespace lift
