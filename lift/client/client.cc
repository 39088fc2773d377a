#include "lift/client/client.h"

#include <utility>

#include "lift/base/when.h"
#include "lift/chain/context.h"
#include "lift/client/detail/client_core.h"

namespace lift {
namespace {

Task<void> until_stopped(StopToken token) {
  while (true) co_await sleep(std::chrono::hours(24), token);
}

Task<detail::Opening> run(std::shared_ptr<detail::ClientCore> core, Context* ctx,
                          ClientRequest& request, detail::Reading reading) {
  detail::ClientCall call(std::move(core), ctx, request, reading);
  Task<detail::Opening> running = call.run();
  if (ctx == nullptr || running.done()) co_return co_await running;
  Task<void> stopping = until_stopped(ctx->stop_token());
  auto first = when_any(std::move(running), std::move(stopping));
  auto result = co_await first;
  co_return std::get<0>(std::move(result));
}

Task<Result<ClientResponse>> whole(Task<detail::Opening> opening) {
  detail::Opening opened = co_await opening;
  if (!opened) co_return std::unexpected(opened.error());
  co_return std::move((*opened)->head);
}

}  // namespace

Result<std::shared_ptr<Client>> Client::make(ClientOptions options, Telemetry& telemetry) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<Client>(
      new Client(detail::ClientCore::make(std::move(options), telemetry)));
}

ClientRequest Client::request(std::string_view method, std::string_view target) const {
  Url url = core_->upstream.endpoints().front().url;
  url.target = target;
  return {method, std::move(url)};
}

Task<Result<std::unique_ptr<OpenResponse>>> Client::open(Context& ctx, ClientRequest& request) {
  return run(core_, &ctx, request, detail::Reading::head);
}

Task<Result<std::unique_ptr<OpenResponse>>> Client::open(ClientRequest& request) {
  return run(core_, nullptr, request, detail::Reading::head);
}

Task<Result<ClientResponse>> Client::send(Context& ctx, ClientRequest& request) {
  return whole(run(core_, &ctx, request, detail::Reading::all));
}

Task<Result<ClientResponse>> Client::send(ClientRequest& request) {
  return whole(run(core_, nullptr, request, detail::Reading::all));
}

const ClientOptions& Client::options() const noexcept { return core_->options; }

const Upstream& Client::upstream() const noexcept { return core_->upstream; }

}  // namespace lift
