#include "lift/health/health_layer.h"

#include <utility>

#include "lift/health/health_body.h"
#include "lift/http/errors.h"

namespace lift {

HealthLayer::HealthLayer(std::shared_ptr<Health> health) : health_(std::move(health)) {
  const HealthPaths& paths = health_->options().paths;
  for (const std::string* path : {&paths.health, &paths.ready, &paths.live}) {
    sizes_ |= std::uint64_t{1} << path->size();
  }
}

Verdict HealthLayer::enter(Context& ctx, NoSlot&) {
  const std::string_view path = ctx.request().target.path();
  if (path.size() >= 64 || (sizes_ >> path.size() & 1) == 0) return Verdict::proceed;
  const HealthPaths& paths = health_->options().paths;
  if (path != paths.ready && path != paths.live && path != paths.health) return Verdict::proceed;
  ctx.leave_unobserved();
  const Method method = ctx.request().method;
  if (method == Method::get || method == Method::head) {
    return ctx.answer(answer(path, ctx.request(), ctx.start()));
  }
  return ctx.answer(HttpError(405, "METHOD_NOT_ALLOWED", "This path does not answer this method")
                        .header("allow", "GET, HEAD")
                        .response(ctx.request_id()));
}

Response HealthLayer::answer(std::string_view path, const Request& request, Instant now) {
  const HealthPaths& paths = health_->options().paths;
  if (path == paths.ready) return ready_response(*health_, now);
  if (path == paths.live) return live_response(*health_, now);
  return health_response(*health_, now, request.headers.value("accept"));
}

}  // namespace lift
