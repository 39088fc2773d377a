#include "lift/telemetry/metric_options.h"

#include <algorithm>
#include <cmath>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxUnit = 63;
constexpr std::size_t kMaxBounds = 64;
constexpr std::size_t kMaxSeries = 100'000;
constexpr int kMaxExponent = 64;

bool is_name_rest(char c) noexcept {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '.' || c == '_';
}

bool is_metric_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxName && ascii::is_letter(name[0]) &&
         std::ranges::all_of(name, is_name_rest);
}

bool is_label_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxName &&
         (ascii::is_letter(name[0]) || name[0] == '_') && std::ranges::all_of(name, is_name_rest);
}

bool is_unit(std::string_view unit) noexcept {
  return unit.size() <= kMaxUnit &&
         std::ranges::all_of(unit, [](char c) { return c > ' ' && c < '\x7f'; });
}

void check_common(Problems& problems, const std::string& name, const std::string& unit,
                  std::size_t max_series) {
  if (!is_metric_name(name)) {
    problems.add(
        "name", name,
        "must begin with a letter and hold letters, digits, '.' and '_' only, at most 255");
  }
  if (!is_unit(unit)) problems.add("unit", unit, "must be at most 63 visible ASCII characters");
  if (max_series < 1 || max_series > kMaxSeries) {
    problems.add("max_series", std::to_string(max_series), "must be 1 to 100000");
  }
}

bool rising(const std::vector<double>& bounds) {
  double last = -1;
  for (const double bound : bounds) {
    if (!std::isfinite(bound) || bound < 0 || bound <= last) return false;
    last = bound;
  }
  return true;
}

}  // namespace

Problems MetricOptions::validate() const {
  Problems problems;
  check_common(problems, name, unit, max_series);
  return problems;
}

Problems HistogramOptions::validate() const {
  Problems problems;
  check_common(problems, name, unit, max_series);
  if (!rising(bounds) || bounds.size() > kMaxBounds) {
    problems.add("bounds", std::to_string(bounds.size()) + " bounds",
                 "must be at most 64 finite numbers that rise and are not negative");
  }
  if (lowest_exponent < -kMaxExponent || lowest_exponent >= highest_exponent) {
    problems.add("lowest_exponent", std::to_string(lowest_exponent),
                 "must be -64 or more, and below highest_exponent");
  }
  if (highest_exponent > kMaxExponent) {
    problems.add("highest_exponent", std::to_string(highest_exponent), "must be 64 or less");
  }
  return problems;
}

HistogramOptions byte_sizes(std::string name, std::string description) {
  HistogramOptions options;
  options.name = std::move(name);
  options.description = std::move(description);
  options.unit = "By";
  options.bounds.clear();
  for (int exponent = 8; exponent <= 24; exponent += 2) {
    options.bounds.push_back(std::ldexp(1.0, exponent));
  }
  options.lowest_exponent = 0;
  options.highest_exponent = 34;
  return options;
}

Problems validate_label_names(std::span<const std::string_view> names) {
  Problems problems;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string field = "labels[" + std::to_string(i) + "]";
    const std::string_view name = names[i];
    if (!is_label_name(name)) {
      problems.add(field, std::string(name),
                   "must hold letters, digits, '.' and '_' only, no digit first, at most 255");
    } else if (name == "le" || name == "otel_metric_overflow") {
      problems.add(field, std::string(name), "must not be a name that the formats use themselves");
    } else if (std::ranges::count(names.first(i), name) != 0) {
      problems.add(field, std::string(name), "must not be there twice");
    }
  }
  return problems;
}

}  // namespace lift
