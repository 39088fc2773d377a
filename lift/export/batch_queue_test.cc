#include "lift/export/batch_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kWall{1'700'000'000s};

struct Bed {
  explicit Bed(BatchLimits limits = {}, BatchQueue::Capacity capacity = {})
      : queue(limits, capacity, ledger) {}
  bool push(std::string_view item, bool important = false, WallTime time = kWall,
            std::uint32_t items = 1) {
    return queue.push(item, items, time, important, clock);
  }
  std::vector<std::string> take(Instant now) {
    std::vector<std::string> out;
    auto taken = queue.take(now);
    if (!taken) return out;
    for (std::size_t i = 0; i < taken->batch.size(); ++i) out.emplace_back(taken->batch.entry(i));
    queue.finished(std::move(*taken));
    return out;
  }
  SimClock clock;
  DeliveryLedger ledger;
  BatchQueue queue;
};

using Items = std::vector<std::string>;

TEST(BatchQueue, ABatchIsDueWhenItsFirstItemHasWaited) {
  Bed bed({.max_delay = 2s});
  const Instant start = bed.clock.now();
  EXPECT_EQ(bed.queue.due(), kNever);
  bed.push("a");
  bed.clock.set(start + 1s);
  bed.push("b");
  EXPECT_EQ(bed.queue.due(), start + 2s);
  EXPECT_EQ(bed.take(start + 2s - 1ns), Items{});
  EXPECT_EQ(bed.take(start + 2s), (Items{"a", "b"}));
  EXPECT_EQ(bed.queue.due(), kNever);
  EXPECT_EQ(bed.queue.used_items(), 0U);
  EXPECT_EQ(bed.queue.used_bytes(), 0U);
}

TEST(BatchQueue, AFullBatchIsDueAtOnce) {
  Bed bed({.max_items = 2});
  for (const char* item : {"a", "b", "c"}) bed.push(item);
  EXPECT_EQ(bed.take(bed.clock.now()), (Items{"a", "b"}));
  EXPECT_EQ(bed.take(bed.clock.now()), Items{});
  bed.queue.close();
  EXPECT_EQ(bed.take(bed.clock.now()), Items{"c"});
}

TEST(BatchQueue, BytesAreCountedWithWhatEachItemAdds) {
  Bed bed({.max_bytes = 100, .entry_overhead = 26, .max_entry_bytes = 1000});
  EXPECT_TRUE(bed.push(std::string(24, 'a')));
  EXPECT_TRUE(bed.push(std::string(24, 'b')));  // 2 · (24 + 26): just fits
  EXPECT_TRUE(bed.push("c"));
  EXPECT_EQ(bed.take(bed.clock.now()).size(), 2U);
  EXPECT_TRUE(bed.push(std::string(74, 'd')));
  EXPECT_FALSE(bed.push(std::string(75, 'e')));
  EXPECT_EQ(bed.ledger.stats().dropped_for(Loss::oversize), 1U);
}

TEST(BatchQueue, ItemsTooFarApartInTimeGoSeparately) {
  Bed bed({.max_span = 24h});
  bed.push("a", false, kWall);
  bed.push("b", false, kWall - 24h);
  bed.push("c", false, kWall + 1ns);
  EXPECT_EQ(bed.take(bed.clock.now()), (Items{"a", "b"}));
}

TEST(BatchQueue, TheLastTenthIsForWhatIsImportant) {
  Bed bed({}, {.items = 10});
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(bed.push("x"));
  EXPECT_FALSE(bed.push("x"));
  EXPECT_TRUE(bed.push("warning", true));
  EXPECT_FALSE(bed.push("warning", true));
  EXPECT_EQ(bed.ledger.stats().dropped_for(Loss::queue_full), 2U);
}

TEST(BatchQueue, BytesInFlightStillTakeRoom) {
  Bed bed({.max_items = 1}, {.bytes = 1000});
  EXPECT_TRUE(bed.push(std::string(600, 'x')));
  auto taken = bed.queue.take(bed.clock.now());
  EXPECT_FALSE(bed.push(std::string(600, 'x')));
  bed.queue.finished(std::move(*taken));
  EXPECT_TRUE(bed.push(std::string(600, 'x')));
}

TEST(BatchQueue, AnEntryOfSeveralItemsCountsAsThatMany) {
  Bed bed({.max_items = 5}, {.items = 100});
  const auto push = [&](std::string_view entry, std::uint32_t items) {
    return bed.push(entry, false, kWall, items);
  };
  EXPECT_TRUE(push("a", 3));
  EXPECT_TRUE(push("b", 3));
  EXPECT_TRUE(push("c", 70));
  EXPECT_FALSE(push("d", 15)) << "the last tenth is for what is important";
  EXPECT_EQ(bed.take(bed.clock.now()), Items{"a"});
  EXPECT_EQ(bed.take(bed.clock.now()), Items{"b"});
  EXPECT_EQ(bed.take(bed.clock.now()), Items{"c"});
  EXPECT_EQ(bed.queue.used_items(), 0U);
  EXPECT_EQ(bed.ledger.stats().given, 91U);
  EXPECT_EQ(bed.ledger.stats().dropped_for(Loss::queue_full), 15U);
}

TEST(Batch, KeepsWhatItIsTold) {
  Batch batch;
  for (const char* item : {"a", "bb", "ccc", "d"}) batch.add(item, kWall);
  batch.keep({1, 3, 9});
  ASSERT_EQ(batch.size(), 2U);
  EXPECT_EQ(batch.entry(0), "bb");
  EXPECT_EQ(batch.entry(1), "d");
  batch.keep({});
  EXPECT_TRUE(batch.empty());
}

}  // namespace
}  // namespace lift
