// Log lines, metrics, spans and what clients saw are about the same requests, whatever became of
// them: all are projections of one record.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "lift/app/app.h"
#include "lift/base/sleep.h"
#include "tests/support/otlp_collector.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using Counts = std::map<std::string, std::uint64_t>;

constexpr std::size_t kClients = 4;
constexpr std::size_t kPipelined = 20;

struct Sort {
  std::string_view request;
  std::string_view key;  ///< "route status"
  unsigned weight;
};
constexpr std::array kSorts{
    Sort{"GET /ok/1", "/ok/{id} 200", 60},    Sort{"POST /ok/2", "/ok/{id} 201", 10},
    Sort{"GET /invalid", "/invalid 422", 8},  Sort{"GET /broken", "/broken 500", 5},
    Sort{"GET /missing", "unmatched 404", 8}, Sort{"GET /private", "/private 401", 5},
    Sort{"GET /failing", "/failing 503", 3},  Sort{"GET /slow", "/slow 504", 1},
    Sort{"DELETE /ok/1", "unmatched 405", 5},
};

std::size_t requests() {
  const char* given = std::getenv("LIFT_AGREE_REQUESTS");
  return given == nullptr ? 100'000 : std::strtoull(given, nullptr, 10);
}

const Sort& pick(SeededRandom& random) {
  unsigned all = 0;
  for (const Sort& sort : kSorts) all += sort.weight;
  auto at = static_cast<unsigned>(random.below(all));
  for (const Sort& sort : kSorts) {
    if (at < sort.weight) return sort;
    at -= sort.weight;
  }
  return kSorts.front();
}

/// Sends its share over one connection and counts what it expects; every answer must be the one.
void call(const ListenAddress& address, std::uint64_t seed, std::size_t count, Counts& sent) {
  RawClient client(address);
  SeededRandom random(seed);
  while (count > 0) {
    std::string bytes;
    std::vector<const Sort*> batch;
    for (; batch.size() < kPipelined && count > 0; --count) {
      batch.push_back(&pick(random));
      bytes += std::string(batch.back()->request) + " HTTP/1.1\r\nHost: t\r\n\r\n";
    }
    ASSERT_TRUE(client.send(bytes));
    for (const Sort* sort : batch) {
      const int status = client.read().status;
      ASSERT_TRUE(sort->key.ends_with(" " + std::to_string(status))) << sort->key << status;
      ++sent[std::string(sort->key)];
    }
  }
}

Counts call_all(const App& app, std::size_t count) {
  std::array<Counts, kClients> each;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] { call(test::address_of(app), i, count / kClients, each[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  Counts sent;
  for (const Counts& one : each) {
    for (const auto& [key, n] : one) sent[key] += n;
  }
  return sent;
}

void add_routes(App& app) {
  const RouteOptions open{.is_public = true};
  const auto handled = app.metrics().counters({.name = "handled"}, {"route"});
  const Counter ok = handled.with("/ok/{id} 200");
  app.get("/ok/{id}", [ok](Context& ctx) { return ok.add(), text(ctx.param("id")); }, open);
  app.post("/ok/{id}", [](Context&) { return text("made").with_status(201); }, open);
  app.get("/invalid", [](Context&) { return text("").with_status(422); }, open);
  app.get("/failing", [](Context&) { return text("").with_status(503); }, open);
  app.get("/private", [](Context&) { return text("never"); });
  app.get("/broken", [](Context&) -> Response { throw std::runtime_error("broken"); }, open);
  app.get("/slow",
          [](Context& ctx) -> Task<Response> {
            co_await ctx.sleep(1h);
            co_return text("never");
          },
          {.timeout = 2ms, .is_public = true});
}

AppOptions options_for(const test::OtlpCollector& collector, const std::filesystem::path& log) {
  AppOptions options = embedded_options();
  options.server.loops = 2;
  options.identify->resolver = [](Context&) -> Resolution { return std::nullopt; };
  options.exports.log = LogFileOptions{.path = log};
  options.exports.otlp_traces.emplace();
  options.exports.otlp_traces->endpoint = collector.url() + "/v1/traces";
  return options;
}

Counts by_log(const std::vector<std::string>& lines, bool sampled_only = false) {
  Counts counts;
  for (const std::string& line : lines) {
    if (test::member(line, "status").empty()) continue;
    if (sampled_only && test::member(line, "sampled") != "true") continue;
    ++counts[test::member(line, "operation") + " " + test::member(line, "status")];
  }
  return counts;
}

Counts by_histogram(App& app) {
  Counts counts;
  for (const auto& [labels, point] : test::points(app, "http.server.request.duration")) {
    std::string route = "unmatched";
    std::string status;
    for (const auto& [name, value] : point.labels) {
      if (name == "http.route") route = value;
      if (name == "http.response.status_code") status = value;
    }
    counts[route + " " + status] += point.histogram->count;
  }
  return counts;
}

std::uint64_t total(const Counts& counts) {
  std::uint64_t all = 0;
  for (const auto& [key, count] : counts) all += count;
  return all;
}

TEST(TelemetryAgreement, LinesMetricsAndSpansCountTheSameRequests) {
  test::OtlpCollector collector;
  ASSERT_TRUE(collector.started());
  const test::ScratchFolder folder;
  AppOptions options = options_for(collector, folder / "log");
  options.telemetry.buffer.ring_bytes = 64U << 20U;
  options.exports.log->max_buffer = 256U << 20U;
  options.exports.otlp_traces->sender.max_queue_bytes = 512U << 20U;
  options.exports.otlp_traces->sender.max_queue_items = 1'000'000;
  options.exports.flush_within = 60s;
  options.observe->sampling.rate.ratio = 0.5;
  App app(std::move(options));
  add_routes(app);
  ASSERT_TRUE(app.start());
  const Counts sent = call_all(app, requests());
  ASSERT_EQ(total(sent), requests());
  ASSERT_TRUE(test::at_rest(app));
  ASSERT_TRUE(test::eventually([&app] { return app.flush_telemetry(60s).pending == 0; }));
  EXPECT_EQ(by_histogram(app), sent);
  EXPECT_EQ(test::value(app, "handled", "/ok/{id} 200"), sent.at("/ok/{id} 200"));
  EXPECT_EQ(app.counters().exceptions, sent.at("/broken 500"));
  EXPECT_EQ(app.counters().timeouts, sent.at("/slow 504"));
  EXPECT_EQ(test::sum(app, "telemetry.dropped"), 0);
  EXPECT_EQ(test::sum(app, "http.server.active_requests"), 0);
  app.stop();
  const std::vector<std::string> lines = test::lines_of(folder / "log");
  EXPECT_EQ(by_log(lines), sent);
  const Counts sampled = by_log(lines, true);
  EXPECT_EQ(collector.spans(), sampled);
  EXPECT_EQ(sampled.at("/broken 500"), sent.at("/broken 500")) << "failures are kept";
  EXPECT_LT(sampled.at("/ok/{id} 200"), sent.at("/ok/{id} 200"));
  testing::Test::RecordProperty("requests", std::to_string(total(sent)));
  testing::Test::RecordProperty("spans", std::to_string(total(sampled)));
}

TEST(TelemetryAgreement, WhatIsMissingUnderPressureIsCounted) {
  test::OtlpCollector collector;
  ASSERT_TRUE(collector.started());
  const test::ScratchFolder folder;
  AppOptions options = options_for(collector, folder / "log");
  options.telemetry.buffer.ring_bytes = 64U << 10U;
  options.exports.exporter.poll = 500ms;
  options.exports.log->max_buffer = 64U << 10U;
  options.exports.log->max_line = 8U << 10U;
  options.exports.otlp_traces->sender.max_queue_bytes = 64U << 10U;
  App app(std::move(options));
  add_routes(app);
  ASSERT_TRUE(app.start());
  const Counts sent = call_all(app, requests() / 4);
  ASSERT_TRUE(test::at_rest(app));
  ASSERT_TRUE(test::eventually([&app] { return app.flush_telemetry(60s).pending == 0; }));
  EXPECT_EQ(by_histogram(app), sent) << "metrics are never lost";
  const double lost_lines = test::sum(app, "telemetry.dropped", "logs");
  const double lost_spans = test::sum(app, "telemetry.dropped", "traces");
  app.stop();
  const std::uint64_t lines = total(by_log(test::lines_of(folder / "log")));
  const std::uint64_t spans = total(collector.spans());
  EXPECT_EQ(lines + static_cast<std::uint64_t>(lost_lines), total(sent));
  EXPECT_EQ(spans + static_cast<std::uint64_t>(lost_spans), total(sent));
  EXPECT_GT(lost_spans, 0);
}

}  // namespace
}  // namespace lift
