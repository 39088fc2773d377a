#include <gtest/gtest.h>

#include <thread>

#include "lift/telemetry/byte_ring.h"

namespace lift {
namespace {

TEST(ByteRingRace, EveryRecordArrivesOnceInOrderAndWhole) {
  constexpr std::uint64_t kRecords = 200'000;
  ByteRing ring(8192);
  std::thread writer([&ring] {
    for (std::uint64_t i = 0; i < kRecords;) {
      const std::size_t bytes = 8 + (i % 40) * 8;
      std::byte* at = ring.reserve(bytes, ring.capacity());
      if (at == nullptr) {
        std::this_thread::yield();
        continue;
      }
      for (std::size_t k = 0; k < bytes; k += 8) std::memcpy(at + k, &i, 8);
      ring.commit(bytes);
      ++i;
    }
  });
  for (std::uint64_t expected = 0; expected < kRecords;) {
    const auto record = ring.front();
    if (record.empty()) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(record.size(), 8 + (expected % 40) * 8);
    for (std::size_t k = 0; k < record.size(); k += 8) {
      std::uint64_t value = 0;
      std::memcpy(&value, record.data() + k, 8);
      ASSERT_EQ(value, expected);
    }
    ring.pop();
    ++expected;
  }
  writer.join();
  EXPECT_EQ(ring.used(), 0U);
}

}  // namespace
}  // namespace lift
