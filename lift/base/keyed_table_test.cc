#include "lift/base/keyed_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lift/base/random.h"

namespace lift {
namespace {

/// A state that counts, and is as good as new while its count is even.
struct Count {
  std::atomic<int> value{0};
  int renewed = 0;
  void renew() noexcept { ++renewed; }
};
bool retire(Count& state) noexcept {
  if (state.value % 2 != 0) return false;
  state.value = 0;
  return true;
}
using Table = KeyedTable<Count>;

Table::Place add(Table& table, std::uint64_t key) {
  return table.find_or_add(key, [&] { return "k" + std::to_string(key); }, retire);
}

TEST(KeyedTable, FindsWhatWasAdded) {
  Table table(100);
  EXPECT_FALSE(table.find(7));
  const Table::Place entry = add(table, 7);
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry.is(7));
  EXPECT_EQ(entry->renewed, 1);
  entry->value = 3;
  EXPECT_EQ(&*add(table, 7), &*entry);
  EXPECT_EQ(&*table.find(7), &*entry);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(add(table, 0)) << "any hash will do";
  EXPECT_EQ(table.size(), 2U);
}

TEST(KeyedTable, IsNeverLargerThanItMay) {
  Table table(50);
  SeededRandom random(1);
  for (int i = 0; i < 10'000; ++i) {
    add(table, random.next());
    ASSERT_LE(table.size(), 50U);
  }
  EXPECT_EQ(table.size(), 50U);
  EXPECT_GT(table.evicted(), 0U);
}

TEST(KeyedTable, HoldsAllThatItMay) {
  for (const std::size_t capacity : {1U, 2U, 8U, 100U, 10'000U}) {
    Table table(capacity);
    SeededRandom random(capacity);
    for (std::size_t i = 0; i < capacity; ++i) {
      const Table::Place entry = add(table, random.next());
      ASSERT_TRUE(entry) << capacity;
      entry->value = 1;
    }
    EXPECT_EQ(table.size(), capacity);
    EXPECT_EQ(table.evicted(), 0U);
  }
}

TEST(KeyedTable, KeepsWhatIsNotAsNewAndTellsOfKeysWithoutState) {
  Table table(20);
  SeededRandom random(2);
  std::set<std::uint64_t> kept;
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t key = random.next();
    kept.insert(key);
    add(table, key)->value = 1;
  }
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(add(table, random.next()));
  EXPECT_EQ(table.overflowed(), 1'000U);
  for (const std::uint64_t key : kept) {
    ASSERT_TRUE(table.find(key));
    EXPECT_EQ(table.find(key)->value, 1);
  }
}

TEST(KeyedTable, WhatWasAskedForLatelyStaysLonger) {
  Table table(8);
  SeededRandom random(3);
  const std::uint64_t wanted = random.next();
  add(table, wanted);
  int lost = 0;
  for (int i = 0; i < 2'000; ++i) {
    lost += table.find(wanted) ? 0 : 1;
    add(table, wanted);
    add(table, random.next());
  }
  EXPECT_LT(lost, 20);
}

TEST(KeyedTable, VisitsEachByItsName) {
  Table table(100);
  for (std::uint64_t key = 1; key <= 30; ++key) {
    add(table, key * 0x9E3779B97F4A7C15)->value = static_cast<int>(key);
  }
  static_cast<void>(table.find_or_add(5, [] { return std::string(1'000, 'n'); }, retire));
  std::map<std::string, int> seen;
  table.visit([&](std::string_view name, Count& state) { seen.emplace(name, state.value); });
  EXPECT_EQ(seen.size(), 31U);
  EXPECT_EQ(seen["k" + std::to_string(30 * 0x9E3779B97F4A7C15)], 30);
  EXPECT_EQ(seen.count(std::string(Table::kMaxName, 'n')), 1U);
}

}  // namespace
}  // namespace lift
