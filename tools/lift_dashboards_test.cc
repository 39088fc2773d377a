// Runs the program as a user does.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace lift {
namespace {

struct Ran {
  int exit_code;
  std::string output;
};

Ran run(const std::string& arguments, const std::string& streams = "2>/dev/null") {
  const std::string command = std::string("'") + LIFT_DASHBOARDS + "' " + arguments + " " + streams;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  return {WEXITSTATUS(::pclose(pipe)), output};
}

TEST(LiftDashboards, WritesWhatItIsAskedFor) {
  const std::string named = " --service payments --environment production";
  const struct {
    std::string arguments;
    std::string begins;
    std::string holds;
  } cases[] = {
      {"cloudwatch" + named, R"({"widgets":[)", R"("title":"Requests by status")"},
      {"cloudwatch --kind tenants" + named, R"({"widgets":[)", R"("title":"Requests by tenant")"},
      {"cloudwatch --namespace Pay/Lift --region eu-west-1", R"({"widgets":[)",
       R"("region":"eu-west-1","period":300,"metrics":[["Pay/Lift","requests.total")"},
      {"alarms" + named, R"([{"AlarmName":"payments production error budget burns fast")",
       R"("AlarmActions":[])"},
      {"alarms --slo 99 --latency-slo 250ms --min-requests 7 --alarm-actions arn:a,arn:b", "[{",
       R"("AlarmActions":["arn:a","arn:b"],"ComparisonOperator":"GreaterThanThreshold",)"
       R"("Threshold":14.4,)"},
      {"grafana" + named, R"x({"title":"payments (production)")x", R"({job=\"payments\")"},
      {"prometheus --job k8s/pay --slo 99.95" + named, "groups:\n  - name: 'payments requests'\n",
       R"(ratio_rate1h{job="k8s/pay"} > 14.4 * 0.0005)"},
  };
  for (const auto& c : cases) {
    const Ran ran = run(c.arguments);
    EXPECT_EQ(ran.exit_code, 0) << c.arguments;
    EXPECT_TRUE(ran.output.starts_with(c.begins)) << c.arguments << ran.output.substr(0, 200);
    EXPECT_TRUE(ran.output.contains(c.holds)) << c.arguments;
  }
}

TEST(LiftDashboards, RefusesWithExitTwoAndTheRule) {
  const struct {
    std::string arguments;
    std::string said;
  } cases[] = {
      {"", "a command is missing"},
      {"datadog", "unknown command \"datadog\""},
      {"grafana --color red", "--color"},
      {"grafana --service", "--service"},
      {"grafana --service 'a b'", "service: value \"a b\" must be 1 to 255 letters"},
      {"cloudwatch --kind pods", "--kind: value \"pods\" must be service or tenants"},
      {"cloudwatch --namespace AWS/EC2", "metric_namespace"},
      {"alarms --slo 99.9%", "--slo: value \"99.9%\" must be a percentage"},
      {"alarms --slo nan", "slo: value \"nan\" must be a percentage from 95 to 99.999"},
      {"alarms --slo 100", "must be a percentage from 95 to 99.999"},
      {"alarms --latency-slo 10s", "must be from 1 ms to under 10 s"},
      {"alarms --latency-slo fast", "must be a duration"},
      {"alarms --min-requests 0", "must be a whole number from 1"},
      {"alarms --alarm-actions oncall", "must be an ARN"},
  };
  for (const auto& c : cases) {
    const Ran ran = run(c.arguments, "2>&1 >/dev/null");
    EXPECT_EQ(ran.exit_code, 2) << c.arguments;
    EXPECT_TRUE(ran.output.contains(c.said)) << c.arguments << ": " << ran.output;
    EXPECT_EQ(run(c.arguments).output, "") << c.arguments;
  }
}

TEST(LiftDashboards, HelpIsNoError) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.output.starts_with("usage: lift-dashboards"));
}

TEST(LiftDashboards, OutputThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(run("grafana", ">/dev/full").exit_code, 1);
}

}  // namespace
}  // namespace lift
