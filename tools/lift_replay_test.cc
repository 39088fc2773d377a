// Runs the program as a user does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace lift {
namespace {

using testing::HasSubstr;

class LiftReplay : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lift_replay_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory = name;
    log.open(directory + "/access.log");
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  /// A request that ended so many milliseconds after noon.
  void line(int ended, int took, int status, const std::string& tenant,
            const std::string& outcome = "success") {
    char moment[64];
    std::snprintf(moment, sizeof(moment), "2026-11-28T12:%02d:%02d.%03dZ", ended / 60'000,
                  ended / 1000 % 60, ended % 1000);
    log << R"({"timestamp":")" << moment << R"(","message":"Request completed","tenant_id":")"
        << tenant << R"(","operation":"/pay","status":)" << status << R"(,"duration_ms":)" << took
        << R"(,"outcome":")" << outcome << "\"}\n";
  }
  struct Ran {
    int exit_code;
    std::string output;
  };
  Ran run(const std::string& arguments) {
    log.flush();
    const std::string command = std::string("'") + LIFT_REPLAY + "' --log '" + directory +
                                "/access.log' " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    return {WEXITSTATUS(::pclose(pipe)), output};
  }
  /// The row of a figure: "good 1 2".
  static std::string row(const std::string& output, const std::string& name) {
    std::istringstream lines(output);
    for (std::string text; std::getline(lines, text);) {
      if (!text.starts_with(name)) continue;
      std::istringstream words(text.substr(name.size()));
      std::string a;
      std::string b;
      words >> a >> b;
      return a + " " + b;
    }
    return "absent";
  }

  std::string directory;
  std::ofstream log;
};

TEST_F(LiftReplay, WithoutPoliciesAllIsAsRecorded) {
  for (int i = 0; i < 50; ++i) line(1000 + i * 10, 5, i % 10 == 0 ? 500 : 200, "acme");
  log << "not json\n{\"message\":\"started\"}\n";
  const Ran ran = run("");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("50 requests, 2 other lines"));
  EXPECT_EQ(row(ran.output, "good"), "45 45");
  EXPECT_EQ(row(ran.output, "failed"), "5 5");
}

TEST_F(LiftReplay, TwoSettingsStandSideBySide) {
  for (int i = 0; i < 200; ++i) line(1000 + i, 500, 200, "acme");  // 200 at once
  const Ran ran = run("--a bulkhead=50,tenant=50,max_wait=0s --b bulkhead=200,tenant=200 --plot '" +
                      directory + "/plot.svg'");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_EQ(row(ran.output, "good"), "50 200");
  EXPECT_EQ(row(ran.output, "no place"), "150 0");
  std::ifstream plot(directory + "/plot.svg");
  std::stringstream svg;
  svg << plot.rdbuf();
  EXPECT_THAT(svg.str(), HasSubstr("<polyline"));
}

TEST_F(LiftReplay, ABreakerTripsWhereItIsTold) {
  for (int i = 0; i < 100; ++i) line(1000 + i * 10, 5, 500, "acme");
  const Ran ran = run("--a breaker=on --b breaker=on,failures=50,failure_rate=1");
  EXPECT_EQ(row(ran.output, "breaker trips"), "1 1");
  EXPECT_EQ(row(ran.output, "failed"), "5 20");
}

TEST_F(LiftReplay, LimitsAreATenants) {
  for (int i = 0; i < 100; ++i) line(1000 + i, 1, 200, i % 2 == 0 ? "acme" : "globex");
  const Ran ran = run("--a limit=10/s,burst=10");
  EXPECT_EQ(row(ran.output, "limited"), "80 0");
}

TEST_F(LiftReplay, WhatWasRefusedThenIsTakenForOneLikeTheOthers) {
  for (int i = 0; i < 10; ++i) line(1000 + i * 100, 40, 200, "acme");
  line(3000, 0, 503, "acme", "rejected");
  EXPECT_EQ(row(run("").output, "good"), "11 11");
}

TEST_F(LiftReplay, SaysWhatIsWrong) {
  EXPECT_THAT(run("").output, HasSubstr("the log tells of no request"));
  line(1000, 1, 200, "acme");
  const Ran bad = run("--a bulkhead=0,color=red");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.output, HasSubstr("bulkhead: value \"0\""));
  EXPECT_THAT(bad.output, HasSubstr("color: value \"red\" is no key"));
  EXPECT_THAT(run("--help").output, HasSubstr("max_wait=100ms"));
}

}  // namespace
}  // namespace lift
