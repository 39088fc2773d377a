#include "lift/ratelimit/detail/limit_refusal.h"

#include <algorithm>
#include <string>

#include "lift/base/json_writer.h"
#include "lift/http/accept.h"
#include "lift/ratelimit/limit_headers.h"

namespace lift::detail {
namespace {

/// Of draft-ietf-httpapi-ratelimit-headers.
constexpr std::string_view kType = "https://iana.org/assignments/http-problem-types#quota-exceeded";
constexpr std::string_view kReduced =
    "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
constexpr std::string_view kProblem = "application/problem+json";

std::string_view detail(const LimitDecision& decision) noexcept {
  if (decision.source == LimitSource::unavailable) {
    return "It cannot be told now how many requests may be made. Try again later.";
  }
  if (decision.retry_after == kNeverAgain) {
    return "This request costs more than may be asked for at once.";
  }
  return "Too many requests. Try again later.";
}

/// Problems go to those who name them: old clients read plain JSON.
bool wants_problem(const Headers& headers) noexcept {
  const std::string_view accept = headers.value("accept");
  return accept.contains(kProblem) && accepts(accept, kProblem);
}

/// Nobody has asked too much: it is the service that cannot tell.
Response unavailable(const Context& ctx, const LimitVerdict& refused) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("error", "Rate limit unavailable");
  json.member("retry_after", retry_seconds(refused.decision).value_or(1));
  json.member("type", kReduced).member("title", reason_phrase(503)).member("status", 503);
  json.member("detail", detail(refused.decision)).member("code", "RATE_LIMIT_UNAVAILABLE");
  json.member("message", detail(refused.decision));
  if (!ctx.request_id().empty()) json.member("request_id", ctx.request_id());
  json.end_object();
  Response response = json_text(std::move(body));
  response.status = 503;
  if (wants_problem(ctx.request().headers)) response.headers.set("content-type", kProblem);
  return response;
}

}  // namespace

Response limit_refusal(const Context& ctx, const LimitVerdict& refused, WallTime now) {
  const LimitDecision& decision = refused.decision;
  if (decision.source == LimitSource::unavailable) return unavailable(ctx, refused);
  const auto reset = std::chrono::ceil<std::chrono::seconds>(now + decision.reset_after);
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("error", "Rate limit exceeded");
  json.member("limit", decision.limit).member("remaining", decision.remaining);
  json.member("reset_at", reset.time_since_epoch().count()).key("retry_after");
  if (const auto retry = retry_seconds(decision)) {
    json.value(*retry);
  } else {
    json.null();
  }
  json.member("type", kType).member("title", reason_phrase(429)).member("status", 429);
  json.member("detail", detail(decision)).member("code", "RATE_LIMITED");
  json.member("message", detail(decision)).key("violated-policies").begin_array();
  json.value(refused.limit).end_array();
  if (!ctx.request_id().empty()) json.member("request_id", ctx.request_id());
  json.end_object();

  Response response = json_text(std::move(body));
  response.status = 429;
  if (wants_problem(ctx.request().headers)) response.headers.set("content-type", kProblem);
  return response;
}

}  // namespace lift::detail
