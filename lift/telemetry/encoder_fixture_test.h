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

/// One family of each kind, as the observe layer emits them.
inline MetricSnapshot sample_snapshot() {
  const Exemplar exemplar{.value = 0.0123,
                          .time = kNoon,
                          .trace = TraceId{{0x67, 0x76, 0x12, 0x33, 1, 2, 3, 4, 5, 6, 7, 8}},
                          .span = SpanId{{1, 2, 3, 4, 5, 6, 7, 8}}};
  const std::vector<Label> ok{{"http.request.method", "GET"},
                              {"http.route", "/v1/payments/{id}"},
                              {"http.response.status_code", "200"}};
  std::vector<Label> failed = ok;
  failed[2].second = "503";
  failed.emplace_back("error.type", "503");
  // Bucket -51 ends at 2^(-50/8), 13 ms; -1 ends at 1.
  HistogramPoint quick{.count = 5,
                       .sum = 0.06,
                       .zeros = 1,
                       .zero_threshold = 1e-9,
                       .first_index = -52,
                       .buckets = {1, 3},
                       .explicit_counts = {},
                       .exemplars = {exemplar}};
  HistogramPoint slow{.count = 2,
                      .sum = 1.9,
                      .zeros = 0,
                      .zero_threshold = 1e-9,
                      .first_index = -1,
                      .buckets = {2},
                      .explicit_counts = {},
                      .exemplars = {}};
  const auto number = [](std::vector<Label> labels, double value) {
    return MetricPoint{
        .labels = std::move(labels), .value = value, .histogram = {}, .exemplar = {}};
  };
  const auto shape = [](std::vector<Label> labels, HistogramPoint histogram) {
    return MetricPoint{
        .labels = std::move(labels), .histogram = std::move(histogram), .exemplar = {}};
  };
  MetricSnapshot snapshot{.start = kNoon - std::chrono::hours(1), .time = kNoon, .families = {}};
  snapshot.families = {
      {.name = "http.server.active_requests",
       .description = "Requests under way.",
       .unit = "{request}",
       .kind = MetricKind::up_down,
       .bounds = {},
       .points = {number({{"http.request.method", "GET"}}, 3)}},
      {.name = "http.server.request.duration",
       .description = "Time to answer.",
       .unit = "s",
       .kind = MetricKind::histogram,
       .bounds = {},
       .points = {shape(ok, quick), shape(failed, slow)}},
      {.name = "http.server.response.body.size",
       .description = "Bytes of bodies.",
       .unit = "By",
       .kind = MetricKind::histogram,
       .bounds = {},
       .points = {shape({{"http.request.method", "GET"}, {"http.route", "/v1/payments/{id}"}},
                        {.count = 7,
                         .sum = 7168,
                         .zeros = 0,
                         .zero_threshold = 0,
                         .first_index = 79,
                         .buckets = {7},
                         .explicit_counts = {},
                         .exemplars = {}})}},
      {.name = "lift.tenant.request.duration",
       .description = "By tenant.",
       .unit = "s",
       .kind = MetricKind::histogram,
       .bounds = {},
       .points = {shape({{"tenant.id", "acme"}, {"outcome", "success"}}, quick),
                  shape({{"tenant.id", "acme"}, {"outcome", "error"}}, slow),
                  shape({{"tenant.id", ""}, {"outcome", "success"}}, quick)}},
      {.name = "orders.placed",
       .description = "Orders.",
       .unit = "{order}",
       .kind = MetricKind::counter,
       .bounds = {},
       .points = {number({{"shop", "berlin"}}, 12)}},
      {.name = "queue.depth",
       .description = "Waiting.",
       .unit = "1",
       .kind = MetricKind::gauge,
       .bounds = {},
       .points = {number({}, 2.5)}}};
  snapshot.families[4].points[0].exemplar = exemplar;
  return snapshot;
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
