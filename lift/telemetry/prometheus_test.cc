#include "lift/telemetry/prometheus.h"

#include <gtest/gtest.h>

#include <limits>

#include "lift/telemetry/detail/prometheus_names.h"
#include "lift/telemetry/metrics.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart{1'700'000'000s};
constexpr WallTime kNow{1'700'000'060s};

Resource resource() {
  return {.service = "payments",
          .version = "1.2",
          .environment = "",
          .instance = "",
          .tags = {{"cloud.region", "eu"}}};
}

Exemplar exemplar(double value) {
  Exemplar out{.value = value, .time = kStart + 1500ms, .trace = {}, .span = {}};
  out.trace.bytes.fill(0xab);
  out.span.bytes.fill(0xcd);
  return out;
}

/// One family of each kind.
MetricSnapshot sample() {
  MetricRegistry metrics(kStart + 250ms);
  const auto orders = metrics.counters({.name = "orders.placed",
                                        .description = "Orders\nwith \\ and \"quotes\".",
                                        .unit = "{order}"},
                                       {"shop.name"});
  orders.with("a\"b\\c\nd\xff").add(12);
  orders.with("a\"b\\c\nd\xff").set_exemplar(exemplar(1));
  metrics.gauge({.name = "queue.fill", .unit = "1"}).set(0.25);
  metrics.up_down({.name = "memory.used", .unit = "By"}).add(-5);
  const Histogram latency = metrics.histogram(
      {.name = "http.server.request.duration", .description = "How long.", .bounds = {0.5, 1}});
  for (const double value : {0.0, 0.25, 0.25, 0.75, 4.0}) latency.record(value);
  latency.set_exemplar(exemplar(0.75));
  latency.set_exemplar(exemplar(4));
  MetricSnapshot snapshot = metrics.snapshot(kNow);
  std::erase_if(snapshot.families,
                [](const MetricFamily& family) { return family.name.starts_with("telemetry."); });
  return snapshot;
}

TEST(PrometheusText, Golden) {
  std::string out = "before\n";
  encode_prometheus_text(sample(), resource(), out);
  EXPECT_EQ(out, R"(before
# HELP target_info Who is measured.
# TYPE target_info gauge
target_info{cloud_region="eu",service_name="payments",service_version="1.2"} 1
# HELP http_server_request_duration_seconds How long.
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{le="0.5"} 3
http_server_request_duration_seconds_bucket{le="1"} 4
http_server_request_duration_seconds_bucket{le="+Inf"} 5
http_server_request_duration_seconds_sum 5.25
http_server_request_duration_seconds_count 5
# TYPE memory_used_bytes gauge
memory_used_bytes -5
# HELP orders_placed_total Orders\nwith \\ and "quotes".
# TYPE orders_placed_total counter
orders_placed_total{shop_name="a\"b\\c\nd)"
                 "\xef\xbf\xbd"
                 R"("} 12
# TYPE queue_fill_ratio gauge
queue_fill_ratio 0.25
)");
}

TEST(OpenMetrics, Golden) {
  std::string out;
  encode_openmetrics(sample(), resource(), out);
  const std::string trace(R"( # {trace_id="abababababababababababababababab",)"
                          R"(span_id="cdcdcdcdcdcdcdcd"} )");
  EXPECT_EQ(out, R"(# HELP target Who is measured.
# TYPE target info
target_info{cloud_region="eu",service_name="payments",service_version="1.2"} 1
# HELP http_server_request_duration_seconds How long.
# TYPE http_server_request_duration_seconds histogram
# UNIT http_server_request_duration_seconds seconds
http_server_request_duration_seconds_bucket{le="0.5"} 3
http_server_request_duration_seconds_bucket{le="1.0"} 4)" +
                     trace + R"(0.75 1700000001.5
http_server_request_duration_seconds_bucket{le="+Inf"} 5)" +
                     trace +
                     R"(4 1700000001.5
http_server_request_duration_seconds_sum 5.25
http_server_request_duration_seconds_count 5
http_server_request_duration_seconds_created 1700000000.25
# TYPE memory_used_bytes gauge
# UNIT memory_used_bytes bytes
memory_used_bytes -5
# HELP orders_placed Orders\nwith \\ and \"quotes\".
# TYPE orders_placed counter
orders_placed_total{shop_name="a\"b\\c\nd)"
                     "\xef\xbf\xbd"
                     R"("} 12)" +
                     trace +
                     R"(1 1700000001.5
orders_placed_created{shop_name="a\"b\\c\nd)"
                     "\xef\xbf\xbd"
                     R"("} 1700000000.25
# TYPE queue_fill_ratio gauge
# UNIT queue_fill_ratio ratio
queue_fill_ratio 0.25
# EOF
)");
}

TEST(PrometheusText, Numbers) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const struct {
    double value;
    std::string text;
  } rows[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {1e15, "1000000000000000"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {1e300, "1e+300"},
      {9007199254740992.0, "9007199254740992"},
      {1e-7, "1e-07"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
  };
  for (const auto& row : rows) {
    MetricRegistry metrics(kStart);
    metrics.gauge({.name = "g"}).set(row.value);
    std::string out;
    encode_prometheus_text(metrics.snapshot(kNow), {}, out);
    EXPECT_TRUE(out.ends_with("\ng " + row.text + "\n")) << out;
  }
}

TEST(PrometheusNames, Of_metrics) {
  const struct {
    std::string name;
    std::string unit;
    MetricKind kind;
    std::string mapped;
  } rows[] = {
      {"http.server.request.duration", "s", MetricKind::histogram,
       "http_server_request_duration_seconds"},
      {"payments.created", "{payment}", MetricKind::counter, "payments_created"},
      {"payments.created.total", "", MetricKind::counter, "payments_created"},
      {"sent", "By", MetricKind::counter, "sent_bytes"},
      {"sent_bytes", "By", MetricKind::counter, "sent_bytes"},
      {"sent_bytes_total", "By", MetricKind::counter, "sent_bytes"},
      {"fill", "1", MetricKind::gauge, "fill_ratio"},
      {"fill", "1", MetricKind::up_down, "fill"},
      {"fill", "1", MetricKind::counter, "fill"},
      {"speed", "m/s", MetricKind::gauge, "speed_meters_per_second"},
      {"rate", "{request}/s", MetricKind::gauge, "rate_per_second"},
      {"odd", "foo-bar", MetricKind::gauge, "odd_foo_bar"},
      {"load", "%", MetricKind::gauge, "load_percent"},
      {"a..b__c.", "", MetricKind::gauge, "a_b_c"},
      {"9lives", "", MetricKind::gauge, "_9lives"},
      {"total", "", MetricKind::counter, "total"},
      {"", "", MetricKind::gauge, "_"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(prometheus_name(row.name, row.unit, row.kind), row.mapped) << row.name;
  }
}

TEST(PrometheusNames, Of_labels) {
  EXPECT_EQ(prometheus_label("http.route"), "http_route");
  EXPECT_EQ(prometheus_label("9"), "_9");
  EXPECT_EQ(prometheus_label(""), "_");
  EXPECT_EQ(prometheus_label("a-b"), "a_b");
}

TEST(PrometheusNames, Labels_of_one_name_are_put_together) {
  const std::vector<Label> labels{{"a_b", "2"}, {"c", "3"}, {"a.b", "1"}};
  EXPECT_EQ(detail::prometheus_labels(labels), (std::vector<Label>{{"a_b", "1;2"}, {"c", "3"}}));
}

TEST(PrometheusNames, Two_metrics_of_one_name_are_refused) {
  MetricRegistry metrics(kStart);
  static_cast<void>(metrics.histogram({.name = "a.b", .unit = "s"}));
  static_cast<void>(metrics.gauge({.name = "a_b", .unit = "s"}));
  static_cast<void>(metrics.gauge({.name = "a.b.seconds.count"}));
  static_cast<void>(metrics.gauge({.name = "target_info"}));
  static_cast<void>(metrics.counter({.name = "telemetry.metric.overflow"}));
  static_cast<void>(metrics.gauge({.name = "a.b.seconds.counted"}));
  EXPECT_EQ(metrics.problems().text(),
            "metric a_b.name: value \"a_b\" must not be a_b_seconds in Prometheus, which a.b is\n"
            "metric a.b.seconds.count.name: value \"a.b.seconds.count\" must not be "
            "a_b_seconds_count in Prometheus, which a.b is\n"
            "metric target_info.name: value \"target_info\" must not be target_info in "
            "Prometheus, which target_info is\n"
            "metric telemetry.metric.overflow.name: value \"telemetry.metric.overflow\" must not "
            "be telemetry_metric_overflow in Prometheus, which telemetry.metric.overflow is");
}

TEST(PrometheusFormat, Is_what_is_wanted_most) {
  using enum PrometheusFormat;
  const struct {
    std::string_view accept;
    PrometheusFormat format;
  } rows[] = {
      {"", text},
      {"*/*", text},
      {"text/html", text},
      {"text/plain;version=0.0.4", text},
      {"text/plain;version=1.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.1",
       open_metrics},
      {"application/openmetrics-text", open_metrics},
      {"Application/OpenMetrics-Text; Version=\"1.0.0\"", open_metrics},
      {"application/openmetrics-text;version=0.0.1", text},
      {"application/openmetrics-text;version=1.0.0;q=0", text},
      {"application/openmetrics-text;version=1.0.0;q=x,*/*;q=0.1", text},
      {"text/plain,application/openmetrics-text", text},
      {"application/vnd.google.protobuf", text},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
       text},
      // Prometheus 2.42 with native histograms, 3.0 without and with them.
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
       "encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,"
       "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       protobuf},
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
       "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       open_metrics},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
       "encoding=delimited;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;"
       "escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       protobuf},
  };
  for (const auto& row : rows) EXPECT_EQ(prometheus_format(row.accept), row.format) << row.accept;
}

TEST(PrometheusFormat, Content_types) {
  EXPECT_EQ(content_type(PrometheusFormat::text), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(PrometheusFormat::open_metrics),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(content_type(PrometheusFormat::protobuf),
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
            "encoding=delimited");
}

}  // namespace
}  // namespace lift
