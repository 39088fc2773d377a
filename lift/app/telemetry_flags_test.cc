#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "lift/app/options.h"

namespace lift {
namespace {

AppOptions options_of(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "app");
  return options_from(static_cast<int>(arguments.size()), arguments.data());
}

TEST(TelemetryFlags, SetWhatTheySay) {
  const AppOptions options =
      options_of({"--service", "payments", "--environment", "staging", "--log", "/var/log/app.log",
                  "--log-level", "WARN", "--trace-ratio", "0.25", "--otlp", "http://collector:4318",
                  "--management", "[::1]:9000"});
  EXPECT_TRUE(options.problems.empty()) << options.problems.text();
  EXPECT_EQ(options.telemetry.resource.service, "payments");
  EXPECT_EQ(options.telemetry.resource.environment, "staging");
  EXPECT_EQ(options.telemetry.levels, "WARN");
  EXPECT_EQ(options.exports.log->path, "/var/log/app.log");
  EXPECT_EQ(options.observe->sampling.rate.ratio, 0.25);
  EXPECT_EQ(options.exports.otlp_logs->endpoint, "http://collector:4318/v1/logs");
  EXPECT_EQ(options.exports.otlp_traces->endpoint, "http://collector:4318/v1/traces");
  EXPECT_EQ(options.exports.otlp_metrics->endpoint, "http://collector:4318/v1/metrics");
  EXPECT_EQ(options.management->listen.to_string(), "[::1]:9000");
}

TEST(TelemetryFlags, DefaultsAreLinesOnTheStandardOutputAndALoopbackPage) {
  const AppOptions options = options_of({});
  EXPECT_TRUE(options.problems.empty()) << options.problems.text();
  EXPECT_EQ(options.exports.log->path, "stdout");
  EXPECT_FALSE(options.exports.otlp_traces);
  EXPECT_EQ(options.management->listen.to_string(), "127.0.0.1:9464");
}

TEST(TelemetryFlags, OffIsAbsence) {
  const AppOptions options = options_of({"--log", "off", "--management", "off"});
  EXPECT_TRUE(options.problems.empty()) << options.problems.text();
  EXPECT_FALSE(options.exports.log);
  EXPECT_FALSE(options.management);
}

TEST(TelemetryFlags, APortAloneMeansTheLoopback) {
  EXPECT_EQ(options_of({"--management", "0"}).management->listen.to_string(), "127.0.0.1:0");
}

TEST(TelemetryFlags, EveryMistakeNamesTheFlagTheValueAndTheRule) {
  const std::string level = "must be debug, info, warn, error or off";
  const std::string ratio = "must be a number from 0 to 1";
  const std::string address = "must be a port, an address with its port, or off";
  const struct {
    std::vector<const char*> arguments;
    std::string says;
  } table[] = {
      {{"--log-level", "loud"}, "--log-level: value \"loud\" " + level},
      {{"--log-level", "info,ledger=loud"}, "--log-level: value \"info,ledger=loud\" " + level},
      {{"--log-level", ""}, "--log-level: value \"\" " + level},
      {{"--trace-ratio", "1.5"}, "--trace-ratio: value \"1.5\" " + ratio},
      {{"--trace-ratio", "-0.1"}, "--trace-ratio: value \"-0.1\" " + ratio},
      {{"--trace-ratio", "50%"}, "--trace-ratio: value \"50%\" " + ratio},
      {{"--trace-ratio", "nan"}, "--trace-ratio: value \"nan\" " + ratio},
      {{"--trace-ratio", ""}, "--trace-ratio: value \"\" " + ratio},
      {{"--management", "65536"}, "--management: value \"65536\" " + address},
      {{"--management", "localhost"}, "--management: value \"localhost\" " + address},
      {{"--management", "localhost:9464"}, "--management: value \"localhost:9464\" " + address},
      {{"--management", ""}, "--management: value \"\" " + address},
      {{"--management"}, "--management: value \"\" needs a value"},
      {{"--otlp", "collector:4318"}, "--otlp: value \"collector:4318\" "},
      {{"--otlp", "grpc://collector:4317"}, "must be an http or https URL"},
      {{"--log"}, "--log: value \"\" needs a value"},
      {{"--service"}, "--service: value \"\" needs a value"},
  };
  for (const auto& row : table) {
    const std::string all = options_of(row.arguments).problems.text();
    EXPECT_NE(all.find(row.says), std::string::npos) << row.says << "\nnot in:\n" << all;
  }
}

TEST(TelemetryFlags, WhatCannotBeShownUntilTheStartIsShownThere) {
  AppOptions options =
      options_of({"--service", "", "--log", "", "--port", "0", "--management", "0"});
  EXPECT_NE(options.telemetry.validate().text().find("resource.service"), std::string::npos);
  EXPECT_NE(options.exports.validate().text().find(
                "log.path: value \"\" must be `stdout`, `stderr` or the path of a file"),
            std::string::npos)
      << options.exports.validate().text();
}

}  // namespace
}  // namespace lift
