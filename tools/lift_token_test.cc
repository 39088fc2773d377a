// Runs the program as a user does.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "lift/base/crypto.h"
#include "lift/identity/token_table.h"

namespace lift {
namespace {

class LiftToken : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lift_token_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  struct Ran {
    int exit_code;
    std::string output;
  };
  static Ran run(const std::string& arguments, const std::string& streams = "2>/dev/null") {
    const std::string command = std::string("'") + LIFT_TOKEN + "' " + arguments + " " + streams;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    return {WEXITSTATUS(::pclose(pipe)), output};
  }
  [[nodiscard]] std::string file() const { return directory_ + "/tokens.txt"; }
  [[nodiscard]] std::string content() const {
    std::stringstream text;
    text << std::ifstream(file()).rdbuf();
    return text.str();
  }

  std::string directory_;
};

TEST_F(LiftToken, PrintsTheTokenOnceAndTheLineThatKnowsIt) {
  const Ran ran = run("--tenant acme --user ann --roles admin,ops");
  ASSERT_EQ(ran.exit_code, 0);
  std::istringstream lines(ran.output);
  std::string token;
  std::string line;
  std::string rest;
  std::getline(lines, token);
  std::getline(lines, line);
  EXPECT_FALSE(std::getline(lines, rest));
  EXPECT_EQ(token.size(), 69U);
  EXPECT_EQ(line, hex_encode(sha256(token)) + " acme ann admin,ops");
}

TEST_F(LiftToken, AddsToAFileThatHoldsNoToken) {
  std::string tokens[2];
  for (std::string& token : tokens) {
    const Ran ran = run("--tenant acme --user ann --file '" + file() + "'");
    ASSERT_EQ(ran.exit_code, 0);
    token = ran.output.substr(0, ran.output.find('\n'));
    EXPECT_EQ(ran.output, token + "\n");
    EXPECT_FALSE(content().contains(token));
  }
  EXPECT_NE(tokens[0], tokens[1]);
  const auto table = TokenTable::parse(content());
  ASSERT_TRUE(table);
  for (const std::string& token : tokens) {
    ASSERT_NE(table->find(token), nullptr);
    EXPECT_EQ(table->find(token)->tenant, "acme");
  }
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(LiftToken, RefusesWithExitTwoAndTheRule) {
  const struct {
    std::string arguments;
    std::string said;
  } cases[] = {
      {"", "--user is missing"},
      {"--user", "--user needs a value"},
      {"--user ann --color red", "unknown argument \"--color\""},
      {"--user ann --tenant 'a b'", "tenant must be"},
      {"--user 'a#b'", "user must be"},
      {"--user ann --roles 'a,,b'", "each role must be"},
  };
  for (const auto& c : cases) {
    const Ran ran = run(c.arguments, "2>&1");
    EXPECT_EQ(ran.exit_code, 2) << c.arguments;
    EXPECT_TRUE(ran.output.contains(c.said)) << ran.output;
    EXPECT_FALSE(ran.output.contains("lift_")) << ran.output;
  }
}

TEST_F(LiftToken, LeavesABrokenFileAlone) {
  std::ofstream(file()) << "no digest\n";
  const Ran ran = run("--user ann --file '" + file() + "'", "2>&1");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_TRUE(ran.output.contains("line 1: digest must be")) << ran.output;
  EXPECT_EQ(content(), "no digest\n");
}

TEST_F(LiftToken, HelpIsNoError) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.output.starts_with("usage: lift-token"));
}

}  // namespace
}  // namespace lift
