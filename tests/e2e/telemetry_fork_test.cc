// A process that serves and logs on several threads forks in the middle of it, again and again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "lift/app/app.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/telemetry_watch.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::RawClient;

constexpr int kForks = 20;
constexpr int kChildLines = 200;
constexpr int kLoggers = 2;

/// Why a child ended; 0 is all is well.
enum Verdict : int { kFine, kCounts, kInherited, kPending, kLost };

/// The child's part: it logs and counts as its parent does, and has nothing of the parent's.
Verdict child(App& app, const Counter& counted, int number) {
  if (test::sum(app, "counted") != 0 || test::sum(app, "lift.server.accepted") > 0) {
    return kInherited;
  }
  for (int i = 0; i < kChildLines; ++i) {
    app.log("child-" + std::to_string(number)).info("line", field("number", i));
    counted.add();
  }
  const FlushReport report = app.flush_telemetry(10s);
  if (test::sum(app, "counted") != kChildLines) return kCounts;
  if (report.pending != 0) return kPending;
  if (test::sum(app, "telemetry.dropped") != 0) return kLost;
  if (test::value(app, "telemetry.exported", "logs file") != kChildLines) return kLost;
  return kFine;
}

/// Its exit code, or -1 if it had to be killed.
int ended(pid_t pid) {
  int status = -1;
  if (test::eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return -1;
}

TEST(TelemetryFork, ChildrenLogOnTheirOwnAndTheParentLosesNothing) {
  const test::ScratchFolder folder;
  AppOptions options = embedded_options();
  options.server.loops = 2;
  options.telemetry.buffer.ring_bytes = 16U << 20U;
  options.exports.log = LogFileOptions{.path = folder / "log"};
  options.exports.log->max_buffer = 256U << 20U;
  App app(std::move(options));
  app.get("/hello", [](Context& ctx) {
    ctx.log("handler-" + std::to_string(::getpid() % 7)).debug("not heard");
    return text("hello");
  });
  const Counter counted = app.metrics().counter({.name = "counted"});
  ASSERT_TRUE(app.start());

  std::atomic<bool> over{false};
  std::atomic<bool> broken{false};
  std::atomic<std::uint64_t> asked{0};
  std::vector<std::uint64_t> logged(kLoggers);
  std::vector<std::thread> threads;
  for (int i = 0; i < kLoggers; ++i) {
    threads.emplace_back([&, i] {
      const std::string module = "parent-" + std::to_string(i);
      while (!over) {
        app.log(module).info("line", field("number", static_cast<std::int64_t>(logged[i]++)));
        counted.add();
        if (logged[i] % 16 == 0) ::poll(nullptr, 0, 1);
      }
    });
  }
  threads.emplace_back([&] {
    while (!over) {
      RawClient client(test::address_of(app));
      for (int i = 0; i < 1000 && !over; ++i) {
        const int status = client.ask("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n").status;
        if (status != 200) return broken = true, void();
        ++asked;
      }
    }
  });
  threads.emplace_back([&] {
    while (!over) (void)app.metrics().snapshot({});
  });

  for (int number = 0; number < kForks; ++number) {
    const std::uint64_t before = asked;
    ASSERT_TRUE(test::eventually([&] { return broken || asked > before + 10; }));
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(child(app, counted, number));
    EXPECT_EQ(ended(pid), kFine) << "child " << number;
  }
  EXPECT_FALSE(broken) << "after " << asked;
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(test::sum(app, "counted"), logged[0] + logged[1]);
  EXPECT_TRUE(test::at_rest(app));
  app.stop();

  std::map<std::string, std::int64_t> next;
  std::uint64_t requests = 0;
  for (const std::string& line : test::lines_of(folder / "log")) {
    if (!test::member(line, "status").empty()) {
      ++requests;
      continue;
    }
    ASSERT_EQ(test::member(line, "message"), "line") << line;
    const std::int64_t expected = next[test::member(line, "module")]++;
    ASSERT_EQ(test::member(line, "number"), std::to_string(expected))
        << "each once, and in order: " << line;
  }
  EXPECT_EQ(requests, asked);
  for (int number = 0; number < kForks; ++number) {
    EXPECT_EQ(next["child-" + std::to_string(number)], kChildLines) << number;
  }
  for (int i = 0; i < kLoggers; ++i) {
    EXPECT_EQ(next["parent-" + std::to_string(i)], logged[i]);
  }
}

}  // namespace
}  // namespace lift
