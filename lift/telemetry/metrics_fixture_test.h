#pragma once
// What the tests of the registry share: a registry with a start, and its snapshots as text.

#include <cmath>
#include <string>
#include <string_view>

#include "lift/telemetry/metrics.h"

namespace lift::metrics_test {

inline constexpr WallTime kStart{std::chrono::seconds(1'700'000'000)};
inline constexpr WallTime kNow{std::chrono::seconds(1'700'000'060)};

inline const MetricFamily* find(const MetricSnapshot& snapshot, std::string_view name) {
  for (const MetricFamily& family : snapshot.families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

/// `{a=1,b=2} 3`, a line for each point.
inline std::string text_of(const MetricSnapshot& snapshot, std::string_view name) {
  const MetricFamily* const family = find(snapshot, name);
  std::string out;
  if (family == nullptr) return "absent";
  for (const MetricPoint& point : family->points) {
    out += '{';
    for (const auto& [label, value] : point.labels) {
      if (out.back() != '{') out += ',';
      out += label + "=" + value;
    }
    const double value =
        point.histogram ? static_cast<double>(point.histogram->count) : point.value;
    out += "} " + std::to_string(std::llround(value)) + "\n";
  }
  return out;
}

struct Registry : MetricRegistry {
  Registry() : MetricRegistry(kStart) {}
  std::string text(std::string_view name) { return text_of(snapshot(kNow), name); }
};

}  // namespace lift::metrics_test
