#pragma once
// What a running app tells of itself, read as its operators do: its metrics and its log file.

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/app/app.h"

namespace lift::test {

/// Polls until `condition` holds; false if it does not within 20 s.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

/// Where the app listens.
[[nodiscard]] inline ListenAddress address_of(const App& app) {
  return *ListenAddress::parse(app.addresses().front().substr(std::string_view("http://").size()));
}

/// The points of a metric, each with its label values joined by a space.
[[nodiscard]] inline std::map<std::string, MetricPoint> points(App& app, std::string_view name) {
  std::map<std::string, MetricPoint> found;
  for (MetricFamily& family : app.metrics().snapshot({}).families) {
    if (family.name != name) continue;
    for (MetricPoint& point : family.points) {
      std::string labels;
      for (const auto& [label, value] : point.labels) labels += (labels.empty() ? "" : " ") + value;
      found.emplace(std::move(labels), std::move(point));
    }
  }
  return found;
}

/// The value of the point with these label values, -1 if there is none.
[[nodiscard]] inline double value(App& app, std::string_view name, const std::string& labels) {
  const auto all = points(app, name);
  const auto found = all.find(labels);
  return found == all.end() ? -1 : found->second.value;
}

/// The sum over all points whose label values begin so.
[[nodiscard]] inline double sum(App& app, std::string_view name, std::string_view labels = "") {
  double all = 0;
  for (const auto& [found, point] : points(app, name)) {
    if (found.starts_with(labels)) all += point.value;
  }
  return all;
}

/// Waits until every request has ended, and so is counted and recorded: clients have their answers
/// a moment before.
[[nodiscard]] inline bool at_rest(App& app) {
  return eventually([&app] { return value(app, "lift.server.running", "") == 0; });
}

[[nodiscard]] inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

/// The value of a member of one JSON line as it is written, without quotes; "" if it is not there.
/// Good for names that no text of the line holds.
[[nodiscard]] inline std::string member(std::string_view line, std::string_view name) {
  const std::string mark = "\"" + std::string(name) + "\":";
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return "";
  line.remove_prefix(at + mark.size());
  const bool quoted = line.starts_with('"');
  if (quoted) line.remove_prefix(1);
  return std::string(line.substr(0, line.find_first_of(quoted ? "\"" : ",}")));
}

}  // namespace lift::test
