#include "lift/edge/edge.h"

#include <array>

#include "lift/base/uuid.h"
#include "lift/chain/context.h"
#include "lift/edge/request_id.h"

namespace lift {

Problems EdgeOptions::validate() const {
  Problems problems;
  problems.add_all("security_headers", security_headers.validate());
  if (cors) problems.add_all("cors", cors->validate());
  return problems;
}

Edge::Plan::Plan(const EdgeOptions& options)
    : accept_request_id(options.accept_request_id), security_headers(options.security_headers) {
  if (options.cors) cors.emplace(*options.cors);
}

void Edge::Plan::apply(Context& ctx, Response& response) const {
  // Found valid, or made here.
  response.headers.remove(kRequestIdHeader);
  response.headers.add_valid(kRequestIdHeader, ctx.request_id());
  security_headers.apply(response.headers, ctx.request().secure);
}

Result<std::shared_ptr<Edge>> Edge::make(const EdgeOptions& options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::shared_ptr<Edge>(new Edge(options));
}

Result<> Edge::update(const EdgeOptions& options) {
  Result<> valid = options.validate().as_result();
  if (valid) plan_.replace(Plan(options));
  return valid;
}

Verdict Edge::enter(Context& ctx, NoSlot&) {
  const Plan& plan = plan_.read();
  ctx.set_request_id(choose_request_id(ctx, plan.accept_request_id));
  if (!plan.cors || !Cors::is_preflight(ctx.request())) return Verdict::proceed;
  // A layer that answers is not left, so the headers go on here.
  Response response = plan.cors->answer_preflight(ctx.request());
  plan.apply(ctx, response);
  return ctx.answer(std::move(response));
}

void Edge::leave(Context& ctx, NoSlot&, const Outcome&) noexcept {
  const Plan& plan = plan_.read();
  plan.apply(ctx, ctx.response());
  if (plan.cors) plan.cors->apply(ctx.request(), ctx.response().headers);
}

Response Edge::refusal(Loop& loop, const HttpError& error) const {
  std::array<char, 36> fresh;
  uuid_v7(loop.clock().wall(), loop.random(), fresh);
  const std::string_view id(fresh.data(), fresh.size());
  Response response = error.response(id);
  response.headers.set(kRequestIdHeader, id);
  plan_.read().security_headers.apply(response.headers, false);
  return response;
}

}  // namespace lift
