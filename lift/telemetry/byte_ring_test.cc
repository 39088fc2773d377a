#include "lift/telemetry/byte_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "lift/base/random.h"

namespace lift {
namespace {

bool put(ByteRing& ring, std::string_view text, std::size_t limit) {
  std::byte* at = ring.reserve(text.size(), limit);
  if (at == nullptr) return false;
  std::memcpy(at, text.data(), text.size());
  ring.commit(text.size());
  return true;
}

std::string take(ByteRing& ring) {
  const auto record = ring.front();
  std::string text(reinterpret_cast<const char*>(record.data()), record.size());
  ring.pop();
  return text;
}

TEST(ByteRing, GivesBackWhatWasPutInOrder) {
  ByteRing ring(4096);
  EXPECT_TRUE(ring.front().empty());
  EXPECT_TRUE(put(ring, "one", ring.capacity()));
  EXPECT_TRUE(put(ring, "three", ring.capacity()));
  EXPECT_EQ(take(ring), "one");
  EXPECT_EQ(take(ring), "three");
  EXPECT_EQ(ring.used(), 0U);
}

TEST(ByteRing, RefusesBeyondTheLimitThatIsAsked) {
  ByteRing ring(4096);
  const std::string record(1000, 'x');
  EXPECT_TRUE(put(ring, record, 2048));
  EXPECT_TRUE(put(ring, record, 2048));
  EXPECT_FALSE(put(ring, record, 2048));
  EXPECT_TRUE(put(ring, record, 4096)) << "the rest is kept for what is important";
  EXPECT_TRUE(put(ring, record, 4096));
  EXPECT_FALSE(put(ring, record, 1 << 20)) << "never more than there is";
}

TEST(ByteRing, RefusesARecordLargerThanItself) {
  ByteRing ring(4096);
  EXPECT_EQ(ring.reserve(5000, 1 << 20), nullptr);
}

TEST(ByteRing, LessThanReservedMayBeUsed) {
  ByteRing ring(4096);
  std::memcpy(ring.reserve(100, 4096), "abc", 3);
  ring.commit(3);
  EXPECT_TRUE(put(ring, "next", 4096));
  EXPECT_EQ(take(ring), "abc");
  EXPECT_EQ(take(ring), "next");
}

TEST(ByteRing, ForgetsEverythingWhenCleared) {
  ByteRing ring(4096);
  EXPECT_TRUE(put(ring, "parent's", 4096));
  ring.clear();
  EXPECT_TRUE(ring.front().empty());
  EXPECT_TRUE(put(ring, "child's", 4096));
  EXPECT_EQ(take(ring), "child's");
}

TEST(ByteRing, BehavesAsAQueueInAThousandHistories) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SeededRandom random(seed);
    ByteRing ring(4096);
    std::deque<std::string> model;
    for (int step = 0; step < 200; ++step) {
      if (random.below(2) == 0) {
        std::string text(random.below(900), static_cast<char>('a' + step % 26));
        const bool taken = put(ring, text, 4096);
        if (taken) model.push_back(std::move(text));
        if (!taken) {
          ASSERT_GT(ring.used(), 4096U - 2 * 920U) << "refused with room to spare";
        }
      } else if (!model.empty()) {
        ASSERT_EQ(take(ring), model.front()) << "seed " << seed;
        model.pop_front();
      } else {
        ASSERT_TRUE(ring.front().empty());
      }
    }
  }
}

}  // namespace
}  // namespace lift
