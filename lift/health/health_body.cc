#include "lift/health/health_body.h"

#include <array>
#include <charconv>

#include "lift/base/json_writer.h"
#include "lift/health/detail/health_page.h"
#include "lift/health/detail/health_text.h"
#include "lift/http/accept.h"

namespace lift {
namespace {

using detail::Stamp;

constexpr int kUnavailable = 503;

Response begin(bool good) {
  Response response;
  response.status = good ? 200 : kUnavailable;
  response.headers.add("content-type", "application/json");
  response.headers.add("cache-control", "no-store");
  return response;
}

template <class... Parts>
void append(Body& body, const Parts&... parts) {
  (body.append(std::string_view(parts)), ...);
}

bool good(HealthStatus status) noexcept {
  return status == HealthStatus::pass || status == HealthStatus::warn;
}

std::string_view words_for(Readiness::Reason reason) noexcept {
  constexpr std::array<std::string_view, 6> kWords{"",
                                                   "Service is still starting up",
                                                   "A check that it needs does not pass",
                                                   "Maintenance",
                                                   "Held back by an operator",
                                                   "Draining"};
  return kWords[static_cast<std::size_t>(reason)];
}

/// Whether it is wanted more than what is given by default.
bool prefers(std::string_view accept, std::string_view type) noexcept {
  const int wanted = quality(accept, type);
  return !accept.empty() && wanted > 0 && wanted > quality(accept, "application/json");
}

void health_json_of(JsonWriter& json, const Health& health, const CheckView& check,
                    HealthAudience audience) {
  json.begin_array().begin_object();
  json.member("componentId", check.name).member("componentType", check.type);
  if (check.last.observed) {
    json.member("observedValue", *check.last.observed).member("observedUnit", check.last.unit);
  }
  json.member("status", to_string(check.status));
  if (check.last_run) json.member("time", Stamp(health, *check.last_run).text());
  if (audience == HealthAudience::operators && !check.last.message.empty()) {
    json.member("output", check.last.message);
  } else if (!check.last.code.empty()) {
    json.member("output", check.last.code);
  }
  json.end_object().end_array();
}

std::string health_json(const Health& health, Instant now, HealthAudience audience) {
  const auto view = health.share();
  const Resource& resource = health.telemetry().resource();
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("status", to_string(health.status(now)));
  if (!resource.version.empty()) json.member("releaseId", resource.version);
  json.member("serviceId", resource.service);
  json.key("checks").begin_object();
  for (const auto& check : view->checks) {
    json.key(check->name);
    health_json_of(json, health, *check, audience);
  }
  json.end_object().end_object();
  return out;
}

void original_check(JsonWriter& json, const Health& health, const CheckView& check,
                    HealthAudience audience) {
  json.begin_object().member("name", check.name).member("status", original_word(check.status));
  const bool open = audience == HealthAudience::operators && !check.last.message.empty();
  const std::string& message = open ? check.last.message : check.last.code;
  if (!message.empty()) json.member("message", message);
  json.member("duration", detail::milliseconds(check.took).text());
  if (check.last_run) json.member("timestamp", Stamp(health, *check.last_run).text());
  json.key("details").begin_object();
  json.member("type", check.type).member("gates", to_string(check.gates));
  if (!check.last.code.empty()) json.member("code", check.last.code);
  if (check.last.observed) {
    json.member("observed", *check.last.observed).member("unit", check.last.unit);
  }
  json.member("circuit", to_string(check.circuit)).member("flapping", check.flapping);
  json.member("overdue", check.overdue).member("failures_in_row", check.failures_in_row);
  json.member("runs", check.runs).member("transitions", check.transitions);
  json.member("since", Stamp(health, check.since).text());
  json.member("next_run", Stamp(health, check.next_run).text());
  json.end_object().member("required", check.required).end_object();
}

void original_summary(JsonWriter& json, const HealthView& view) {
  std::array<std::size_t, 4> count{};
  for (const auto& check : view.checks) ++count[static_cast<std::size_t>(check->status)];
  json.key("summary").begin_object().member("total", view.checks.size());
  for (const HealthStatus status :
       {HealthStatus::pass, HealthStatus::fail, HealthStatus::warn, HealthStatus::unknown}) {
    json.member(original_word(status), count[static_cast<std::size_t>(status)]);
  }
  json.end_object();
}

std::string original_detail(const Health& health, Instant now, HealthAudience audience) {
  const auto view = health.share();
  const Resource& resource = health.telemetry().resource();
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("status", original_word(health.status(now)));
  json.member("timestamp", Stamp(health, now).text());
  json.member("duration", detail::milliseconds(view->slowest).text());
  if (!resource.version.empty()) json.member("version", resource.version);
  if (!resource.environment.empty()) json.member("environment", resource.environment);
  const Readiness readiness = health.readiness(now);
  json.member("ready", readiness.ready());
  if (!readiness.ready()) json.member("reason", to_string(readiness.reason));
  if (const auto held = health.in_maintenance(now)) json.member("maintenance", held->reason);
  if (const auto forced = health.forced(now)) json.member("forced", forced->reason);
  json.key("checks").begin_object();
  for (const auto& check : view->checks) {
    json.key(check->name);
    original_check(json, health, *check, audience);
  }
  json.end_object();
  original_summary(json, *view);
  json.end_object();
  return out;
}

}  // namespace

Response ready_response(const Health& health, Instant now) {
  const Readiness readiness = health.readiness(now);
  Response response = begin(readiness.ready());
  Body& body = response.body;
  append(body, R"({"status":")", readiness.ready() ? "ready" : "not_ready");
  append(body, R"(","timestamp":")", Stamp(health, now).text());
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), health.view().checks.size()).ptr;
  append(body, R"(","checks":)", std::string_view(digits.begin(), end));
  if (!readiness.ready()) {
    append(body, R"(,"message":")", words_for(readiness.reason), R"(","reason":")",
           to_string(readiness.reason), "\"");
    if (readiness.reason == Readiness::Reason::starting) {
      append(body, R"(,"grace_period_remaining":")",
             detail::milliseconds(readiness.grace_remaining).text(), "\"");
    }
    if (health.draining()) response.headers.add("x-envoy-immediate-health-check-fail", "true");
  }
  append(body, "}");
  return response;
}

Response live_response(Health& health, Instant now) {
  const bool alive = health.alive(now);
  Response response = begin(alive);
  append(response.body, R"({"status":")", alive ? "alive" : "not_alive", R"(","timestamp":")",
         Stamp(health, now).text(), R"(","uptime":")",
         detail::milliseconds(now - health.begun()).text(), "\"");
  if (!alive) append(response.body, R"(,"message":"An event loop does not answer")");
  append(response.body, "}");
  return response;
}

Response health_response(const Health& health, Instant now, std::string_view accept) {
  const HealthStatus status = health.status(now);
  Response response = begin(good(status));
  if (prefers(accept, kHealthJson)) {
    response.headers.set("content-type", kHealthJson);
    append(response.body, R"({"status":")", to_string(status), "\"}");
  } else {
    append(response.body, R"({"status":")", original_word(status), R"(","timestamp":")",
           Stamp(health, now).text(), R"(","duration":")",
           detail::milliseconds(health.view().slowest).text(), "\"}");
  }
  if (health.draining()) response.headers.add("x-envoy-immediate-health-check-fail", "true");
  return response;
}

Response detail_response(const Health& health, Instant now, std::string_view accept,
                         HealthAudience audience) {
  Response response = begin(good(health.status(now)));
  response.headers.add("vary", "accept");
  if (prefers(accept, "text/html")) {
    detail::fill_health_page(response, health, now, audience);
  } else if (prefers(accept, kHealthJson)) {
    response.headers.set("content-type", kHealthJson);
    response.body.assign(health_json(health, now, audience));
  } else {
    response.body.assign(original_detail(health, now, audience));
  }
  return response;
}

}  // namespace lift
