#pragma once
// A service behind, on virtual time: so many requests at a time, each for a time drawn by chance,
// and all others in line for as long as it takes. What it has begun it does to the end, whether or
// not anybody still waits for it.

#include <chrono>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "lift/base/loop.h"
#include "lift/base/random.h"

namespace lift::test {

class SimBackend {
 public:
  /// Times are drawn exponentially around `mean`, or all are the same.
  enum class Times : std::uint8_t { same, exponential };

  SimBackend(unsigned servers, Duration mean, Times times, std::uint64_t seed)
      : mean_(mean), times_(times), random_(seed) {
    for (unsigned i = 0; i < servers; ++i) free_at_.push(Instant{});
  }

  /// How long who comes now has to wait for the answer.
  Duration takes(Instant now) {
    const Instant begins = std::max(now, free_at_.top());
    free_at_.pop();
    const Instant ends = begins + one();
    free_at_.push(ends);
    ++begun_;
    return ends - now;
  }
  [[nodiscard]] int begun() const noexcept { return begun_; }

 private:
  Duration one() {
    if (times_ == Times::same) return mean_;
    const double chance = (static_cast<double>(random_.below(1'000'000)) + 1) / 1'000'001;
    return Duration(
        static_cast<Duration::rep>(-std::log(chance) * static_cast<double>(mean_.count())));
  }

  Duration mean_;
  Times times_;
  SeededRandom random_;
  int begun_ = 0;
  std::priority_queue<Instant, std::vector<Instant>, std::greater<>> free_at_;
};

}  // namespace lift::test
