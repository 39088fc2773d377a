#include "lift/telemetry/detail/histogram_layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "lift/base/random.h"

namespace lift::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// 2^(i/8) to 64 bits of precision and more; x87's long double where there is one.
long double edge(std::int32_t index) { return std::exp2(static_cast<long double>(index) / 8); }

/// The index by its definition: 2^(i/8) < value <= 2^((i+1)/8).
std::int32_t naive_index(double value) {
  auto index = static_cast<std::int32_t>(std::floor(std::log2(value) * 8)) - 2;
  while (edge(index + 1) < value) ++index;
  return index;
}

double random_value(SeededRandom& random) {
  const auto exponent = static_cast<int>(random.below(80)) - 40;
  return std::ldexp(1 + random.uniform(), exponent);
}

TEST(ExponentialIndex, Powers_of_two_end_their_bucket) {
  for (int exponent = -1022; exponent <= 1023; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    EXPECT_EQ(exponential_index(power), exponent * 8 - 1);
    EXPECT_EQ(exponential_index(std::nextafter(power, kInfinity)), exponent * 8);
  }
}

TEST(ExponentialIndex, The_doubles_next_to_every_edge_fall_on_their_sides) {
  for (std::int32_t index = -400; index <= 400; ++index) {
    const double below = exponential_edge(index);
    const double above = std::nextafter(below, kInfinity);
    ASSERT_LE(below, edge(index));
    ASSERT_GT(above, edge(index));
    EXPECT_EQ(exponential_index(below), index - 1) << index;
    EXPECT_EQ(exponential_index(above), index) << index;
  }
}

TEST(ExponentialIndex, Agrees_with_its_definition) {
  SeededRandom random(1);
  for (int i = 0; i < 2'000'000; ++i) {
    const double value = random_value(random);
    ASSERT_EQ(exponential_index(value), naive_index(value)) << std::hexfloat << value;
  }
}

TEST(ExponentialIndex, Zero_and_the_smallest_are_below_all) {
  EXPECT_LT(exponential_index(0), -8000);
  EXPECT_LT(exponential_index(std::numeric_limits<double>::denorm_min()), -8000);
  EXPECT_EQ(exponential_index(std::numeric_limits<double>::max()), 8191);
}

/// Counts values twice: in a layout's cells, and by the definitions of its buckets.
class Model {
 public:
  Model(std::vector<double> bounds, int lowest, int highest)
      : bounds_(std::move(bounds)),
        lowest_(lowest),
        highest_(highest),
        layout_(bounds_, lowest, highest),
        cells_(layout_.cell_count()),
        regions_(static_cast<std::size_t>((highest - lowest) * 8)),
        explicit_(bounds_.size() + 1) {}

  void record(double value) {
    ++cells_[layout_.cell_of(value)];
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    ++explicit_[bucket];
    if (value <= std::ldexp(1.0, lowest_)) {
      ++zeros_;
    } else if (value > std::ldexp(1.0, highest_)) {
      ++clamped_;
      ++regions_.back();
    } else {
      ++regions_[static_cast<std::size_t>(naive_index(value) - lowest_ * 8)];
    }
    ++count_;
  }

  void expect_equal() const {
    const HistogramPoint point = layout_.point(cells_);
    EXPECT_EQ(point.count, count_);
    EXPECT_EQ(point.zeros, zeros_);
    EXPECT_EQ(point.zero_threshold, std::ldexp(1.0, lowest_));
    EXPECT_EQ(point.explicit_counts, explicit_);
    EXPECT_EQ(layout_.clamped(cells_), clamped_);
    std::vector<std::uint64_t> all(regions_.size());
    const std::int32_t first = point.buckets.empty() ? 0 : point.first_index - lowest_ * 8;
    for (std::size_t i = 0; i < point.buckets.size(); ++i) {
      all.at(static_cast<std::size_t>(first) + i) = point.buckets[i];
    }
    EXPECT_EQ(all, regions_);
    if (!point.buckets.empty()) {
      EXPECT_NE(point.buckets.front(), 0U);
      EXPECT_NE(point.buckets.back(), 0U);
    }
  }

 private:
  std::vector<double> bounds_;
  int lowest_;
  int highest_;
  HistogramLayout layout_;
  std::vector<std::uint64_t> cells_;
  std::vector<std::uint64_t> regions_;
  std::vector<std::uint64_t> explicit_;
  std::uint64_t zeros_ = 0;
  std::uint64_t clamped_ = 0;
  std::uint64_t count_ = 0;
};

struct Shape {
  std::vector<double> bounds;
  int lowest;
  int highest;
};

std::vector<Shape> shapes() {
  return {
      {{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}, -20, 12},
      {{}, -20, 12},
      {{0, 1e-9, 1e-8}, -4, 4},                    // all within the zero bucket
      {{20, 30, 1e300}, -4, 4},                    // all above the highest edge
      {{1, 1.0001, 1.0002, 1.0003, 2, 4}, -1, 2},  // many in one bucket, some on edges
      {{256, 1024, 4096}, 0, 34},
      {{0.5}, -64, 64},
  };
}

TEST(HistogramLayout, Both_kinds_of_buckets_agree_with_their_definitions) {
  SeededRandom random(2);
  for (const Shape& shape : shapes()) {
    Model model(shape.bounds, shape.lowest, shape.highest);
    model.expect_equal();
    for (int i = 0; i < 200'000; ++i) model.record(random_value(random));
    for (std::int32_t index = -300; index <= 300; ++index) {
      model.record(exponential_edge(index));
      model.record(std::nextafter(exponential_edge(index), kInfinity));
    }
    for (const double bound : shape.bounds) {
      model.record(bound);
      model.record(std::nextafter(bound, kInfinity));
      model.record(std::max(0.0, std::nextafter(bound, 0.0)));
    }
    model.record(0);
    model.record(-0.0);
    model.record(std::numeric_limits<double>::denorm_min());
    model.record(std::numeric_limits<double>::max());
    model.expect_equal();
  }
}

}  // namespace
}  // namespace lift::detail
