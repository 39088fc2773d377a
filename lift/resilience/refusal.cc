#include <algorithm>
#include <string>

#include "lift/base/json_writer.h"
#include "lift/resilience/detail/refusal.h"

namespace lift::detail {

Response refusal_response(const Context& ctx, const Refusal& refusal) {
  const auto seconds = std::max<std::int64_t>(
      1, std::chrono::ceil<std::chrono::seconds>(refusal.retry_after).count());
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("error", refusal.error).member("message", refusal.message);
  json.member("code", refusal.code);
  if (!refusal.reason.empty()) json.member("reason", refusal.reason);
  if (refusal.limit) json.member("limit", *refusal.limit);
  json.member("retry_after", seconds);
  json.member("policy", refusal.policy);
  if (!refusal.name.empty()) json.member("policy_name", refusal.name);
  json.member("type", "about:blank").member("title", reason_phrase(refusal.status));
  json.member("status", refusal.status).member("detail", refusal.message);
  if (!ctx.request_id().empty()) json.member("request_id", ctx.request_id());
  json.end_object();

  Response response;
  response.status = refusal.status;
  response.headers.add("content-type", "application/problem+json");
  response.headers.add("retry-after", std::to_string(seconds));
  response.body.assign(std::move(body));
  return response;
}

}  // namespace lift::detail
