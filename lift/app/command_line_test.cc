#include "lift/app/command_line.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "lift/app/options.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

AppOptions options_of(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "app");
  return options_from(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Flags, SetWhatTheySay) {
  const AppOptions options = options_of({"--port",
                                         "9000",
                                         "--address=0.0.0.0",
                                         "--loops",
                                         "3",
                                         "--timeout",
                                         "250ms",
                                         "--lame-duck",
                                         "0s",
                                         "--finish-within",
                                         "2m",
                                         "--body-limit",
                                         "10",
                                         "--workers",
                                         "2",
                                         "--load-shed",
                                         "shadow",
                                         "--bulkhead",
                                         "70",
                                         "--unix",
                                         "/run/app.sock",
                                         "--trusted-proxies",
                                         "10.0.0.0/8,fd00::/8",
                                         "--print-chain"});
  EXPECT_TRUE(options.problems.empty()) << options.problems.text();
  ASSERT_EQ(options.server.listen.size(), 2U);
  EXPECT_EQ(options.server.listen[0].host, "0.0.0.0");
  EXPECT_EQ(options.server.listen[0].port, 9000);
  EXPECT_EQ(options.server.listen[1].to_string(), "unix:/run/app.sock");
  EXPECT_EQ(options.server.loops, 3U);
  EXPECT_EQ(options.deadline->timeout, 250ms);
  EXPECT_EQ(options.load_shed->mode, LayerMode::shadow);
  EXPECT_EQ(options.bulkhead->bulkhead.limit, 70U);
  EXPECT_EQ(options.server.lame_duck, 0s);
  EXPECT_EQ(options.server.finish_within, 2min);
  EXPECT_EQ(options.server.limits.body, 10U);
  EXPECT_EQ(options.server.workers.threads, 2U);
  EXPECT_EQ(options.identify->trusted_proxies.size(), 2U);
  EXPECT_TRUE(options.print_chain);
}

TEST(Flags, EveryMistakeNamesTheFlagTheValueAndTheRule) {
  const struct {
    std::vector<const char*> arguments;
    const char* says;
  } table[] = {
      {{"--port", "65536"}, "--port: value \"65536\" must be a whole number from 0 to 65535"},
      {{"--port", "-1"}, "--port: value \"-1\" must be"},
      {{"--port", "80x"}, "--port: value \"80x\" must be"},
      {{"--port", ""}, "--port: value \"\" must be"},
      {{"--port="}, "--port: value \"\" must be"},
      {{"--port", "99999999999999999999"}, "must be a whole number"},
      {{"--port"}, "--port: value \"\" needs a value"},
      {{"--prot", "1"}, "--prot: value \"\" is no flag of this program"},
      {{"8080"}, "8080: value \"\" is no flag of this program"},
      {{"--timeout", "30"},
       "--timeout: value \"30\" must be a duration such as 250ms, 30s, 5m or 1h"},
      {{"--timeout", "-1s"}, "must be a duration"},
      {{"--timeout", "1.5s"}, "must be a duration"},
      {{"--timeout", "9999999999h"}, "must be a duration"},
      {{"--trusted-proxies", "10.0.0.1/8"}, "must be networks such as"},
      {{"--trusted-proxies", "10.0.0.0/8,,::/0"}, "must be networks such as"},
      {{"--print-chain=yes"}, "--print-chain: value \"yes\" takes no value"},
      {{"--tokens", "/nowhere/at/all"}, "--tokens: value \"/nowhere/at/all\""},
  };
  for (const auto& row : table) {
    const AppOptions options = options_of(row.arguments);
    EXPECT_NE(options.problems.text().find(row.says), std::string::npos)
        << row.says << "\nnot in:\n"
        << options.problems.text();
  }
}

TEST(Flags, AFlagWinsOverItsVariable) {
  std::string seen;
  const std::vector<Flag> flags{
      {"--name", "APP_NAME", "TEXT", "a name", [&seen](const std::string& value) -> Result<> {
         seen = value;
         return {};
       }}};
  const std::map<std::string, std::string> variables{{"APP_NAME", "from the variable"}};
  const auto environment = [&variables](const char* name) -> const char* {
    const auto it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  };
  EXPECT_TRUE(parse_flags(flags, {}, environment).empty());
  EXPECT_EQ(seen, "from the variable");
  const std::vector<std::string> arguments{"--name", "from the flag"};
  EXPECT_TRUE(parse_flags(flags, arguments, environment).empty());
  EXPECT_EQ(seen, "from the flag");
}

TEST(Flags, HelpListsThemAll) {
  const AppOptions options = options_of({"--help"});
  for (const char* part : {"--port N", "[LIFT_PORT]", "--print-chain", "--tokens FILE"}) {
    EXPECT_NE(options.say_and_exit.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace lift
