// Health as probes and operators see it: over sockets, with real peers, while things break.
#include <gtest/gtest.h>

#include <poll.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "lift/app/app.h"
#include "lift/app/http_check.h"
#include "lift/app/network_checks.h"
#include "lift/app/service_checks.h"
#include "lift/app/system_checks.h"
#include "lift/health/health.h"
#include "lift/identity/identify.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using test::RawResponse;

AppOptions managed() {
  AppOptions options = embedded_options();
  options.management = ManagementOptions{.listen = {"127.0.0.1", 0, ""}};
  return options;
}

RawResponse get(const ListenAddress& at, const std::string& path, const std::string& more = "") {
  return RawClient(at).ask("GET " + path + " HTTP/1.1\r\nHost: t\r\n" + more + "\r\n");
}

ListenAddress management_of(const App& app) {
  return *ListenAddress::parse(app.management_address().substr(std::string("http://").size()));
}

/// Until it is so; what is waited for comes from another thread.
bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 5000; ++i) {
    if (so()) return true;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

class HealthE2e : public testing::Test {
 protected:
  /// Runs `check` in an app of its own, and says how it went.
  CheckView once(const std::function<Result<Check>(App&)>& make) {
    App app(embedded_options());
    auto made = make(app);
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return {};
    made->options.gates = HealthGate::startup;  // runs at once
    EXPECT_TRUE(app.health().add(std::move(*made)));
    EXPECT_TRUE(app.start());
    EXPECT_TRUE(eventually([&app] { return app.health().share()->checks.front()->runs > 0; }));
    return *app.health().share()->checks.front();
  }
};

TEST_F(HealthE2e, ProbesAreAnsweredOnBothListenersAndLeaveNoTrace) {
  App app(managed());
  app.get("/hello", [](Context&) { return text("hello"); });
  ASSERT_TRUE(app.start());
  const ListenAddress at = test::address_of(app);
  for (const ListenAddress& where : {at, management_of(app)}) {
    for (const auto* path : {"/health", "/ready", "/live"}) {
      EXPECT_EQ(get(where, path).status, 200) << path;
    }
  }
  EXPECT_EQ(get(management_of(app), "/health/detail").status, 200);
  EXPECT_EQ(get(at, "/hello").status, 200);
  ASSERT_TRUE(test::at_rest(app));
  const std::string metrics = get(management_of(app), "/metrics").body;
  EXPECT_NE(metrics.find("lift_health_ready 1\n"), std::string::npos);
  EXPECT_EQ(metrics.find("route=\"unmatched\""), std::string::npos) << metrics;
  EXPECT_EQ(metrics.find("route=\"/ready\""), std::string::npos);
  EXPECT_NE(metrics.find("http_server_active_requests{http_request_method=\"GET\"} 0\n"),
            std::string::npos);
}

TEST_F(HealthE2e, DetailsAreForThoseWithTheRole) {
  AppOptions options = embedded_options();
  options.health->detail_role = "operator";
  options.identify->resolver = [](Context& ctx) -> Resolution {
    const std::string who(ctx.request().headers.value("x-who"));
    if (who.empty()) return std::nullopt;
    Claims claims{.tenant = "acme", .user = who, .roles = {}};
    if (who == "ada") claims.roles.emplace_back("operator");
    return claims;
  };
  App app(std::move(options));
  ASSERT_TRUE(app.health().add(blocking_check({.name = "db", .gates = HealthGate::startup}, [] {
    return CheckResult::warn("slow", "10.0.0.7 is late");
  })));
  ASSERT_TRUE(app.start());
  const ListenAddress at = test::address_of(app);
  ASSERT_TRUE(eventually([&] { return get(at, "/ready").status == 200; }));
  EXPECT_EQ(get(at, "/health/detail").status, 401);
  EXPECT_EQ(get(at, "/health/detail", "x-who: bob\r\n").status, 403);
  const RawResponse shown = get(at, "/health/detail", "x-who: ada\r\n");
  EXPECT_EQ(shown.status, 200);
  EXPECT_NE(shown.body.find("\"code\":\"slow\""), std::string::npos) << shown.body;
  EXPECT_EQ(shown.body.find("10.0.0.7"), std::string::npos);
  EXPECT_EQ(get(at, "/health").status, 200) << "in short it is for everybody";
}

TEST_F(HealthE2e, DrainingIsNotReadyWhileRequestsAreStillServed) {
  AppOptions options = embedded_options();
  options.server.lame_duck = 400ms;
  App app(std::move(options));
  app.get("/hello", [](Context&) { return text("hello"); });
  ASSERT_TRUE(app.start());
  const ListenAddress at = test::address_of(app);
  EXPECT_EQ(get(at, "/ready").status, 200);
  std::thread stopping([&app] { app.stop(); });
  EXPECT_TRUE(eventually([&] { return app.health().draining(); }));
  const RawResponse ready = get(at, "/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("draining"), std::string::npos);
  EXPECT_EQ(get(at, "/live").status, 200);
  const RawResponse served = get(at, "/hello");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(served.header("connection"), "close");
  stopping.join();
}

TEST_F(HealthE2e, ALoopThatHangsFailsLiveness) {
  AppOptions options = managed();
  options.server.loops = 1;
  options.health->live_limit = 1s;
  App app(std::move(options));
  std::atomic<bool> release{false};
  app.get("/hang", [&release](Context&) {
    release.wait(false);
    return text("at last");
  });
  ASSERT_TRUE(app.start());
  EXPECT_EQ(get(management_of(app), "/live").status, 200);
  std::thread client([&app] { (void)get(test::address_of(app), "/hang"); });
  EXPECT_TRUE(eventually([&app] { return get(management_of(app), "/live").status == 503; }));
  release = true;
  release.notify_all();
  client.join();
  EXPECT_TRUE(eventually([&app] { return get(management_of(app), "/live").status == 200; }));
}

TEST_F(HealthE2e, RoutesThatWouldBeHiddenAreRefused) {
  App app(embedded_options());
  app.get("/ready", [](Context&) { return text("mine"); });
  const Result<> started = app.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("/ready"), std::string::npos) << started.error().message;
  AppOptions moved = embedded_options();
  moved.health->paths.ready = "/readyz";
  App other(std::move(moved));
  other.get("/ready", [](Context&) { return text("mine"); });
  ASSERT_TRUE(other.start());
  EXPECT_EQ(get(test::address_of(other), "/ready").body, "mine");
  EXPECT_EQ(get(test::address_of(other), "/readyz").status, 200);
  AppOptions off = embedded_options();
  off.health.reset();
  App without(std::move(off));
  ASSERT_TRUE(without.start());
  EXPECT_EQ(get(test::address_of(without), "/ready").status, 404);
}

TEST_F(HealthE2e, BadOptionsRefuseToStart) {
  AppOptions options = embedded_options();
  options.health->live_limit = 0s;
  App app(std::move(options));
  const Result<> started = app.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("health.live_limit"), std::string::npos);
}

// --- the checks that come with it

TEST_F(HealthE2e, HttpChecksAskAndJudge) {
  const struct {
    std::string answer, code;
    HealthStatus status;
  } cases[] = {
      {"HTTP/1.1 204 No Content\r\n\r\n", "", HealthStatus::pass},
      {"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "status", HealthStatus::fail},
      {"HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n", "status", HealthStatus::fail},
      {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901", "too_large", HealthStatus::fail},
      {"nonsense\r\n\r\n", "bad_response", HealthStatus::fail},
      {"", "connection_lost", HealthStatus::fail},
  };
  for (const auto& one : cases) {
    std::string head;
    test::ScriptedServer server([&](test::Peer& peer) {
      head = peer.head();
      if (!one.answer.empty()) peer.send(one.answer);
    });
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/ready?x=1";
    const CheckView seen = once([&](App&) {
      return http_check({.name = "peer"},
                        {.url = url, .headers = {{"x-key", "k"}}, .body_limit = 10});
    });
    EXPECT_EQ(seen.last.status, one.status) << one.answer;
    EXPECT_EQ(seen.last.code, one.code) << one.answer;
    EXPECT_TRUE(head.starts_with("GET /ready?x=1 HTTP/1.1\r\n")) << head;
    EXPECT_NE(head.find("x-key: k\r\n"), std::string::npos) << head;
  }
}

TEST_F(HealthE2e, HttpChecksFailWhereNobodyListens) {
  EXPECT_EQ(once([](App&) {
              return http_check({.name = "peer"}, {.url = "http://127.0.0.1:1/"});
            }).last.code,
            "connect_failed");
}

TEST_F(HealthE2e, TcpAndDnsChecksTryTheRealThing) {
  test::ScriptedServer server([](test::Peer&) {});
  const auto port = static_cast<std::uint16_t>(server.port());
  EXPECT_EQ(once([&](App&) { return tcp_check({.name = "port"}, "localhost", port); }).last.status,
            HealthStatus::pass);
  EXPECT_EQ(once([](App&) { return tcp_check({.name = "port"}, "127.0.0.1", 1); }).last.code,
            "connect_failed");
  EXPECT_EQ(once([](App&) { return tcp_check({.name = "p"}, "no.such.invalid", 80); }).last.code,
            "resolve_failed");
  EXPECT_EQ(once([](App&) { return dns_check({.name = "dns"}, "localhost"); }).last.status,
            HealthStatus::pass);
  EXPECT_EQ(once([](App&) { return dns_check({.name = "dns"}, "no.such.invalid"); }).last.code,
            "resolve_failed");
}

TEST_F(HealthE2e, MemoryIsMeasuredAgainstTheTightestCgroup) {
  const test::ScratchFolder folder;
  const std::filesystem::path root = folder / "root";
  const auto write = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  };
  const auto seen = [&] {
    return once([&](App&) { return memory_check({.name = "m"}, {}, root / "proc", root / "cg"); })
        .last;
  };
  EXPECT_EQ(seen().code, "unreadable");
  write("proc/meminfo", "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n");
  EXPECT_DOUBLE_EQ(seen().observed.value_or(0), 0.6);
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("cg/outer/memory.max", "1000\n");
  write("cg/outer/memory.current", "960\n");
  write("cg/outer/memory.stat", "anon 1\ninactive_file 100\n");
  write("cg/outer/inner/memory.max", "max\n");
  write("cg/outer/inner/memory.current", "500\n");
  EXPECT_DOUBLE_EQ(seen().observed.value_or(0), 0.86) << "less what can be dropped";
  EXPECT_EQ(seen().status, HealthStatus::warn);
  write("cg/outer/inner/memory.max", "500\n");
  EXPECT_EQ(seen().status, HealthStatus::fail);
  EXPECT_EQ(seen().code, "memory_high");
}

TEST_F(HealthE2e, DiskAndDescriptorsAreMeasured) {
  const CheckResult disk = once([](App&) { return disk_check({.name = "d"}, "/"); }).last;
  EXPECT_GT(disk.observed.value_or(0), 0);
  EXPECT_LT(disk.observed.value_or(2), 1.01);
  EXPECT_EQ(
      once([](App&) { return disk_check({.name = "d"}, "/", {.warn = 0, .fail = 0}); }).last.code,
      "disk_full");
  EXPECT_EQ(once([](App&) { return disk_check({.name = "d"}, "/no/such/path"); }).last.code,
            "unreadable");
  EXPECT_EQ(once([](App&) { return descriptor_check({.name = "f"}); }).last.status,
            HealthStatus::pass);
  EXPECT_EQ(
      once([](App&) { return descriptor_check({.name = "f"}, {.warn = 0, .fail = 1}); }).last.code,
      "descriptors_high");
}

TEST_F(HealthE2e, TheAppsOwnPartsAreMeasured) {
  EXPECT_EQ(once([](App& app) { return loop_check(app, {.name = "loops"}, {1s, 2s}); }).last.status,
            HealthStatus::pass);
  EXPECT_EQ(
      once([](App& app) { return workers_check(app, {.name = "pool"}, {1s, 2s}); }).last.status,
      HealthStatus::pass);
  EXPECT_EQ(once([](App& app) -> Result<Check> { return telemetry_check(app); }).last.status,
            HealthStatus::pass);
}

TEST_F(HealthE2e, BusyWorkersAreSeen) {
  AppOptions options = embedded_options();
  options.server.workers = {.threads = 1, .queue = 1};
  App app(std::move(options));
  std::atomic<int> inside{0};
  std::atomic<bool> release{false};
  app.get("/block", [&](Context& ctx) -> Task<Response> {
    const auto work = [&] {
      ++inside;
      release.wait(false);
      return 0;
    };
    (void)co_await ctx.offload(work);
    co_return text("done");
  });
  ASSERT_TRUE(app.start());
  std::thread client([&app] { (void)get(test::address_of(app), "/block"); });
  EXPECT_TRUE(eventually([&] { return inside > 0; }));
  ASSERT_TRUE(app.health().add(
      *workers_check(app, {.name = "pool", .gates = HealthGate::startup, .timeout = 50ms})));
  EXPECT_TRUE(eventually([&app] {
    const auto view = app.health().share();
    return !view->checks.empty() && view->checks.front()->last.code == "timeout";
  }));
  release = true;
  release.notify_all();
  client.join();
}

TEST_F(HealthE2e, ChecksWithBadSettingsAreRefused) {
  EXPECT_FALSE(http_check({.name = "x"}, {.url = "ftp://h"}));
  EXPECT_FALSE(http_check({.name = "x"}, {.url = "http://h", .method = "GET /"}));
  EXPECT_FALSE(http_check({.name = "x"}, {.url = "http://h", .expected = {300, 200}}));
  EXPECT_FALSE(tcp_check({.name = "x"}, "", 80));
  EXPECT_FALSE(tcp_check({.name = "x"}, "h", 0));
  EXPECT_FALSE(dns_check({.name = "x"}, ""));
  EXPECT_FALSE(memory_check({.name = "x"}, {.warn = 0.9, .fail = 0.5}));
  EXPECT_FALSE(disk_check({.name = "x"}, "/", {.warn = 0, .fail = 1.5}));
  EXPECT_FALSE(descriptor_check({.name = ""}));
}

}  // namespace
}  // namespace lift
