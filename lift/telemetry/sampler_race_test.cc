// A reservoir that four threads draw from, and tenants armed and disarmed under their readers.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "lift/telemetry/armed_tenants.h"
#include "lift/telemetry/sampler.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;

std::shared_ptr<Sampler> reservoir_of(std::uint32_t size) {
  SamplerOptions options;
  options.rate = {.ratio = 0, .reservoir = size};
  return Sampler::make(options).value();
}

template <class Work>
void on_all_threads(Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

TEST(SamplerRace, EverySecondGivesExactlyItsReservoir) {
  constexpr int kSeconds = 500;
  const auto sampler = reservoir_of(17);
  const TraceId id = *parse_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  std::vector<std::atomic<int>> kept(kSeconds);
  std::barrier together(kThreads);
  on_all_threads([&](int) {
    for (int second = 0; second < kSeconds; ++second) {
      together.arrive_and_wait();
      for (int i = 0; i < 10; ++i) {
        const Instant now = Instant(1000s) + second * 1s + i * 1ms;
        if (sampler->decide(0, id, now).sampled) kept[second].fetch_add(1);
      }
    }
  });
  for (int second = 0; second < kSeconds; ++second) ASSERT_EQ(kept[second].load(), 17) << second;
}

TEST(SamplerRace, ThreadsWhoseClocksDifferNeverTakeMore) {
  constexpr int kSeconds = 2000;
  const auto sampler = reservoir_of(5);
  const TraceId id = *parse_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  std::vector<std::atomic<int>> kept(kSeconds);
  on_all_threads([&](int) {
    for (int second = 0; second < kSeconds; ++second) {
      for (int i = 0; i < 8; ++i) {
        if (sampler->decide(0, id, Instant(1000s) + second * 1s).sampled) kept[second].fetch_add(1);
      }
    }
  });
  // Whichever thread comes first finds a second untouched, and may take all of it.
  for (int second = 0; second < kSeconds; ++second) {
    ASSERT_LE(kept[second].load(), 5) << second;
  }
}

TEST(ArmedTenantsRace, NobodyIsLostAndNobodyIsArmedUnasked) {
  constexpr int kRounds = 500;
  ArmedTenants armed;
  std::atomic<int> broken{0};
  const Instant now(100s);
  on_all_threads([&](int thread) {
    const std::string own = "tenant" + std::to_string(thread);
    for (int i = 0; i < kRounds; ++i) {
      if (!armed.arm(own, now + 1s, now)) broken.fetch_add(1);
      if (!armed.is_armed(own, now) || armed.is_armed("nobody", now)) broken.fetch_add(1);
      if (i + 1 == kRounds) break;
      if (!armed.disarm(own) || armed.is_armed(own, now)) broken.fetch_add(1);
    }
  });
  EXPECT_EQ(broken.load(), 0);
  EXPECT_EQ(armed.list(now).size(), kThreads);
}

}  // namespace
}  // namespace lift
