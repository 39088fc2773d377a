#include "lift/observe/observe_options.h"

#include <cmath>
#include <cstdint>
#include <string>

namespace lift {
namespace {

constexpr std::size_t kMostBody = 16'384;
constexpr std::size_t kMostTenants = 1'000;
constexpr std::size_t kMostOperations = 10'000;
constexpr std::uint32_t kMostOfATrail = 10'000;
constexpr std::uint32_t kMostTrailBytes = 1U << 20U;

bool can_be_redacted(const std::string& type) {
  return type == "application/json" || type == "application/*+json" ||
         type == "application/x-www-form-urlencoded" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

}  // namespace

Problems ObserveOptions::validate() const {
  Problems problems;
  problems.add_all("sampling", sampling.validate());
  if (!(log_ratio >= 0 && log_ratio <= 1)) {
    problems.add("log_ratio", std::to_string(log_ratio), "must be from 0 to 1");
  }
  if (bodies.max_bytes < 1 || bodies.max_bytes > kMostBody) {
    problems.add("bodies.max_bytes", std::to_string(bodies.max_bytes), "must be from 1 to 16384");
  }
  for (const std::string& type : bodies.content_types) {
    if (can_be_redacted(type)) continue;
    problems.add("bodies.content_types", type,
                 "must be JSON or application/x-www-form-urlencoded: nothing else can be redacted");
  }
  if (top_tenants > kMostTenants) {
    problems.add("top_tenants", std::to_string(top_tenants), "must be at most 1000");
  }
  if (max_operations < 1 || max_operations > kMostOperations) {
    problems.add("max_operations", std::to_string(max_operations), "must be from 1 to 10000");
  }
  const auto bounded = [&problems](const char* field, std::uint32_t value, std::uint32_t most) {
    if (value <= most) return;
    problems.add(field, std::to_string(value), "must be at most " + std::to_string(most));
  };
  bounded("limits.fields", limits.fields, kMostOfATrail);
  bounded("limits.spans", limits.spans, kMostOfATrail);
  bounded("limits.events", limits.events, kMostOfATrail);
  bounded("limits.bytes", limits.bytes, kMostTrailBytes);
  return problems;
}

}  // namespace lift
