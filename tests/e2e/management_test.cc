// The management listener as operators find it: apart from the service, read-only, clear when it
// cannot be had.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>

#include "lift/app/app.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using test::RawClient;
using test::RawResponse;

AppOptions managed() {
  AppOptions options = embedded_options();
  options.management = ManagementOptions{.listen = {"127.0.0.1", 0, ""}};
  return options;
}

ListenAddress management_of(const App& app) {
  return *ListenAddress::parse(app.management_address().substr(std::string("http://").size()));
}

RawResponse ask(const ListenAddress& address, const std::string& method, const std::string& path) {
  RawClient client(address);
  EXPECT_TRUE(client.send(method + " " + path + " HTTP/1.1\r\nHost: t\r\n\r\n"));
  return client.read(method == "HEAD");
}

TEST(ManagementListener, AnswersItsPagesAndNothingElse) {
  App app(managed());
  app.get("/hello", [](Context&) { return text("hello"); });
  ASSERT_TRUE(app.start());
  const ListenAddress at = management_of(app);
  EXPECT_EQ(ask(test::address_of(app), "GET", "/hello").status, 200);
  ASSERT_TRUE(test::at_rest(app));
  const RawResponse page = ask(at, "GET", "/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("http_server_request_duration_seconds_count{http_request_method=\"GET\","
                           "http_response_status_code=\"200\",http_route=\"/hello\","
                           "url_scheme=\"http\"} 1\n"),
            std::string::npos)
      << page.body;
  EXPECT_TRUE(page.header("content-type").starts_with("text/plain; version=0.0.4"))
      << page.header("content-type");
  const RawResponse head = ask(at, "HEAD", "/metrics");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_NE(head.header("content-length"), "0");
  const RawResponse index = ask(at, "GET", "/");
  EXPECT_EQ(index.status, 200);
  EXPECT_NE(index.body.find("/metrics  metrics, as Prometheus reads them\n"), std::string::npos)
      << index.body;
  EXPECT_EQ(ask(at, "GET", "/hello").status, 404) << "the service is not here";
  EXPECT_EQ(ask(at, "GET", "/metrics/").status, 404);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    const RawResponse refused = ask(at, method, "/metrics");
    EXPECT_EQ(refused.status, 405) << method;
    EXPECT_EQ(refused.header("allow"), "GET, HEAD, OPTIONS") << method;
  }
}

TEST(ManagementListener, EveryLossHasItsSeriesAlsoWhileThereIsNone) {
  App app(managed());
  ASSERT_TRUE(app.start());
  const std::string page = ask(management_of(app), "GET", "/metrics").body;
  for (const char* signal : {"logs", "metrics", "traces"}) {
    for (const char* reason : {"ring_full", "oversize", "request_limit", "queue_full",
                               "export_rejected", "export_failed", "export_timeout", "shutdown"}) {
      const std::string series = "telemetry_dropped_total{reason=\"" + std::string(reason) +
                                 "\",signal=\"" + signal + "\"} 0\n";
      EXPECT_NE(page.find(series), std::string::npos) << series << page;
    }
  }
}

TEST(TelemetryHealth, TellsHowEachDestinationFares) {
  const test::ScratchFolder folder;
  AppOptions options = embedded_options();
  options.exports.log = LogFileOptions{};
  options.exports.log->path = (folder / "log").string();
  options.exports.otlp_traces.emplace().endpoint = "http://127.0.0.1:1/v1/traces";
  options.exports.flush_within = std::chrono::milliseconds(100);
  App app(std::move(options));
  EXPECT_TRUE(app.telemetry_health().empty()) << "before the start";
  app.get("/hello", [](Context&) { return text("hello"); });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(ask(test::address_of(app), "GET", "/hello").status, 200);
  ASSERT_TRUE(test::at_rest(app));
  app.flush_telemetry(std::chrono::milliseconds(500));
  const auto all = app.telemetry_health();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].signal, Signal::logs);
  EXPECT_EQ(all[0].stats.delivered, 1U);
  EXPECT_EQ(all[0].problem, "");
  EXPECT_EQ(all[1].signal, Signal::traces);
  EXPECT_EQ(all[1].stats.delivered, 0U);
  EXPECT_NE(all[1].problem, "") << "nobody listens there";
}

TEST(ManagementListener, IsNotReachableByTheService) {
  App app(managed());
  ASSERT_TRUE(app.start());
  EXPECT_NE(management_of(app).port, test::address_of(app).port);
  EXPECT_EQ(ask(test::address_of(app), "GET", "/metrics").status, 404);
  EXPECT_EQ(ask(test::address_of(app), "GET", "/").status, 404);
}

TEST(ManagementListener, ItsOwnRequestsAreNotCountedAsTheService) {
  App app(managed());
  ASSERT_TRUE(app.start());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(management_of(app), "GET", "/metrics").status, 200);
  EXPECT_TRUE(test::points(app, "http.server.request.duration").empty());
}

TEST(ManagementListener, ATakenPortIsRefusedWithTheFlagThatMovesIt) {
  App first(managed());
  ASSERT_TRUE(first.start());
  AppOptions options = embedded_options();
  options.management = ManagementOptions{.listen = management_of(first)};
  App second(std::move(options));
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "management_port");
  EXPECT_NE(started.error().message.find(management_of(first).to_string()), std::string::npos);
  EXPECT_TRUE(started.error().message.ends_with(
      "; choose another with --management PORT, or --management off"))
      << started.error().message;
  EXPECT_TRUE(second.addresses().empty());
  EXPECT_EQ(second.management_address(), "");
}

TEST(ManagementListener, OffMeansNone) {
  AppOptions options = managed();
  options.management.reset();
  App app(std::move(options));
  ASSERT_TRUE(app.start());
  EXPECT_EQ(app.management_address(), "");
}

TEST(ManagementListener, ABusyServiceDoesNotKeepItFromAnswering) {
  AppOptions options = managed();
  options.server.loops = 1;
  std::atomic<bool> over{false};
  std::atomic<bool> busy{false};
  App app(std::move(options));
  app.get("/busy", [&](Context&) {
    busy = true;
    busy.notify_all();
    over.wait(false);
    return text("done");
  });
  ASSERT_TRUE(app.start());
  RawClient client(test::address_of(app));
  ASSERT_TRUE(client.send("GET /busy HTTP/1.1\r\nHost: t\r\n\r\n"));
  busy.wait(false);
  const RawResponse page = ask(management_of(app), "GET", "/metrics");
  EXPECT_NE(page.body.find("http_server_active_requests{http_request_method=\"GET\"} 1\n"),
            std::string::npos);
  over = true;
  over.notify_all();
  EXPECT_EQ(client.read().body, "done");
}

}  // namespace
}  // namespace lift
