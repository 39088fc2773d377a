#pragma once
// What an App is made of while it runs; private to lift/app.
//
// Thread-safety: wired by one thread; what Service, AppState and FailureLog ask for is read by
// loops.
// Cost: see App.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/app/app.h"
#include "lift/app/detail/health_thread.h"
#include "lift/app/management.h"
#include "lift/app/routes.h"
#include "lift/app/self_metrics.h"
#include "lift/export/telemetry_thread.h"
#include "lift/net/server.h"
#include "lift/observe/observe.h"
#include "lift/ratelimit/rate_limit.h"

namespace lift {

class App::Wiring final : public Service, private AppState, private FailureLog {
 public:
  explicit Wiring(AppOptions given);
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;
  ~Wiring() override;

  /// Layers and chains from what was declared, once. All problems, the command line's included.
  Result<> build();
  Result<> start();
  void run_stop_hooks();
  /// Ends the listeners and, last of all, tells what is still to be told.
  void end();

  // Service
  [[nodiscard]] const Chain& route(Context& ctx) noexcept override { return routes.find(ctx); }
  [[nodiscard]] Response refuse(Loop& loop, const HttpError& error) noexcept override;
  [[nodiscard]] AppState* state() noexcept override { return this; }
  void started(Loop& loop, TaskScope& scope) noexcept override;
  void draining() noexcept override;
  void task_failed(std::exception_ptr error) noexcept override;

  AppOptions options;
  Problems problems;
  SystemClock clock;
  std::shared_ptr<Telemetry> telemetry;
  HealthThread health;
  Routes routes;
  std::deque<Group> groups;
  std::shared_ptr<Observe> observe;
  std::shared_ptr<Edge> edge;  // the default layers, null where they are off
  std::shared_ptr<Identify> identify;
  std::shared_ptr<Deadline> deadline;
  std::shared_ptr<LoadShedLayer> load_shed;
  std::shared_ptr<RateLimit> rate_limit;
  std::shared_ptr<BulkheadLayer> bulkhead;
  std::shared_ptr<CircuitBreakerLayer> circuit_breaker;
  std::vector<AnyLayer> layers;
  std::vector<std::pair<const void*, std::shared_ptr<void>>> states;
  std::vector<std::function<Result<>()>> start_hooks;
  std::vector<std::function<void()>> ready_hooks;
  std::vector<std::function<void()>> stop_hooks;
  std::vector<std::function<Task<void>(StopToken)>> jobs;
  std::function<void(const Context&, std::string_view)> on_failure;
  ChainCounters counters;
  std::optional<Server> server;
  std::optional<SelfMetrics> self_metrics;
  std::optional<Management> management;
  std::optional<TelemetryThread> exporter;

 private:
  [[nodiscard]] void* find(const void* key) const noexcept override;
  void failed(const Context& ctx, std::string_view cause) noexcept override;
  template <class L, class Options, class... More>
  void add_default(std::shared_ptr<L>& layer, const std::optional<Options>& given,
                   std::vector<AnyLayer>& all, More&... more);
  [[nodiscard]] std::vector<AnyLayer> all_layers();
  void add_health_routes();
  [[nodiscard]] Result<> start_telemetry();
  [[nodiscard]] Result<> start_server();
  [[nodiscard]] Response metrics_page(Context& ctx) const;

  std::optional<Result<>> built_;
  std::atomic<bool> jobs_started_{false};
  bool begun_ = false;  // start hooks have run, or some of them
};

}  // namespace lift
