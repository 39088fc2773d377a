#include "lift/testing/allocations.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <new>
#include <thread>

namespace lift {
namespace {

/// A compiler may leave out an allocation that nobody sees.
void seen(const void* memory) { asm volatile("" : : "g"(memory) : "memory"); }

struct alignas(128) Wide {
  char bytes[128];
};

class AllocationCounterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!AllocationCounter::available()) GTEST_SKIP() << "a sanitizer owns operator new";
  }
};

TEST_F(AllocationCounterTest, CountsEachFormOfNewOnce) {
  const AllocationCounter counter;
  const auto one = std::make_unique<int>(1);
  seen(one.get());
  EXPECT_EQ(counter.count(), 1U);
  const auto array = std::make_unique<int[]>(7);
  seen(array.get());
  EXPECT_EQ(counter.count(), 2U);
  const auto wide = std::make_unique<Wide>();
  seen(wide.get());
  EXPECT_EQ(counter.count(), 3U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.get()) % alignof(Wide), 0U);
  const std::unique_ptr<char> quiet(new (std::nothrow) char);
  seen(quiet.get());
  EXPECT_EQ(counter.count(), 4U);
}

TEST_F(AllocationCounterTest, TellsThisThreadFromTheProcess) {
  const AllocationCounter all(AllocationCounter::Of::process);
  std::uint64_t theirs = 0;
  std::thread other([&theirs] {
    const AllocationCounter counter;
    for (int i = 0; i < 1000; ++i) seen(std::make_unique<int>(i).get());
    theirs = counter.count();
  });
  const AllocationCounter mine;
  other.join();
  EXPECT_EQ(theirs, 1000U);
  EXPECT_EQ(mine.count(), 0U);
  EXPECT_GE(all.count(), 1000U);
}

}  // namespace
}  // namespace lift
