// Readers on several threads while values are replaced, and while Lives come and go under one id.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "lift/base/live.h"

namespace lift {
namespace {

constexpr int kThreads = 4;

/// Whole only if both halves agree; counts how many of it are alive.
class Version {
 public:
  explicit Version(std::atomic<int>& alive, long number) noexcept
      : alive_(&alive), first_(number), second_(-number) {
    alive_->fetch_add(1);
  }
  Version(Version&& other) noexcept
      : alive_(other.alive_), first_(other.first_), second_(other.second_) {
    alive_->fetch_add(1);
  }
  Version& operator=(Version&&) = delete;
  ~Version() {
    first_ = second_ = 7;
    alive_->fetch_sub(1);
  }
  [[nodiscard]] long number() const noexcept { return first_; }
  [[nodiscard]] bool whole() const noexcept { return first_ == -second_; }

 private:
  std::atomic<int>* alive_;
  long first_;
  long second_;
};

TEST(LiveRaceTest, ReadersSeeWholeVersionsInOrderAndTheLastOneInTheEnd) {
  constexpr long kVersions = 3000;
  std::atomic<int> alive{0};
  std::atomic<int> broken{0};
  {
    Live<Version> live(Version(alive, 0));
    std::atomic<long> done{0};
    const auto read = [&] {
      long last = 0;
      while (last < kVersions) {
        const bool complete = done.load() == kVersions;
        const Version& now = live.read();
        broken.fetch_add(!now.whole() || now.number() < last ? 1 : 0);
        last = now.number();
        broken.fetch_add(!live.share()->whole() ? 1 : 0);
        if (complete && last != kVersions) {  // a reader that is behind for good
          broken.fetch_add(1);
          return;
        }
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(read);
    for (long n = 1; n <= kVersions; ++n) {
      live.replace(Version(alive, n));
      done.store(n);
      if (n % 64 == 0) std::this_thread::yield();
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(alive.load(), 1) << "an old version dies with the last thread that held it";
  }
  EXPECT_EQ(broken.load(), 0);
  EXPECT_EQ(alive.load(), 0);
}

TEST(LiveRaceTest, AnIdThatIsUsedAgainShowsNothingOfItsFormerValue) {
  constexpr int kRounds = 2000;
  std::atomic<int> broken{0};
  const auto churn = [&](long seed) {
    for (int round = 0; round < kRounds; ++round) {
      const long number = seed * kRounds + round;
      const Live<long> one(number);
      const Live<std::vector<long>> other(std::vector<long>(3, number));
      broken.fetch_add(one.read() != number || other.read().at(2) != number ? 1 : 0);
    }
  };
  std::vector<std::thread> threads;
  for (long i = 0; i < kThreads; ++i) threads.emplace_back(churn, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(broken.load(), 0);
}

}  // namespace
}  // namespace lift
