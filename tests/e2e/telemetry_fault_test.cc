// What surrounds telemetry breaks while an app serves: no request waits for it, and nothing is lost
// unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lift/app/app.h"
#include "lift/http/json.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRequests = 3000;
constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: t\r\n\r\n";

App& with_hello(App& app) {
  return app.get("/hello", [](Context& ctx) {
    ctx.log().info("said hello");
    return text("hello");
  });
}

/// Asks one after another, as fast as answers come; the time that 99 of 100 stay within.
Clock::duration p99_of_requests(const App& app, std::size_t count) {
  RawClient client(test::address_of(app));
  std::vector<Clock::duration> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto before = Clock::now();
    EXPECT_EQ(client.ask(kHello).status, 200);
    times.push_back(Clock::now() - before);
  }
  std::ranges::sort(times);
  return times[times.size() * 99 / 100];
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t pages = 0;
  in >> pages >> pages;
  return pages * 4096;
}

/// One way in which a collector is no good.
struct Broken {
  const char* name;
  std::function<void(test::Peer&)> script;  ///< none: nobody listens
  std::vector<std::string> reasons;         ///< any of which a loss may have
  bool keeps_some = false;                  ///< for when it is to be asked again
};

void hang(test::Peer& peer) { peer.ends(); }
void read_and_hang(test::Peer& peer) {
  peer.head();
  peer.ends();
}
void half_close(test::Peer& peer) {
  peer.head();
  ::shutdown(peer.descriptor(), SHUT_WR);
  peer.ends();
}
void drip(test::Peer& peer) {
  peer.head();
  for (const char c : std::string("HTTP/1.1 200 OK\r\nX-Slow: ") + std::string(10'000, 'x')) {
    if (!peer.send(std::string_view(&c, 1)) || ::poll(nullptr, 0, 20) != 0) return;
  }
}
void reset(test::Peer& peer) {
  peer.head();
  peer.reset();
}
void garbage(test::Peer& peer) {
  peer.head();
  peer.send("SSH-2.0-OpenSSH_9.2\r\n");
  peer.ends();
}
std::function<void(test::Peer&)> answers(const std::string& head) {
  return [head](test::Peer& peer) {
    peer.answer("HTTP/1.1 " + head + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.ends();
  };
}

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenCollector : public testing::TestWithParam<Broken> {};

OtlpDestinationOptions to(const std::string& endpoint) {
  OtlpDestinationOptions options;
  options.endpoint = endpoint;
  options.sender.max_queue_bytes = 256U << 10U;
  options.sender.max_queue_items = 1000;
  options.sender.max_delay = 20ms;
  options.sender.timeout = 200ms;
  options.sender.give_up_after = 600ms;
  options.sender.backoff = {.base = 50ms, .cap = 200ms};
  return options;
}

/// Of a signal: delivered anywhere, and lost, in items.
double told(App& app, const std::string& signal) {
  return test::sum(app, "telemetry.exported", signal) + test::sum(app, "telemetry.dropped", signal);
}

TEST_P(BrokenCollector, DelaysNoRequestAndEveryLossIsCounted) {
  const Broken& broken = GetParam();
  std::unique_ptr<test::ScriptedServer> server =
      std::make_unique<test::ScriptedServer>(broken.script ? broken.script : &hang);
  const std::string url = server->url("/v1/traces");
  if (!broken.script) server.reset();  // the port is free again, and refuses
  AppOptions options = embedded_options();
  options.exports.otlp_traces = to(url);
  options.exports.flush_within = 100ms;
  App app(std::move(options));
  with_hello(app);
  ASSERT_TRUE(app.start());
  const std::uint64_t before = resident_bytes();
  EXPECT_LT(p99_of_requests(app, kRequests), 50ms);
  EXPECT_LT(resident_bytes(), before + (64U << 20U));
  double kept = 0;
  const auto all_told = [&] {
    kept = static_cast<double>(app.flush_telemetry(1ms).pending);
    return told(app, "traces") + kept == kRequests && (kept == 0 || broken.keeps_some);
  };
  ASSERT_TRUE(test::eventually(all_told)) << told(app, "traces") << " and " << kept;
  EXPECT_EQ(test::sum(app, "telemetry.exported", "traces"), 0);
  double named = kept;
  for (const std::string& reason : broken.reasons) {
    named += test::value(app, "telemetry.dropped", "traces " + reason);
  }
  EXPECT_EQ(named, kRequests);
  const auto stopping = Clock::now();
  app.stop();
  EXPECT_LT(Clock::now() - stopping, 3s);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenCollector,
    testing::Values(
        Broken{"refuses", {}, {"export_failed", "export_timeout", "queue_full"}},
        Broken{"hangs", hang, {"export_timeout", "queue_full"}},
        Broken{"reads_and_hangs", read_and_hang, {"export_timeout", "queue_full"}},
        Broken{"half_closes", half_close, {"export_failed", "export_timeout", "queue_full"}},
        Broken{"drips", drip, {"export_timeout", "queue_full"}},
        Broken{"resets", reset, {"export_failed", "export_timeout", "queue_full"}},
        Broken{
            "speaks_another_protocol", garbage, {"export_failed", "export_timeout", "queue_full"}},
        Broken{"is_busy",
               answers("429 Too Many Requests\r\nRetry-After: 1"),
               {"export_failed", "export_timeout", "queue_full"}},
        Broken{"is_away",
               answers("503 Service Unavailable\r\nRetry-After: 3600"),
               {"export_failed", "export_timeout", "queue_full"},
               true},
        Broken{"refuses_all", answers("400 Bad Request"), {"export_rejected", "queue_full"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(TelemetryFault, ACollectorThatComesBackGetsWhatIsStillWanted) {
  std::atomic<int> asked{0};
  test::ScriptedServer server([&asked](test::Peer& peer) {
    const bool first = asked.fetch_add(1) < 3;
    peer.answer(first ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                        "Retry-After: 0\r\nConnection: close\r\n\r\n"
                      : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.ends();
  });
  AppOptions options = embedded_options();
  options.exports.otlp_traces = to(server.url("/v1/traces"));
  options.exports.otlp_traces->sender.give_up_after = 20s;
  options.exports.otlp_traces->sender.timeout = 10s;
  App app(std::move(options));
  with_hello(app);
  ASSERT_TRUE(app.start());
  (void)p99_of_requests(app, 100);
  ASSERT_TRUE(
      test::eventually([&app] { return test::sum(app, "telemetry.exported", "traces") == 100; }));
  EXPECT_EQ(test::sum(app, "telemetry.dropped"), 0);
}

TEST(TelemetryFault, AFullDiskDelaysNoRequestAndItsLinesAreCounted) {
  AppOptions options = embedded_options();
  options.exports.log = LogFileOptions{.path = "/dev/full"};
  options.exports.log->max_buffer = 64U << 10U;
  options.exports.log->max_line = 4096;
  options.exports.flush_within = 200ms;
  App app(std::move(options));
  with_hello(app);
  ASSERT_TRUE(app.start());
  EXPECT_LT(p99_of_requests(app, kRequests), 50ms);
  ASSERT_TRUE(test::at_rest(app));
  const FlushReport report = app.flush_telemetry(200ms);
  EXPECT_GT(report.pending, 0U) << "what the buffer holds is tried again";
  const double dropped = test::value(app, "telemetry.dropped", "logs queue_full");
  EXPECT_EQ(dropped + static_cast<double>(report.pending), 2 * kRequests);
  EXPECT_EQ(test::sum(app, "telemetry.exported", "logs"), 0);
  const auto stopping = Clock::now();
  app.stop();
  EXPECT_LT(Clock::now() - stopping, 5s);
}

TEST(TelemetryFault, ALineOfTenMegabytesIsCountedAndTheRestIsWritten) {
  const test::ScratchFolder folder;
  AppOptions options = embedded_options();
  options.exports.log = LogFileOptions{.path = folder / "log"};
  App app(std::move(options));
  const std::string huge(10U << 20U, 'x');
  app.get("/hello", [&huge](Context& ctx) {
    ctx.log().info(huge);
    ctx.log().error("a long field", field("of", huge));
    ctx.annotate(field("noted", huge));
    return text("hello");
  });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(RawClient(test::address_of(app)).ask(kHello).status, 200);
  ASSERT_TRUE(test::at_rest(app));
  app.log().info(huge);
  EXPECT_EQ(app.flush_telemetry(5s).pending, 0U);
  EXPECT_EQ(test::value(app, "telemetry.dropped", "logs oversize"), 3);
  EXPECT_EQ(test::value(app, "telemetry.dropped", "logs request_limit"), 1);
  app.stop();
  const std::vector<std::string> lines = test::lines_of(folder / "log");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(test::member(lines[0], "status"), "200");
  EXPECT_EQ(test::member(lines[1], "message"), "telemetry was lost");
  EXPECT_NE(lines[1].find("logs oversize 3, logs request_limit 1"), std::string::npos) << lines[1];
}

/// True if it is UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing too large.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t k) {
      return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U;
    };
    const unsigned first = at(i);
    const std::size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4)) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((at(i + k) & 0xc0U) != 0x80) return false;
    }
    const unsigned second = at(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// Read to see whether the whole is JSON, in UTF-8 and without a key twice.
struct AnyLine {
  std::string message;
  static void describe(Fields<AnyLine>& f) {
    f.field("message", &AnyLine::message);
    f.ignore_others();
  }
};

const std::vector<std::string>& nasty_texts() {
  using namespace std::string_literals;
  static const std::vector<std::string> all{
      "\xff\xfe"s,          "a\nb\rc\td"s,   "nul \0 here"s,  "\x1b[31mred\x1b[0m"s,
      "quote \" slash \\"s, "\xc0\xaf"s,     "\xed\xa0\x80"s, "cut \xe2\x82"s,
      "\xf4\x90\x80\x80"s,  "\x7f\x80\x85"s, "{\"a\":1}"s,    "\xe2\x80\xa8 line separator"s};
  return all;
}

TEST(TelemetryFault, NoBytesOfAClientBreakALineOrAPage) {
  const test::ScratchFolder folder;
  AppOptions options = embedded_options();
  options.management = ManagementOptions{.listen = {"127.0.0.1", 0, ""}};
  options.exports.log = LogFileOptions{.path = folder / "log"};
  const auto asked_for = [](const Context& ctx) -> const std::string& {
    return nasty_texts()[std::stoul(std::string(ctx.request().headers.value("x-which")))];
  };
  options.observe->tenant = [&](Context& ctx) -> std::string_view { return asked_for(ctx); };
  App app(std::move(options));
  const auto seen = app.metrics().counters({.name = "seen"}, {"what"});
  app.get("/{rest...}", [&](Context& ctx) {
    const std::string& nasty = asked_for(ctx);
    seen.with(nasty).add();
    ctx.log(nasty).info(nasty, field(nasty, nasty), field("path", ctx.param("rest")));
    ctx.annotate(field(nasty, nasty));
    return text("ok");
  });
  ASSERT_TRUE(app.start());
  for (std::size_t i = 0; i < nasty_texts().size(); ++i) {
    const std::string request =
        "GET /a%0a%ff%22?q=%0d%0a%fe HTTP/1.1\r\nHost: t\r\nX-Which: " + std::to_string(i) +
        "\r\nUser-Agent: \x80\xff\t\"\\\r\nX-Request-Id: \xff\xfe\r\n\r\n";
    ASSERT_EQ(RawClient(test::address_of(app)).ask(request).status, 200) << i;
    app.log().warn(nasty_texts()[i], field("text", nasty_texts()[i]));
  }
  ASSERT_TRUE(test::at_rest(app));
  EXPECT_EQ(app.flush_telemetry(5s).pending, 0U);
  const std::vector<std::string> lines = test::lines_of(folder / "log");
  EXPECT_EQ(lines.size(), 3 * nasty_texts().size()) << "one of the request, and two of the program";
  for (const std::string& line : lines) {
    EXPECT_TRUE(from_json<AnyLine>(line).has_value()) << line;
    EXPECT_FALSE(has_control_character(line)) << line;
  }
  const auto management = ListenAddress::parse(app.management_address().substr(7));
  const std::string page =
      RawClient(*management).ask("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n").body;
  EXPECT_TRUE(is_utf8(page));
  EXPECT_EQ(test::sum(app, "seen"), nasty_texts().size());
}

TEST(TelemetryFault, AHundredThousandLabelValuesStayWithinTheirCap) {
  constexpr std::size_t kValues = 100'000;
  AppOptions options = embedded_options();
  std::size_t next = 0;
  std::string tenant;
  options.server.loops = 1;
  options.observe->tenant = [&](Context&) -> std::string_view {
    return tenant = "tenant-" + std::to_string(next++);
  };
  App app(std::move(options));
  with_hello(app);
  const auto shops = app.metrics().counters({.name = "orders"}, {"shop"});
  ASSERT_TRUE(app.start());
  const std::uint64_t before = resident_bytes();
  for (std::size_t i = 0; i < kValues; ++i) shops.with("shop-" + std::to_string(i)).add();
  RawClient client(test::address_of(app));
  constexpr std::size_t kCalls = 5000;
  for (std::size_t sent = 0; sent < kCalls; sent += 100) {
    std::string bytes;
    for (std::size_t i = sent; i < sent + 100; ++i) {
      bytes += "GET /nowhere/" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
    }
    ASSERT_TRUE(client.send(bytes));
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read().status, 404);
  }
  ASSERT_TRUE(test::at_rest(app));
  EXPECT_EQ(test::points(app, "orders").size(), 2001U);
  EXPECT_EQ(test::sum(app, "orders"), kValues) << "what has no series of its own is counted too";
  EXPECT_EQ(test::value(app, "orders", "true"), kValues - 2000);
  const auto tenants = test::points(app, "lift.tenant.request.duration");
  EXPECT_LE(tenants.size(), 2U * 51);
  std::uint64_t counted = 0;
  for (const auto& [labels, point] : tenants) counted += point.histogram->count;
  EXPECT_EQ(counted, kCalls);
  EXPECT_LE(test::points(app, "http.server.request.duration").size(), 2U) << "no path is a label";
  EXPECT_LT(resident_bytes(), before + (64U << 20U));
}

}  // namespace
}  // namespace lift
