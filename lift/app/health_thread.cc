#include "lift/app/detail/health_thread.h"

#include <utility>

#include "lift/app/management.h"
#include "lift/chain/context.h"
#include "lift/chain/handler.h"
#include "lift/health/health_body.h"
#include "lift/net/loop_thread.h"

namespace lift {
namespace {

/// What checks under way get to come back before the app ends without them.
constexpr Duration kPatience = std::chrono::seconds(2);

}  // namespace

HealthThread::HealthThread(const std::optional<HealthOptions>& options,
                           std::shared_ptr<Telemetry> telemetry, Problems& problems)
    : telemetry_(std::move(telemetry)) {
  const HealthOptions wanted = options.value_or(HealthOptions{});
  const Problems wrong = wanted.validate();
  problems.add_all("health", wrong);
  health = Health::make(wrong.empty() ? wanted : HealthOptions{}, telemetry_).value();
  if (!options) (void)health->stop(Duration::zero());  // nobody will hear what it is told
}

HealthThread::~HealthThread() { stop(); }

Result<> HealthThread::start() {
  thread_ = std::make_unique<LoopThread>("lift-health");
  if (auto started = thread_->start(); !started) return started;
  return thread_->run_sync([this] {
    health->heartbeats().add(thread_->loop());
    health->start(thread_->loop());
  });
}

void HealthThread::add_pages(Management& management) {
  const HealthPaths& paths = health->options().paths;
  const auto now = [](Context& ctx) { return ctx.loop().clock().now(); };
  const auto accept = [](Context& ctx) { return ctx.request().headers.value("accept"); };
  management.get(paths.health, "health in short", [health = health, now, accept](Context& ctx) {
    return health_response(*health, now(ctx), accept(ctx));
  });
  management.get(paths.detail, "every check, as JSON or as a page",
                 [health = health, now, accept](Context& ctx) {
                   return detail_response(*health, now(ctx), accept(ctx),
                                          HealthAudience::operators);
                 });
  management.get(paths.ready, "whether requests may come", [health = health, now](Context& ctx) {
    return ready_response(*health, now(ctx));
  });
  management.get(paths.live, "whether the event loops turn",
                 [health = health, now](Context& ctx) { return live_response(*health, now(ctx)); });
}

void HealthThread::drain() noexcept {
  health->drain();
  // The server's loops end each in its own time from here on, and answer no more.
  health->heartbeats().clear();
  if (thread_) health->heartbeats().add(thread_->loop());
}

void HealthThread::stop() noexcept {
  health->heartbeats().clear();
  if (!thread_) return;
  const auto left = thread_->run_sync([this] { return health->stop(kPatience); });
  if (left && *left > 0) {
    telemetry_->log("health").warn("checks have not returned and were left behind",
                                   field("count", static_cast<std::int64_t>(*left)));
  }
  thread_->stop();
  thread_.reset();
}

}  // namespace lift
