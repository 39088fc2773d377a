#include "lift/telemetry/top_k.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "lift/base/random.h"

namespace lift {
namespace {

TEST(TopK, Counts_exactly_while_there_is_room) {
  TopK top(3);
  EXPECT_EQ(top.add("a"), std::nullopt);
  EXPECT_EQ(top.add("b", 5), std::nullopt);
  EXPECT_EQ(top.add("a", 2), std::nullopt);
  const auto entries = top.entries();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].key, "b");
  EXPECT_EQ(entries[0].count, 5U);
  EXPECT_EQ(entries[1].key, "a");
  EXPECT_EQ(entries[1].count, 3U);
  EXPECT_EQ(entries[1].error, 0U);
  EXPECT_EQ(top.total(), 8U);
}

TEST(TopK, The_least_leaves_for_a_new_key_which_takes_over_its_count) {
  TopK top(2);
  top.add("a", 10);
  top.add("b", 4);
  EXPECT_EQ(top.add("c", 1), "b");
  EXPECT_EQ(top.find("b"), nullptr);
  ASSERT_NE(top.find("c"), nullptr);
  EXPECT_EQ(top.find("c")->count, 5U);
  EXPECT_EQ(top.find("c")->error, 4U);
}

TEST(TopK, Long_keys_are_cut) {
  TopK top(2);
  top.add(std::string(80, 'x'));
  top.add(std::string(64, 'x'));
  EXPECT_EQ(top.size(), 1U);
  EXPECT_EQ(top.find(std::string(100, 'x'))->count, 2U);
}

TEST(TopK, No_capacity_is_taken_as_one) {
  TopK top(0);
  top.add("a");
  EXPECT_EQ(top.add("b"), "a");
  EXPECT_EQ(top.size(), 1U);
}

/// Zipf-like keys with weights against exact counts.
TEST(TopK, Keeps_its_guarantees) {
  for (const std::size_t capacity : {1UL, 7UL, 50UL, 400UL}) {
    SeededRandom random(capacity);
    TopK top(capacity);
    std::map<std::string, std::uint64_t> exact;
    std::uint64_t total = 0;
    for (int i = 0; i < 100'000; ++i) {
      const auto rank = static_cast<int>(std::exp(random.uniform() * 8));
      const std::string key = "tenant-" + std::to_string(rank);
      const std::uint64_t weight = 1 + random.below(5);
      exact[key] += weight;
      total += weight;
      top.add(key, weight);
    }
    ASSERT_EQ(top.total(), total);
    ASSERT_EQ(top.size(), capacity);
    for (const TopK::Entry& entry : top.entries()) {
      EXPECT_GE(entry.count, exact[entry.key]);
      EXPECT_LE(entry.count - entry.error, exact[entry.key]);
      EXPECT_LE(entry.error, total / capacity);
    }
    for (const auto& [key, count] : exact) {
      if (count <= total / capacity) continue;
      EXPECT_NE(top.find(key), nullptr) << key;
    }
  }
}

}  // namespace
}  // namespace lift
