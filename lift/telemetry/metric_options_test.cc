#include "lift/telemetry/metric_options.h"

#include <gtest/gtest.h>

#include <limits>

namespace lift {
namespace {

TEST(MetricOptions, Names) {
  const struct {
    std::string name;
    bool valid;
  } rows[] = {
      {"http.server.request.duration", true},
      {"a", true},
      {"a_b.C9", true},
      {std::string(255, 'a'), true},
      {std::string(256, 'a'), false},
      {"", false},
      {"9a", false},
      {"_a", false},
      {".a", false},
      {"a-b", false},
      {"a b", false},
      {"a\n", false},
      {"\xc3\xa9", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(MetricOptions{.name = row.name}.validate().empty(), row.valid) << row.name;
    EXPECT_EQ(HistogramOptions{.name = row.name}.validate().empty(), row.valid) << row.name;
  }
}

TEST(MetricOptions, Everything_wrong_is_told_at_once) {
  EXPECT_EQ(
      (MetricOptions{.name = "9", .unit = "a b", .max_series = 0}.validate().text()),
      "name: value \"9\" must begin with a letter and hold letters, digits, '.' and '_' only, at "
      "most 255\n"
      "unit: value \"a b\" must be at most 63 visible ASCII characters\n"
      "max_series: value \"0\" must be 1 to 100000");
}

TEST(HistogramOptions, Bounds_and_exponents) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const struct {
    std::vector<double> bounds;
    int lowest;
    int highest;
    std::string field;
  } rows[] = {
      {{}, -20, 12, ""},
      {{0, 1}, -64, 64, ""},
      {{1, 1}, -20, 12, "bounds"},
      {{2, 1}, -20, 12, "bounds"},
      {{-1, 1}, -20, 12, "bounds"},
      {{1, kInfinity}, -20, 12, "bounds"},
      {{1, std::numeric_limits<double>::quiet_NaN()}, -20, 12, "bounds"},
      {{}, -65, 12, "lowest_exponent"},
      {{}, 12, 12, "lowest_exponent"},
      {{}, 12, 65, "highest_exponent"},
  };
  for (const auto& row : rows) {
    const Problems problems = HistogramOptions{.name = "h",
                                               .bounds = row.bounds,
                                               .lowest_exponent = row.lowest,
                                               .highest_exponent = row.highest}
                                  .validate();
    EXPECT_EQ(problems.empty() ? "" : problems.list().front().field, row.field) << problems.text();
  }
  EXPECT_TRUE(byte_sizes("sizes").validate().empty());
  EXPECT_EQ(byte_sizes("sizes").unit, "By");
}

TEST(LabelNames, Rules) {
  using Names = std::vector<std::string_view>;
  EXPECT_TRUE(validate_label_names(Names{"a", "_b.c9"}).empty());
  EXPECT_EQ(validate_label_names(Names{"a", "a"}).list().at(0).field, "labels[1]");
  for (const std::string_view name : {"", "9", "a-b", "le", "otel_metric_overflow"}) {
    EXPECT_FALSE(validate_label_names(Names{name}).empty()) << name;
  }
}

}  // namespace
}  // namespace lift
