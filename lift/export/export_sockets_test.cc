// Destinations over real sockets and threads: a Lift server as the collector, and peers that
// refuse, close half way and throttle.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "lift/export/log_file.h"
#include "lift/export/otlp_destination.h"
#include "lift/telemetry/encoder_fixture_test.h"
#include "tests/support/fake_collector.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/test_client.h"
#include "tests/support/test_service.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::ScriptedServer;

/// otlp.traces on a client's loop.
class Traces {
 public:
  explicit Traces(const std::string& url) {
    OtlpDestinationOptions options;
    options.endpoint = url;
    options.gzip = true;
    options.sender.max_delay = 1ms;
    options.sender.backoff = {.kind = BackoffKind::fixed, .base = 10ms, .jitter = false};
    on_loop([&] {
      destination_ =
          make_otlp_destination(Signal::traces, options, sample_resource(), *client_).value();
      running_ = destination_->run();
    });
  }
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;
  ~Traces() {
    on_loop([&] {
      destination_->stop();
      running_.drop();
      destination_.reset();
    });
  }
  void send(int requests) {
    on_loop([&] {
      for (; requests > 0; --requests) destination_->request(sample_.view);
    });
  }
  DestinationStats flushed(Duration time = 20s) {
    const auto work = [&]() -> Task<void> {
      return destination_->flush(client_.thread().loop().clock().now() + time);
    };
    EXPECT_TRUE(client_.thread().run_sync(work).has_value());
    return destination_->stats();
  }
  [[nodiscard]] std::string problem() {
    std::string out;
    on_loop([&] { out = destination_->problem(); });
    return out;
  }

 private:
  template <class F>
  void on_loop(F work) {
    EXPECT_TRUE(client_.thread().run_sync(work).has_value());
  }
  test::TestClient client_;
  SampleRequest sample_;
  std::unique_ptr<Destination> destination_;
  Task<void> running_;
};

TEST(ExportSockets, ALiftServerCollectsEverySpan) {
  std::atomic<std::size_t> spans{0};
  std::atomic<int> requests{0};
  test::TestService service;
  service.add("/v1/traces", [&](Context& ctx) {
    // The second is one too many at once.
    if (requests.fetch_add(1) == 1) return text("later").with_status(429).with("retry-after", "0");
    const std::string body = test::gunzipped(ctx.request().body);
    const auto resources = test::submessages(body, 1).value();
    for (const std::string_view resource : resources) {
      const auto scopes = test::submessages(resource, 2).value();
      for (const std::string_view scope : scopes) {
        spans.fetch_add(test::submessages(scope, 2).value().size());
      }
    }
    return text("").with("content-type", "application/x-protobuf");
  });
  test::TestServer server(service);
  const int port = server->addresses().at(0).port;
  Traces traces("http://127.0.0.1:" + std::to_string(port) + "/v1/traces");
  for (int i = 0; i < 20; ++i) traces.send(100);
  const DestinationStats stats = traces.flushed();
  EXPECT_EQ(stats.delivered, 6000U);
  EXPECT_EQ(stats.pending, 0U);
  EXPECT_EQ(spans.load(), 6000U);
}

TEST(ExportSockets, AfterARefusalAHalfAnswerAndA503ItArrives) {
  std::atomic<int> connections{0};
  const ScriptedServer collector([&](Peer& peer) {
    const int turn = connections.fetch_add(1);
    if (turn == 0) return peer.reset();
    EXPECT_TRUE(peer.head().starts_with("POST /v1/traces "));
    if (turn == 1) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhal");
    } else if (turn == 2) {
      peer.send(
          "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    } else {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
  });
  Traces traces(collector.url("/v1/traces"));
  traces.send(1);
  EXPECT_EQ(traces.flushed().delivered, 3U);
  EXPECT_GE(connections.load(), 4);
  EXPECT_EQ(traces.problem(), "");
}

TEST(ExportSockets, ADestinationThatIsDownIsToldAndLosesNothingWhileThereIsTime) {
  std::string url;
  {
    const ScriptedServer gone([](Peer&) {});
    url = gone.url("/v1/traces");
  }
  Traces traces(url);
  traces.send(1);
  const DestinationStats stats = traces.flushed(200ms);
  EXPECT_EQ(stats.pending, 3U);
  EXPECT_TRUE(traces.problem().starts_with("connect_failed")) << traces.problem();
}

TEST(ExportSockets, ALogFileIsWrittenByItsWorkers) {
  const test::ScratchFolder folder;
  const std::string path = folder / "log";
  std::string expected;
  LoopThread thread("exports");
  ASSERT_TRUE(thread.start());
  std::unique_ptr<LogFile> file = LogFile::open({.path = path, .max_delay = 1ms}).value();
  Task<void> running;
  const auto flush = [&]() -> Task<bool> { return file->flush(thread.loop().clock().now() + 20s); };
  ASSERT_TRUE(thread.run_sync([&] { running = file->run(); }));
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(thread.run_sync([&] {
      for (int line = 0; line < 200; ++line) {
        const std::string text = "line " + std::to_string(i * 200 + line) + "\n";
        file->line(text, LogLevel::info);
        expected += text;
      }
    }));
  }
  EXPECT_TRUE(thread.run_sync(flush).value());
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), expected);
  EXPECT_EQ(file->stats().delivered, 10'000U);
  ASSERT_TRUE(thread.run_sync([&] {
    file->stop();
    running.drop();
    file.reset();
  }));
}

}  // namespace
}  // namespace lift
