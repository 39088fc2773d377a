// Runs the program as a user does, against a real engine.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "tests/support/dynalite.h"

namespace lift {
namespace {

struct Ran {
  int exit_code;
  std::string output;
};

/// With keys and a region unless the environment has others.
Ran run(const std::string& arguments, const std::string& streams = "2>&1") {
  const std::string command = std::string(
                                  "AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-local} "
                                  "AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-local} "
                                  "AWS_REGION=${AWS_REGION:-us-east-1} '") +
                              LIFT_DYNAMODB + "' " + arguments + " " + streams;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  return {WEXITSTATUS(::pclose(pipe)), output};
}

class LiftDynamoDb : public testing::Test {
 protected:
  Ran ask(const std::string& command, const std::string& table, const std::string& rest = "") {
    return run(command + " --table " + table + " --endpoint " + engine_.url() + " " + rest);
  }
  std::string fresh_name() {
    SecureRandom random;
    return db_.deletes("lift-test-" + std::to_string(random.next()));
  }

  test::Dynalite engine_;
  test::TestDynamoDb db_{engine_};
};

TEST_F(LiftDynamoDb, MakesTablesOnceAndShowsThem) {
  const struct {
    std::string kind;
    std::string keys;
  } cases[] = {{"limits", "pk (S)"}, {"items", "pk (S), sk (S)"}};
  for (const auto& c : cases) {
    const std::string table = fresh_name();
    for (const std::string done : {"created", "was there"}) {
      const Ran ran = ask("create-table", table, "--kind " + c.kind);
      EXPECT_EQ(ran.exit_code, 0) << ran.output;
      EXPECT_TRUE(ran.output.contains("table " + table + " " + done + ", keys " + c.keys))
          << ran.output;
      EXPECT_EQ(ran.output.contains("warning: this engine knows no time to live"),
                engine_.is_dynalite())
          << ran.output;
      EXPECT_EQ(ran.output.contains("items expire by x"), !engine_.is_dynalite());
    }
    const Ran shown = ask("describe", table);
    EXPECT_EQ(shown.exit_code, 0) << shown.output;
    EXPECT_TRUE(shown.output.contains("status   ACTIVE\nkeys     " + c.keys + "\n"))
        << shown.output;
    EXPECT_TRUE(shown.output.contains("\nbilling  PAY_PER_REQUEST\n")) << shown.output;
    const std::string other = c.kind == "items" ? "limits" : "items";
    const Ran refused = ask("create-table", table, "--kind " + other);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(refused.output.contains("different_keys: the table " + table + " has the keys " +
                                        c.keys + ", must have "))
        << refused.output;
  }
}

TEST_F(LiftDynamoDb, SaysWhyItCannot) {
  const Ran missing = ask("describe", fresh_name());
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_TRUE(missing.output.contains("lift-dynamodb: not_found: HTTP 400")) << missing.output;
  const Ran nobody = run("describe --table abc --endpoint http://127.0.0.1:1/");
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_TRUE(nobody.output.contains("not_sent: connect_failed")) << nobody.output;
}

TEST(LiftDynamoDbPolicy, IsTheLeastThatLimitsNeed) {
  const struct {
    std::string arguments;
    std::string resource;
  } cases[] = {
      {"--region eu-west-1", "arn:aws:dynamodb:eu-west-1:*:table/limits"},
      {"--region cn-north-1", "arn:aws-cn:dynamodb:cn-north-1:*:table/limits"},
      {"--region us-gov-west-1 --account 123456789012",
       "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/limits"},
  };
  for (const auto& c : cases) {
    const Ran ran = run("policy --table limits " + c.arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_EQ(ran.output,
              R"({"Version":"2012-10-17","Statement":[{"Sid":"LiftLimits","Effect":"Allow",)"
              R"("Action":["dynamodb:GetItem","dynamodb:UpdateItem","dynamodb:DescribeTable"],)"
              R"("Resource":")" +
                  c.resource + "\"}]}\n");
  }
}

TEST(LiftDynamoDbArguments, AreRefusedWithExitTwoAndTheRule) {
  const struct {
    std::string arguments;
    std::string said;
  } cases[] = {
      {"", "a command is missing"},
      {"drop", "unknown command \"drop\""},
      {"describe", "--table is missing"},
      {"create-table --table abc", "--kind is missing: limits (key pk) or items"},
      {"create-table --table abc --kind x", "--kind: value \"x\" must be limits or items"},
      {"describe --table ab", "--table: value \"ab\" must be 3 to 255 letters, digits"},
      {"describe --table 'a b c'", "--table: value \"a b c\" must be"},
      {"describe --table abc --endpoint ftp://h/", "--endpoint: value \"ftp://h/\""},
      {"describe --table abc --region EU_1", "--region: value \"EU_1\" must be a region"},
      {"create-table --table abc --kind items --wait 61m", "--wait: value \"61m\" must be 0 to 1h"},
      {"create-table --table abc --kind items --wait soon", "--wait: value \"soon\""},
      {"policy --table abc --account 12345678901", "--account: value \"12345678901\" must be 12"},
      {"policy --table abc --account 12345678901x", "must be 12 digits"},
      {"describe --table abc --color red", "--color"},
  };
  for (const auto& c : cases) {
    const Ran ran = run(c.arguments, "2>&1 >/dev/null");
    EXPECT_EQ(ran.exit_code, 2) << c.arguments;
    EXPECT_TRUE(ran.output.contains(c.said)) << c.arguments << ": " << ran.output;
    EXPECT_EQ(run(c.arguments, "2>/dev/null").output, "") << c.arguments;
  }
  const Ran help = run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_TRUE(help.output.starts_with("usage: lift-dynamodb COMMAND"));
  EXPECT_EQ(run("policy --table limits", ">/dev/full 2>/dev/null").exit_code, 1);
}

}  // namespace
}  // namespace lift
