#include "lift/app/app.h"

#include <csignal>
#include <cstdio>
#include <future>

#include "lift/app/detail/wiring.h"
#include "lift/health/health.h"
#include "lift/net/signals.h"

namespace lift {

App::App(AppOptions options) : wiring_(std::make_unique<Wiring>(std::move(options))) {
  wiring_->groups.push_back(Group(*this, "", wiring_->options.routes, {}));
}

App::~App() { stop(); }

App& App::route(Method method, std::string_view pattern, Handler handler,
                const RouteOptions& options) {
  wiring_->groups.front().route(method, pattern, std::move(handler), options);
  return *this;
}

Group& App::group(std::string_view prefix, const RouteOptions& options) {
  return wiring_->groups.front().group(prefix, options);
}

Group& Group::route(Method method, std::string_view pattern, Handler handler,
                    const RouteOptions& options) {
  app_.wiring_->routes.declare({.method = method,
                                .pattern = prefix_ + std::string(pattern),
                                .handler = std::move(handler),
                                .options = options.over(options_),
                                .layers = layers_});
  return *this;
}

Group& Group::group(std::string_view prefix, const RouteOptions& options) {
  const bool whole_segments = prefix.empty() || (prefix.starts_with('/') && !prefix.ends_with('/'));
  if (!whole_segments) {
    app_.report("group",
                Error{"bad_route", "prefix \"" + std::string(prefix) +
                                       "\" must be empty, or start with / and not end with it"});
  }
  auto& groups = app_.wiring_->groups;
  groups.push_back(Group(app_, prefix_ + std::string(prefix), options.over(options_), layers_));
  return groups.back();
}

namespace {

template <class L, class Options>
Result<> update_layer(const std::shared_ptr<L>& layer, const Options& options) {
  if (layer == nullptr) return fail("no_such_layer", std::string(L::kName) + " is not there");
  return layer->update(options);
}

}  // namespace

Result<> App::update(const EdgeOptions& options) { return update_layer(wiring_->edge, options); }

Result<> App::update(const IdentifyOptions& options) {
  return update_layer(wiring_->identify, options);
}

Result<> App::update(const DeadlineOptions& options) {
  return update_layer(wiring_->deadline, options);
}

Result<> App::update(const LoadShedLayerOptions& options) {
  return update_layer(wiring_->load_shed, options);
}

Result<> App::update(const BulkheadLayerOptions& options) {
  return update_layer(wiring_->bulkhead, options);
}

Result<> App::update(const CircuitBreakerLayerOptions& options) {
  return update_layer(wiring_->circuit_breaker, options);
}

Result<> App::update(const RateLimitOptions& options) {
  return update_layer(wiring_->rate_limit, options);
}

void App::use(AnyLayer layer) { wiring_->layers.push_back(std::move(layer)); }

void App::report(std::string field, const Error& error) {
  wiring_->problems.add(std::move(field), "", error.message);
}

void App::keep(const void* key, std::shared_ptr<void> state) {
  wiring_->states.emplace_back(key, std::move(state));
}

App& App::on_start(std::function<Result<>()> hook) {
  wiring_->start_hooks.push_back(std::move(hook));
  return *this;
}

App& App::on_ready(std::function<void()> hook) {
  wiring_->ready_hooks.push_back(std::move(hook));
  return *this;
}

App& App::on_stop(std::function<void()> hook) {
  wiring_->stop_hooks.push_back(std::move(hook));
  return *this;
}

App& App::background(std::function<Task<void>(StopToken)> job) {
  wiring_->jobs.push_back(std::move(job));
  return *this;
}

App& App::on_failure(std::function<void(const Context&, std::string_view)> report) {
  wiring_->on_failure = std::move(report);
  return *this;
}

Result<> App::start() { return wiring_->start(); }

std::vector<std::string> App::addresses() const {
  std::vector<std::string> all;
  if (!wiring_->server) return all;
  for (const ListenAddress& address : wiring_->server->addresses()) {
    all.push_back((address.unix_path.empty() ? "http://" : "") + address.to_string());
  }
  return all;
}

void App::stop() {
  if (wiring_->server) {
    std::promise<void> drained;
    wiring_->server->drain([&drained] { drained.set_value(); });
    drained.get_future().wait();
  }
  wiring_->end();
}

Workers& App::workers() { return wiring_->server.value().workers(); }

Health& App::health() noexcept { return *wiring_->health.health; }

MetricRegistry& App::metrics() noexcept { return wiring_->telemetry->metrics(); }

Telemetry& App::telemetry() noexcept { return *wiring_->telemetry; }

Log App::log(std::string_view module) { return wiring_->telemetry->log(module); }

std::string App::management_address() const {
  return wiring_->management ? wiring_->management->address() : "";
}

FlushReport App::flush_telemetry(Duration within) {
  return wiring_->exporter ? wiring_->exporter->flush(within) : FlushReport{};
}

std::vector<Exporter::Health> App::telemetry_health() const {
  return wiring_->exporter ? wiring_->exporter->health() : std::vector<Exporter::Health>{};
}

std::string App::print_chain() {
  const Result<> built = wiring_->build();
  return wiring_->routes.describe() + (built ? "" : built.error().message + "\n");
}

AppCounters App::counters() const noexcept {
  const ChainCounters& all = wiring_->counters;
  return AppCounters{.exceptions = all.exceptions,
                     .timeouts = all.timeouts,
                     .overruns = all.overruns,
                     .lingering = all.lingering,
                     .cancelled = all.cancelled};
}

namespace {

/// To people, apart from what the standard output is for: lines of log.
void say(const std::string& words) { std::fprintf(stderr, "lift: %s\n", words.c_str()); }

}  // namespace

int App::serve() {
  Wiring& wiring = *wiring_;
  if (!wiring.options.say_and_exit.empty())
    return std::fputs(wiring.options.say_and_exit.c_str(), stdout), 0;
  if (wiring.options.print_chain) {
    std::fputs(print_chain().c_str(), stdout);
    return wiring.build() ? 0 : 2;
  }
  auto& ready = wiring.ready_hooks;
  ready.insert(ready.begin(), [this] {
    for (const auto& at : addresses()) say("listening on " + at);
    if (const std::string at = management_address(); !at.empty()) say("management on " + at);
  });
  Signals signals;  // before any thread, so that all inherit the mask
  if (const Result<> started = start(); !started) {
    say("cannot start:\n" + started.error().message);
    wiring.end();
    return 2;
  }
  for (int signal = signals.wait(); signal == SIGHUP; signal = signals.wait()) {
    wiring.exporter->reopen();
  }
  say("draining; signal again to end at once");
  wiring.server->drain([&signals] { signals.interrupt(); });
  int second = signals.wait();
  while (second == SIGHUP) second = signals.wait();
  if (second != 0) std::_Exit(1);
  wiring.end();
  return 0;
}

}  // namespace lift
