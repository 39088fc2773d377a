#include "lift/app/app.h"

#include <cstdio>
#include <future>

#include "lift/app/wiring.h"
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
    wiring_->server->stop();
    wiring_->server.reset();
  }
  wiring_->run_stop_hooks();
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
    for (const auto& at : addresses()) std::printf("lift: listening on %s\n", at.c_str());
    std::fflush(stdout);
  });
  Signals signals;  // before any thread, so that all inherit the mask
  if (const Result<> started = start(); !started) {
    std::fprintf(stderr, "lift: cannot start:\n%s\n", started.error().message.c_str());
    wiring.run_stop_hooks();
    return 2;
  }
  (void)signals.wait();
  std::puts("lift: draining; signal again to end at once");
  std::fflush(stdout);
  wiring.server->drain([&signals] { signals.interrupt(); });
  if (signals.wait() != 0) std::_Exit(1);
  wiring.server->stop();
  wiring.server.reset();
  wiring.run_stop_hooks();
  return 0;
}

}  // namespace lift
