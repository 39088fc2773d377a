#pragma once
// App: routes, layers, state and listeners put together, served until a signal ends it.
//
//   lift::App app{lift::options_from(argc, argv)};
//   app.get("/hello/{name}", [](lift::Context& ctx) { return lift::text("Hello, ",
//   ctx.param("name")); }); return app.serve();
//
// Layers run in the order observe, edge, health, identify, deadline, load_shed, rate_limit,
// bulkhead, circuit_breaker, then those given to use(), then those of groups and routes. A mistake
// in any of them (a bad option, a route conflict, a wrong order) is kept and reported, with all
// others, when the app starts.
// Thread-safety: wired and served by one thread;
// handlers run on the server's loops, several at a time.
// Cost: at start only.

#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/app/options.h"
#include "lift/base/error.h"
#include "lift/base/stop.h"
#include "lift/base/task.h"
#include "lift/chain/chain.h"
#include "lift/chain/context.h"
#include "lift/chain/handler.h"
#include "lift/chain/layer.h"
#include "lift/chain/route_options.h"
#include "lift/export/exporter.h"
#include "lift/http/method.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

class App;
class Health;
class Workers;

/// The methods' names as functions, for whatever has route().
template <class Self>
class RouteVerbs {
 public:
  Self& get(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::get, pattern, std::move(handler), options);
  }
  Self& post(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::post, pattern, std::move(handler), options);
  }
  Self& put(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::put, pattern, std::move(handler), options);
  }
  Self& patch(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::patch, pattern, std::move(handler), options);
  }
  Self& del(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::del, pattern, std::move(handler), options);
  }
  Self& head(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::head, pattern, std::move(handler), options);
  }
  Self& options(std::string_view pattern, Handler handler, const RouteOptions& options = {}) {
    return add(Method::options, pattern, std::move(handler), options);
  }
  /// All methods.
  Self& any(std::string_view pattern, const Handler& handler, const RouteOptions& options = {}) {
    for (int i = 0; i < kMethodCount; ++i) {
      add(static_cast<Method>(i), pattern, handler, options);
    }
    return *static_cast<Self*>(this);
  }

 private:
  Self& add(Method method, std::string_view pattern, Handler handler, const RouteOptions& options) {
    return static_cast<Self*>(this)->route(method, pattern, std::move(handler), options);
  }
};

/// Routes under one prefix, with options and layers of their own. Lives as long as its app.
class Group : public RouteVerbs<Group> {
 public:
  /// Puts a layer around the routes that are declared here from now on, inside the app's and inside
  /// earlier ones.
  template <class L>
    requires BracketLayer<L> || WrapLayer<L>
  Group& use(std::shared_ptr<L> layer) {
    layers_.emplace_back(std::move(layer));
    return *this;
  }

  Group& route(Method method, std::string_view pattern, Handler handler,
               const RouteOptions& options = {});
  /// A group below this one: prefix, options and layers add up. With an empty prefix it gives
  /// options and layers alone, also to a single route.
  Group& group(std::string_view prefix, const RouteOptions& options = {});

 private:
  friend class App;
  Group(App& app, std::string prefix, RouteOptions options, std::vector<AnyLayer> layers)
      : app_(app), prefix_(std::move(prefix)), options_(options), layers_(std::move(layers)) {}

  App& app_;
  std::string prefix_;
  RouteOptions options_;
  std::vector<AnyLayer> layers_;
};

/// What went wrong in requests since the app began.
struct AppCounters {
  std::uint64_t exceptions = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t overruns = 0;
  std::uint64_t lingering = 0;
  std::uint64_t cancelled = 0;
};

class App : public RouteVerbs<App> {
 public:
  explicit App(AppOptions options = {});
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();

  // --- routes
  App& route(Method method, std::string_view pattern, Handler handler,
             const RouteOptions& options = {});
  Group& group(std::string_view prefix, const RouteOptions& options = {});

  // --- layers
  /// Puts a layer inside all earlier ones, around every route. Keep the pointer to update() it
  /// while it runs.
  template <class L>
    requires BracketLayer<L> || WrapLayer<L>
  App& use(std::shared_ptr<L> layer) {
    use(AnyLayer(std::move(layer)));
    return *this;
  }
  /// The same for what a layer's make() returns; its error is reported at start.
  template <class L>
  App& use(Result<std::shared_ptr<L>> made) {
    if (made) return use(std::move(*made));
    report(std::string(L::kName), made.error());
    return *this;
  }

  /// Changes a default layer while the app runs, for requests from now on; from any thread. Errors:
  /// `bad_configuration` (the old options stay), `no_such_layer` if it is off or the app not
  /// started.
  Result<> update(const EdgeOptions& options);
  Result<> update(const IdentifyOptions& options);
  Result<> update(const DeadlineOptions& options);
  Result<> update(const LoadShedLayerOptions& options);
  Result<> update(const RateLimitOptions& options);
  Result<> update(const BulkheadLayerOptions& options);
  Result<> update(const CircuitBreakerLayerOptions& options);

  // --- telemetry
  /// Counters, gauges and histograms of the program's own; register them before the start and keep
  /// the handles.
  [[nodiscard]] MetricRegistry& metrics() noexcept;
  /// A log outside of requests, under a module's name. Heard once the app has started.
  [[nodiscard]] Log log(std::string_view module = "app");
  /// Levels, armed tenants and whatever else the app tells of itself.
  [[nodiscard]] Telemetry& telemetry() noexcept;
  /// Waits until what was recorded is delivered or dropped, `within` at most.
  FlushReport flush_telemetry(Duration within);
  /// How each destination of telemetry fares: what it was given, delivered and lost, and what is
  /// wrong with it. Empty before the start and after the end.
  [[nodiscard]] std::vector<Exporter::Health> telemetry_health() const;
  /// Where operators ask, once started: "http://127.0.0.1:9464"; "" if it is off.
  [[nodiscard]] std::string management_address() const;

  // --- health
  /// Checks, maintenance and what is known (lift/health/health.h); checks run from the start on,
  /// after its hooks. Without the health layer nothing of it runs.
  [[nodiscard]] Health& health() noexcept;

  // --- state and life
  /// Hands `state` to handlers, as ctx.state<T>(). One object a type.
  template <class T>
  App& provide(std::shared_ptr<T> state) {
    keep(AppState::key<T>(), std::shared_ptr<void>(std::move(state)));
    return *this;
  }
  /// Runs before the first request, in order; an error keeps the app from starting.
  App& on_start(std::function<Result<>()> hook);
  /// Runs once it listens, when addresses() are known.
  App& on_ready(std::function<void()> hook);
  /// Runs after the last request, in reverse order, also if the start failed half way; not if no
  /// start hook was reached. One that throws is told of on stderr; the others and the end go on.
  App& on_stop(std::function<void()> hook);
  /// Starts with the app on its first loop; its token stops when the server takes no more
  /// requests.
  App& background(std::function<Task<void>(StopToken)> job);
  /// Told of causes that no client may see. Default: they stand on the request's line of log, or,
  /// without the observe layer, on one to stderr.
  App& on_failure(std::function<void(const Context&, std::string_view cause)> report);

  // --- running
  /// Starts, says where it listens, and serves until SIGTERM or SIGINT has drained it. Returns the
  /// exit code: 0, or 2 with every reason on stderr when it cannot start. A second signal ends the
  /// process at once.
  int serve();
  /// Starts without waiting, for tests and embedding. Error: everything that is wrong.
  Result<> start();
  /// The pool for blocking work, for use beside requests; only while it serves.
  [[nodiscard]] Workers& workers();
  /// Where it listens, once started: "http://127.0.0.1:8080", "unix:/run/app.sock".
  [[nodiscard]] std::vector<std::string> addresses() const;
  /// Drains and stops; returns when the last request has ended or the drain's time is up.
  /// Not from a handler: it would wait for itself.
  void stop();
  /// Every route with its layers, as `--print-chain` shows them. After start(), or a build that
  /// failed.
  [[nodiscard]] std::string print_chain();
  [[nodiscard]] AppCounters counters() const noexcept;

 private:
  friend class Group;
  class Wiring;

  void use(AnyLayer layer);
  void report(std::string field, const Error& error);
  void keep(const void* key, std::shared_ptr<void> state);

  std::unique_ptr<Wiring> wiring_;
};

}  // namespace lift
