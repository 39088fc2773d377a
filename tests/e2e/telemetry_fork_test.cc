// A process that serves and logs on several threads forks in the middle of it, again and again.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
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
constexpr std::uint64_t kChildLines = 200;
constexpr std::size_t kLoggers = 2;

/// Why a child ended; 0 is all is well.
enum Verdict : int { fine, counts, inherited, pending, lost };

/// The child's part: it logs and counts as its parent does, and has nothing of the parent's.
Verdict child(App& app, const Counter& counted, int number) {
  if (test::sum(app, "counted") != 0 || test::sum(app, "lift.server.accepted") > 0) {
    return inherited;
  }
  for (std::uint64_t i = 0; i < kChildLines; ++i) {
    app.log("child-" + std::to_string(number)).info("line", field("number", i));
    counted.add();
  }
  const FlushReport report = app.flush_telemetry(10s);
  if (test::sum(app, "counted") != kChildLines) return counts;
  if (report.pending != 0) return pending;
  if (test::sum(app, "telemetry.dropped") != 0) return lost;
  if (test::value(app, "telemetry.exported", "logs file") != kChildLines) return lost;
  return fine;
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

/// What the parent's threads do all the while: log and count, ask over one connection after
/// another, and read the metrics.
class Traffic {
 public:
  Traffic(App& app, const Counter& counted) {
    for (std::uint64_t& lines : logged_) {
      threads_.emplace_back([this, &app, &counted, &lines] {
        const std::string module = "parent-" + std::to_string(&lines - logged_.data());
        while (!over_) {
          app.log(module).info("line", field("number", static_cast<std::int64_t>(lines++)));
          counted.add();
          if (lines % 16 == 0) ::poll(nullptr, 0, 1);
        }
      });
    }
    threads_.emplace_back([this, &app] {
      while (!over_ && !broken_) ask(app);
    });
    threads_.emplace_back([this, &app] {
      while (!over_) (void)app.metrics().snapshot({});
    });
  }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  ~Traffic() { end(); }

  void end() {
    over_ = true;
    threads_.clear();
  }
  /// Waits until some more was answered; false if something was not.
  [[nodiscard]] bool goes_on() const {
    const std::uint64_t before = asked_;
    return test::eventually([&] { return broken_ || asked_ > before + 10; }) && !broken_;
  }
  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  [[nodiscard]] const std::array<std::uint64_t, kLoggers>& logged() const { return logged_; }

 private:
  void ask(App& app) {
    RawClient client(test::address_of(app));
    for (int i = 0; i < 1000 && !over_; ++i) {
      broken_ = client.ask("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n").status != 200;
      if (broken_) return;
      ++asked_;
    }
  }

  std::atomic<bool> over_{false};
  std::atomic<bool> broken_{false};
  std::atomic<std::uint64_t> asked_{0};
  std::array<std::uint64_t, kLoggers> logged_{};
  std::vector<std::jthread> threads_;
};

AppOptions options_for(const std::string& log) {
  AppOptions options = embedded_options();
  options.server.loops = 2;
  options.observe->keep_slow = false;  // so that no line that nobody hears is shown
  options.telemetry.buffer.ring_bytes = 16U << 20U;
  options.exports.log = LogFileOptions{.path = log};
  options.exports.log->max_buffer = 256U << 20U;
  return options;
}

/// The log has each line once and in its module's order, and a line for each request.
void expect_whole_log(const std::string& log, const Traffic& traffic) {
  std::map<std::string, std::uint64_t> next;
  std::uint64_t requests = 0;
  for (const std::string& line : test::lines_of(log)) {
    if (!test::member(line, "status").empty()) {
      ++requests;
      continue;
    }
    ASSERT_EQ(test::member(line, "message"), "line") << line;
    const std::uint64_t expected = next[test::member(line, "module")]++;
    ASSERT_EQ(test::member(line, "number"), std::to_string(expected)) << line;
  }
  EXPECT_EQ(requests, traffic.asked());
  for (int number = 0; number < kForks; ++number) {
    EXPECT_EQ(next["child-" + std::to_string(number)], kChildLines) << number;
  }
  for (std::size_t i = 0; i < kLoggers; ++i) {
    EXPECT_EQ(next["parent-" + std::to_string(i)], traffic.logged()[i]);
  }
}

TEST(TelemetryFork, ChildrenLogOnTheirOwnAndTheParentLosesNothing) {
  const test::ScratchFolder folder;
  App app(options_for(folder / "log"));
  app.get("/hello", [](Context& ctx) {
    ctx.log("handler-" + std::to_string(::getpid() % 7)).debug("not heard");
    return text("hello");
  });
  const Counter counted = app.metrics().counter({.name = "counted"});
  ASSERT_TRUE(app.start());

  Traffic traffic(app, counted);
  for (int number = 0; number < kForks; ++number) {
    ASSERT_TRUE(traffic.goes_on()) << "after " << traffic.asked();
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(child(app, counted, number));
    EXPECT_EQ(ended(pid), fine) << "child " << number;
  }
  ASSERT_TRUE(traffic.goes_on()) << "after " << traffic.asked();
  traffic.end();
  EXPECT_EQ(test::sum(app, "counted"), traffic.logged()[0] + traffic.logged()[1]);
  EXPECT_TRUE(test::at_rest(app));
  app.stop();
  expect_whole_log(folder / "log", traffic);
}

}  // namespace
}  // namespace lift
