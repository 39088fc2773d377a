// Whoever reads a ledger while it is written sees books that balance.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lift/base/random.h"
#include "lift/export/delivery_ledger.h"

namespace lift {
namespace {

TEST(DeliveryLedgerRace, NoReaderSeesMoreEndedThanGiven) {
  constexpr std::uint64_t kItems = 200'000;
  DeliveryLedger ledger;
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  const auto read = [&] {
    DestinationStats last;
    while (!over.load()) {
      const DestinationStats now = ledger.stats();
      const bool balanced = now.given == now.delivered + now.dropped + now.pending;
      const bool grown = now.delivered >= last.delivered && now.dropped >= last.dropped;
      if (!balanced || !grown || now.pending > now.given) wrong.fetch_add(1);
      last = now;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) readers.emplace_back(read);
  SeededRandom random(1);
  std::uint64_t pending = 0;
  for (std::uint64_t i = 0; i < kItems; ++i) {
    ledger.given(1);
    ++pending;
    if (random.below(4) != 0) continue;
    const std::uint64_t lost = random.below(pending + 1);
    ledger.dropped(static_cast<Loss>(random.below(kLosses)), lost);
    ledger.delivered(pending - lost);
    pending = 0;
  }
  over.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(ledger.stats().given, kItems);
  EXPECT_EQ(ledger.stats().pending, pending);
}

}  // namespace
}  // namespace lift
