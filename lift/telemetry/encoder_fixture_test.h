#pragma once
// A request with everything in it, for the tests of what encodes requests.

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "lift/telemetry/metric_snapshot.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/resource.h"

namespace lift {

inline constexpr WallTime kNoon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 14) +
                                std::chrono::hours(12) + std::chrono::microseconds(1'234'567)};

inline Resource sample_resource() {
  return {.service = "payments",
          .version = "1.2.3",
          .environment = "prod",
          .instance = "i-1",
          .tags = {{"team", "core"}}};
}

inline Exemplar sample_exemplar() {
  return {.value = 0.0123,
          .time = kNoon,
          .trace = TraceId{{0x67, 0x76, 0x12, 0x33, 1, 2, 3, 4, 5, 6, 7, 8}},
          .span = SpanId{{1, 2, 3, 4, 5, 6, 7, 8}}};
}

inline MetricPoint number_point(std::vector<Label> labels, double value) {
  return {.labels = std::move(labels), .value = value, .histogram = {}, .exemplar = {}};
}

/// A histogram that begins at bucket `first`.
inline MetricPoint histogram_point(std::vector<Label> labels, std::int32_t first,
                                   std::vector<std::uint64_t> buckets, double sum) {
  HistogramPoint histogram;
  for (const std::uint64_t count : buckets) histogram.count += count;
  histogram.sum = sum;
  histogram.first_index = first;
  histogram.buckets = std::move(buckets);
  return {.labels = std::move(labels), .histogram = std::move(histogram), .exemplar = {}};
}

/// Five: one of no time at all, one of up to 11.0 ms, three of up to 12.0 ms.
inline MetricPoint quick_point(std::vector<Label> labels) {
  MetricPoint point = histogram_point(std::move(labels), -52, {1, 3}, 0.06);
  point.histogram->count += point.histogram->zeros = 1;
  point.histogram->zero_threshold = 1e-9;
  point.histogram->exemplars = {sample_exemplar()};
  return point;
}

/// Two of up to a second.
inline MetricPoint slow_point(std::vector<Label> labels) {
  return histogram_point(std::move(labels), -1, {2}, 1.9);
}

inline MetricFamily family(std::string name, std::string unit, MetricKind kind,
                           std::vector<MetricPoint> points) {
  return {.name = std::move(name),
          .description = "What it counts.",
          .unit = std::move(unit),
          .kind = kind,
          .bounds = {},
          .points = std::move(points)};
}

/// What the observe layer emits, and one family of each kind of a program's own.
inline MetricSnapshot sample_snapshot() {
  const std::vector<Label> route{{"http.request.method", "GET"},
                                 {"http.route", "/v1/payments/{id}"}};
  std::vector<Label> ok = route;
  ok.emplace_back("http.response.status_code", "200");
  std::vector<Label> failed = route;
  failed.emplace_back("http.response.status_code", "503");
  failed.emplace_back("error.type", "503");
  const auto tenant = [](std::string name, std::string outcome) {
    return std::vector<Label>{{"tenant.id", std::move(name)}, {"outcome", std::move(outcome)}};
  };
  MetricPoint orders = number_point({{"shop", "berlin"}}, 12);
  orders.exemplar = sample_exemplar();
  constexpr auto kHistogram = MetricKind::histogram;
  return {.start = kNoon - std::chrono::hours(1),
          .time = kNoon,
          .families = {
              family("http.server.active_requests", "{request}", MetricKind::up_down,
                     {number_point({{"http.request.method", "GET"}}, 3)}),
              family("http.server.request.duration", "s", kHistogram,
                     {quick_point(ok), slow_point(failed)}),
              family("http.server.response.body.size", "By", kHistogram,
                     {histogram_point(route, 79, {7}, 7168)}),
              family("lift.tenant.request.duration", "s", kHistogram,
                     {quick_point(tenant("acme", "success")), slow_point(tenant("acme", "error")),
                      quick_point(tenant("", "success"))}),
              family("orders.placed", "{order}", MetricKind::counter, {std::move(orders)}),
              family("queue.depth", "1", MetricKind::gauge, {number_point({}, 2.5)})}};
}

/// Trace 6776123301020304…, span 1112…, parent 2122….
struct SampleRequest {
  SampleRequest() {
    view.start = kNoon;
    view.duration = std::chrono::microseconds(12345);
    view.trace.bytes = {0x67, 0x76, 0x12, 0x33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    view.span.bytes = {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
    view.parent.bytes = {0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28};
    view.kept = Kept::head;
    view.method = "POST";
    view.operation = "/v1/payments/{id}";
    view.path = "/v1/payments/42";
    view.query = "expand=card";
    view.scheme = "https";
    view.status = 201;
    view.outcome = "success";
    view.request_id = "req-1";
    view.tenant = "acme";
    view.user = "ann";
    view.client_address = "203.0.113.9";
    view.user_agent = "curl/8.5.0";
    view.request_bytes = 128;
    view.response_bytes = 512;
    view.fields = fields;
    view.logs = logs;
    view.spans = spans;
  }
  SampleRequest(const SampleRequest&) = delete;
  SampleRequest& operator=(const SampleRequest&) = delete;

  std::array<Field, 4> fields{field("amount", 12), field("currency", "EUR"),
                              pan("card", "4111 1111 1111 1111"), field("retry", false)};
  std::array<Field, 1> log_fields{field("attempt", 2U)};
  std::array<LogView, 1> logs{LogView{.time = kNoon + std::chrono::milliseconds(3),
                                      .level = LogLevel::warn,
                                      .module = "ledger",
                                      .message = "retrying",
                                      .fields = log_fields,
                                      .span = SpanId{{0x31, 0x32, 0x33, 0x34, 5, 6, 7, 8}}}};
  std::array<Field, 1> event_fields{field("rows", 3)};
  std::array<EventView, 1> events{EventView{
      .time = kNoon + std::chrono::milliseconds(2), .name = "cache.miss", .fields = event_fields}};
  std::array<Field, 2> span_fields{field("db.system", "sqlite"), field("db.rows", 3)};
  std::array<SpanView, 2> spans{
      SpanView{.name = "db.query",
               .id = SpanId{{0x31, 0x32, 0x33, 0x34, 5, 6, 7, 8}},
               .parent = SpanId{{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}},
               .kind = SpanKind::client,
               .status = SpanStatus::error,
               .start = kNoon + std::chrono::milliseconds(1),
               .duration = std::chrono::milliseconds(4),
               .fields = span_fields,
               .events = events},
      SpanView{.name = "render",
               .id = SpanId{{0x41, 0x42, 0x43, 0x44, 5, 6, 7, 8}},
               .parent = SpanId{{0x31, 0x32, 0x33, 0x34, 5, 6, 7, 8}},
               .start = kNoon + std::chrono::milliseconds(6),
               .duration = std::chrono::milliseconds(1),
               .open = true}};
  RequestView view;
};

}  // namespace lift
