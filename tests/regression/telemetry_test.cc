// Defects of the original's observability that show only in a whole service, each named after the
// list that it stands in.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lift/app/app.h"
#include "tests/support/otlp_collector.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;

class TelemetryRegression : public testing::Test {
 protected:
  TelemetryRegression() {
    options.exports.log = LogFileOptions{.path = folder / "log"};
    options.exports.flush_within = 1s;
  }
  App& start() {
    app.emplace(std::move(options));
    app->get("/fine", [](Context& ctx) {
      ctx.log().info("working");
      return text("fine");
    });
    app->get("/broken", [](Context&) -> Response { throw std::runtime_error("no such table"); });
    app->get("/item/{id}", [](Context& ctx) { return text(ctx.param("id")); });
    app->post("/echo", [](Context& ctx) { return json_text(std::string(ctx.request().body)); });
    EXPECT_TRUE(app->start());
    return *app;
  }
  int get(const std::string& path) {
    return RawClient(test::address_of(*app))
        .ask("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n")
        .status;
  }
  /// All lines, once everything that was asked is written.
  std::vector<std::string> lines() {
    EXPECT_TRUE(test::at_rest(*app));
    EXPECT_EQ(app->flush_telemetry(10s).pending, 0U);
    return test::lines_of(folder / "log");
  }
  double count(const std::string& status) {
    double all = 0;
    for (const auto& [labels, point] : test::points(*app, "http.server.request.duration")) {
      for (const auto& [name, value] : point.labels) {
        if (name == "http.response.status_code" && value == status) {
          all += static_cast<double>(point.histogram->count);
        }
      }
    }
    return all;
  }
  OtlpDestinationOptions traces_to(const std::string& url) {
    OtlpDestinationOptions otlp;
    otlp.endpoint = url;
    return otlp;
  }

  test::ScratchFolder folder;
  AppOptions options = embedded_options();
  std::optional<App> app;
};

TEST_F(TelemetryRegression, D_OBS_1_a_failing_request_is_a_500_in_every_signal) {
  test::OtlpCollector collector;
  options.exports.otlp_traces = traces_to(collector.url() + "/v1/traces");
  start();
  EXPECT_EQ(get("/broken"), 500);
  const std::vector<std::string> all = lines();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(test::member(all[0], "status"), "500");
  EXPECT_EQ(test::member(all[0], "level"), "ERROR");
  EXPECT_EQ(count("500"), 1);
  EXPECT_EQ(count("200"), 0);
  EXPECT_EQ(collector.spans(), (std::map<std::string, std::uint64_t>{{"/broken 500", 1}}));
}

TEST_F(TelemetryRegression, D_OBS_2_what_can_be_set_is_heeded) {
  test::OtlpCollector collector;
  options.exports.otlp_traces = traces_to(collector.url() + "/v1/traces");
  options.observe->sampling.rate.ratio = 0;
  options.observe->bodies.request = true;
  options.exports.exporter.max_body = 40;
  start();
  const std::string body = R"({"note":")" + std::string(500, 'x') + R"("})";
  EXPECT_EQ(RawClient(test::address_of(*app))
                .ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                     "Content-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body)
                .status,
            200);
  EXPECT_EQ(get("/broken"), 500);
  const std::vector<std::string> all = lines();
  ASSERT_EQ(all.size(), 2U);
  const bool echo_first = all[0].contains("/echo");
  EXPECT_NE(all[echo_first ? 0 : 1].find("x...[truncated]"), std::string::npos) << all[0];
  EXPECT_NE(all[echo_first ? 1 : 0].find("no such table"), std::string::npos) << all[1];
  EXPECT_EQ(collector.spans(), (std::map<std::string, std::uint64_t>{{"/broken 500", 1}}))
      << "of those that went well none, by the ratio; of failures all";
}

TEST_F(TelemetryRegression, D_OBS_3_an_exception_has_its_line_and_leaves_nothing_active) {
  start();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/broken"), 500);
  EXPECT_EQ(lines().size(), 10U);
  EXPECT_EQ(test::sum(*app, "http.server.active_requests"), 0);
}

TEST_F(TelemetryRegression, D_OBS_4_the_size_of_an_answer_is_that_of_its_bytes) {
  start();
  EXPECT_EQ(get("/item/0123456789"), 200);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(test::member(lines()[0], "response_body_size"), "10");
}

TEST_F(TelemetryRegression, D_OBS_5_paths_make_neither_labels_nor_metrics) {
  start();
  EXPECT_EQ(get("/item/first"), 200);
  EXPECT_EQ(get("/nowhere/first"), 404);
  ASSERT_TRUE(test::at_rest(*app));
  const auto series = [this] {
    std::size_t all = 0;
    for (const MetricFamily& family : app->metrics().snapshot({}).families) {
      all += 1 + family.points.size();
    }
    return all;
  };
  const std::size_t before = series();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(get("/item/" + std::to_string(i)), 200);
    EXPECT_EQ(get("/nowhere/" + std::to_string(i)), 404);
  }
  ASSERT_TRUE(test::at_rest(*app));
  EXPECT_EQ(series(), before);
}

TEST_F(TelemetryRegression, D_OBS_6_two_apps_in_a_process_count_apart) {
  start();
  App other(embedded_options());
  ASSERT_TRUE(other.start());
  EXPECT_EQ(get("/fine"), 200);
  ASSERT_TRUE(test::at_rest(*app));
  EXPECT_EQ(count("200"), 1);
  EXPECT_TRUE(test::points(other, "http.server.request.duration").empty());
}

TEST_F(TelemetryRegression, D_OBS_7_requests_cost_no_calls_of_their_own) {
  test::OtlpCollector collector;
  options.exports.otlp_traces = traces_to(collector.url() + "/v1/traces");
  options.exports.otlp_metrics = traces_to(collector.url() + "/v1/metrics");
  start();
  RawClient client(test::address_of(*app));
  constexpr std::uint64_t kRequests = 1000;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    ASSERT_EQ(client.ask("GET /fine HTTP/1.1\r\nHost: t\r\n\r\n").status, 200);
  }
  EXPECT_EQ(lines().size(), 2 * kRequests);
  EXPECT_EQ(collector.spans().at("/fine 200"), kRequests);
  EXPECT_LT(collector.requests(), kRequests / 10);
}

TEST_F(TelemetryRegression, D_CWL_1_the_level_is_heeded) {
  options.telemetry.levels = "error";
  options.observe->hold_debug = false;
  start();
  EXPECT_EQ(get("/fine"), 200);
  app->log().warn("not heard");
  app->log().error("heard");
  std::size_t program = 0;
  for (const std::string& line : lines()) program += test::member(line, "status").empty() ? 1 : 0;
  EXPECT_EQ(program, 1U);
}

TEST_F(TelemetryRegression, D_CWL_2_a_batch_that_fails_is_counted_and_told) {
  test::ScriptedServer collector([](test::Peer& peer) {
    peer.answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.ends();
  });
  options.exports.otlp_traces = traces_to(collector.url("/v1/traces"));
  start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get("/fine"), 200);
  (void)lines();
  EXPECT_EQ(test::value(*app, "telemetry.dropped", "traces export_rejected"), 5);
  app->stop();
  const std::string last = test::lines_of(folder / "log").back();
  EXPECT_EQ(test::member(last, "message"), "telemetry was lost");
  EXPECT_EQ(test::member(last, "reasons"), "traces export_rejected 5");
}

TEST_F(TelemetryRegression, D_CWL_3_the_end_may_come_while_others_log) {
  start();
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> logged{0};
  std::vector<std::thread> loggers;
  for (int i = 0; i < 3; ++i) {
    loggers.emplace_back([&] {
      while (!over) {
        app->log().info("still here");
        ++logged;
      }
    });
  }
  ASSERT_TRUE(test::eventually([&logged] { return logged > 1000; }));
  app->stop();
  app->stop();
  const std::uint64_t at_end = logged;
  ASSERT_TRUE(test::eventually([&] { return logged > at_end + 1000; }));
  over = true;
  for (std::thread& logger : loggers) logger.join();
}

TEST_F(TelemetryRegression, D_CWL_4_a_flush_waits_for_what_was_logged_before) {
  start();
  for (int round = 1; round <= 20; ++round) {
    app->log().info("before the flush");
    const FlushReport report = app->flush_telemetry(10s);
    EXPECT_EQ(report.pending, 0U);
    EXPECT_EQ(test::lines_of(folder / "log").size(), static_cast<std::size_t>(round));
  }
}

TEST_F(TelemetryRegression, D_CWL_5_a_cold_start_waits_for_no_collector) {
  const test::FullServer nobody;
  options.exports.otlp_traces = traces_to(nobody.url() + "v1/traces");
  options.exports.otlp_logs = traces_to(nobody.url() + "v1/logs");
  options.exports.flush_within = 10ms;
  const auto before = std::chrono::steady_clock::now();
  start();
  EXPECT_EQ(get("/fine"), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  app->stop();
}

}  // namespace
}  // namespace lift
