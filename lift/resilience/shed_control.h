#pragma once
// Who is turned away under overload: a pure policy. Requests have levels: their priority, and
// within it the cohort of their tenant. Of a window's arrivals as many are admitted, from the
// highest level down, as could be served; of the level at the border a share, by chance.
//
// While overloaded, each window admits fewer than the one before, by how far the wait is off its
// target, between 5 % and 30 %; otherwise more, by 1 % of all, and by twice as much from one calm
// window to the next, 16 % at most: near the limit it is found slowly, and after it all is open
// soon. Cohorts change every hour, so that it is not always the same tenants who are turned away
// first.
// Source: DAGOR (H. Zhou and others, "Overload Control for Scaling WeChat Microservices", 2018) for
// levels, cohorts and the two steps.
// Thread-safety: decide() from any thread; the rest by one at a time.
// Cost: decide() about 1 ns while nobody is turned away; a window some microseconds.

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "lift/base/clock.h"
#include "lift/base/random.h"
#include "lift/chain/route_options.h"

namespace lift {

using ShedLevel = std::uint16_t;

class ShedControl {
 public:
  static constexpr std::size_t kCohorts = 128;
  static constexpr std::size_t kLevels = 4 * kCohorts;
  /// From here on nobody is turned away: the critical.
  static constexpr ShedLevel kNever = 3 * kCohorts;

  [[nodiscard]] static constexpr ShedLevel level_of(Priority priority,
                                                    std::uint64_t cohort) noexcept {
    return static_cast<ShedLevel>(static_cast<std::size_t>(priority) * kCohorts +
                                  cohort % kCohorts);
  }

  /// Arrivals by level, of one window.
  using Arrivals = std::array<std::uint64_t, kLevels>;

  /// `most_shed`: never more than this share of a window's arrivals.
  explicit ShedControl(double most_shed) noexcept : most_shed_(most_shed) {}

  /// Whether all are admitted: no need to know a request's level.
  [[nodiscard]] bool open() const noexcept {
    return border_.load(std::memory_order_relaxed) == kOpen;
  }
  [[nodiscard]] bool admits(ShedLevel level, Random& random) const noexcept {
    const std::uint32_t border = border_.load(std::memory_order_relaxed);
    const std::uint32_t at = border >> kShareBits;
    if (level != at || level >= kNever) return level > at || level >= kNever;
    return (random.next() & kShareMask) < (border & kShareMask);
  }

  /// A window has passed with these arrivals. `wait` against `target` tells how bad it is, or how
  /// well; `overloaded` may have other reasons.
  void window(const Arrivals& arrivals, bool overloaded, Duration wait, Duration target) noexcept;
  /// The same, where somebody else has decided which share of them can be served.
  void admit_share(const Arrivals& arrivals, double share) noexcept;
  void reset() noexcept { border_.store(kOpen, std::memory_order_relaxed); }

  /// Below this level all are turned away; of it, `share` is admitted.
  struct Border {
    ShedLevel level = 0;
    double share = 1;
  };
  [[nodiscard]] Border border() const noexcept;

 private:
  static constexpr double kFirstStep = 0.01;
  static constexpr double kLastStep = 0.16;
  static constexpr int kShareBits = 16;
  static constexpr std::uint32_t kShareMask = (1U << kShareBits) - 1;
  static constexpr std::uint32_t kOpen = kShareMask;  // level 0, all of it

  [[nodiscard]] double admitted(const Arrivals& arrivals) const noexcept;
  void admit(const Arrivals& arrivals, double wanted) noexcept;

  double most_shed_;
  double step_ = kFirstStep;
  std::atomic<std::uint32_t> border_{kOpen};
};

}  // namespace lift
