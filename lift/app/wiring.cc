#include "lift/app/detail/wiring.h"

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "lift/base/task_scope.h"
#include "lift/health/health_body.h"
#include "lift/health/health_layer.h"
#include "lift/identity/require_role.h"
#include "lift/telemetry/prometheus.h"

namespace lift {
namespace {

/// One line whatever the text holds: a cause may quote what a client sent.
void say(std::string line) {
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

void say_failed(std::string_view what, std::exception_ptr error) noexcept {
  const std::string told = "lift: " + std::string(what) + " failed";
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& known) {
    say(told + ": " + known.what());
  } catch (...) {
    say(told);
  }
}

}  // namespace

App::Wiring::Wiring(AppOptions given)
    : options(std::move(given)),
      problems(options.problems),
      telemetry(std::make_shared<Telemetry>(options.telemetry, clock)),
      health(options.health, telemetry, problems) {}

App::Wiring::~Wiring() = default;

template <class L, class Options, class... More>
void App::Wiring::add_default(std::shared_ptr<L>& layer, const std::optional<Options>& given,
                              std::vector<AnyLayer>& all, More&... more) {
  if (!given) return;
  auto made = L::make(*given, more...);
  if (made) {
    layer = std::move(*made);
    all.emplace_back(layer);
  } else {
    problems.add(std::string(L::kName), "", made.error().message);
  }
}

std::vector<AnyLayer> App::Wiring::all_layers() {
  std::vector<AnyLayer> all;
  add_default(observe, options.observe, all, telemetry);
  add_default(edge, options.edge, all);
  if (options.health) all.emplace_back(std::make_shared<HealthLayer>(health.health));
  add_default(identify, options.identify, all);
  add_default(deadline, options.deadline, all);
  add_default(load_shed, options.load_shed, all, *telemetry);
  add_default(rate_limit, options.rate_limit, all, *telemetry);
  add_default(bulkhead, options.bulkhead, all, *telemetry);
  add_default(circuit_breaker, options.circuit_breaker, all, *telemetry);
  all.insert(all.end(), layers.begin(), layers.end());
  return all;
}

Result<> App::Wiring::build() {
  if (built_) return *built_;
  if (options.health) add_health_routes();
  const std::vector<AnyLayer> all = all_layers();
  const Problems of_routes = routes.build(all, {.counters = &counters, .failures = this});
  for (const Problem& problem : of_routes.list())
    problems.add(problem.field, problem.value, problem.rule);
  problems.add_all("server", options.server.validate());
  problems.add_all("telemetry", options.telemetry.validate());
  problems.add_all("exports", options.exports.validate());
  if (options.management) problems.add_all("", options.management->validate());
  problems.add_all("metrics", telemetry->metrics().problems());
  built_ = problems.as_result();
  return *built_;
}

/// The details are for those whose role allows it; what a probe asks for is answered by the layer.
void App::Wiring::add_health_routes() {
  const HealthPaths& paths = options.health->paths;
  for (const std::string* path : {&paths.health, &paths.detail, &paths.ready, &paths.live}) {
    if (!routes.declares(*path)) continue;
    problems.add("route", *path, "is a path of the health endpoints; move one of them");
  }
  if (options.health->detail_role.empty()) return;
  auto role = require_role(options.health->detail_role);
  if (!role) return problems.add("health.detail_role", "", role.error().message);
  routes.declare({.method = Method::get,
                  .pattern = paths.detail,
                  .handler =
                      [health = health.health](Context& ctx) {
                        return detail_response(*health, ctx.loop().clock().now(),
                                               ctx.request().headers.value("accept"),
                                               HealthAudience::callers);
                      },
                  .options = {},
                  .layers = {AnyLayer(std::move(*role))}});
}

Result<> App::Wiring::start() {
  if (server) return fail("already_started", "the app has been started before");
  if (auto result = build(); !result) return result;
  begun_ = true;
  if (auto result = start_telemetry(); !result) return result;
  for (const auto& hook : start_hooks) {
    if (auto result = hook(); !result) return result;
  }
  if (auto result = start_server(); !result) return result;
  if (options.health) {
    if (auto result = health.start(); !result) return result;
  }
  health.health->started();
  for (const auto& hook : ready_hooks) hook();
  return {};
}

Result<> App::Wiring::start_telemetry() {
  exporter.emplace(telemetry, options.exports);
  if (auto started = exporter->start(); !started) return started;
  self_metrics.emplace(*telemetry);
  self_metrics->observe(counters);
  if (options.identify && options.identify->tokens) {
    self_metrics->observe(options.identify->tokens);
  }
  if (!options.management) return {};
  management.emplace(*options.management);
  management->get("/metrics", "metrics, as Prometheus reads them",
                  [this](Context& ctx) { return metrics_page(ctx); });
  if (options.health) health.add_pages(*management);
  return management->start();
}

Result<> App::Wiring::start_server() {
  server.emplace(options.server, *this);
  if (auto result = server->start(); !result) {
    health.health->heartbeats().clear();  // some of its loops may have begun
    server.reset();
    return result;
  }
  self_metrics->observe(*server);
  return {};
}

Response App::Wiring::metrics_page(Context& ctx) const {
  const PrometheusFormat format = prometheus_format(ctx.request().headers.value("accept"));
  std::string body;
  encode(format, telemetry->metrics().snapshot(clock.wall()), telemetry->resource(), body);
  return binary(content_type(format), std::move(body));
}

void App::Wiring::end() {
  health.stop();  // checks may use what is taken down here
  if (server) {
    server->stop();
    health.health->heartbeats().clear();
    self_metrics->ended(server->stats());
    server.reset();
  }
  run_stop_hooks();
  if (management) management->stop();
  if (exporter) (void)exporter->stop();
  if (self_metrics) self_metrics->clear();
}

void App::Wiring::run_stop_hooks() {
  while (begun_ && !stop_hooks.empty()) {
    const std::function<void()> hook = std::move(stop_hooks.back());
    stop_hooks.pop_back();  // first, so that one that stops the app runs once
    try {
      hook();
    } catch (...) {
      say_failed("a stop hook", std::current_exception());
    }
  }
}

Response App::Wiring::refuse(Loop& loop, const HttpError& error) noexcept {
  return edge ? edge->refusal(loop, error) : Service::refuse(loop, error);
}

void App::Wiring::started(Loop& loop, TaskScope& scope) noexcept {
  health.health->heartbeats().add(loop);
  if (jobs_started_.exchange(true)) return;  // on the first loop only
  for (const auto& job : jobs) {
    if (!scope.spawn(job(scope.token())))
      say("lift: there are too many background jobs; one was not started");
  }
}

void App::Wiring::draining() noexcept { health.drain(); }

void App::Wiring::task_failed(std::exception_ptr error) noexcept {
  say_failed("a background task", std::move(error));
}

void* App::Wiring::find(const void* key) const noexcept {
  for (const auto& [known, state] : states) {
    if (known == key) return state.get();
  }
  return nullptr;
}

void App::Wiring::failed(const Context& ctx, std::string_view cause) noexcept {
  if (on_failure) return on_failure(ctx, cause);
  if (observe) return;  // it is on the request's line
  std::string line = "lift: ";
  line.append(ctx.operation())
      .append(" [")
      .append(ctx.request_id())
      .append("] failed: ")
      .append(cause);
  say(std::move(line));
}

}  // namespace lift
