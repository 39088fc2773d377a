#include "lift/resilience/shed_control.h"

#include <algorithm>
#include <numeric>

namespace lift {
namespace {

double sum(const ShedControl::Arrivals& arrivals) noexcept {
  return static_cast<double>(std::accumulate(arrivals.begin(), arrivals.end(), std::uint64_t{0}));
}

}  // namespace

ShedControl::Border ShedControl::border() const noexcept {
  const std::uint32_t border = border_.load(std::memory_order_relaxed);
  return {.level = static_cast<ShedLevel>(border >> kShareBits),
          .share = static_cast<double>(border & kShareMask) / kShareMask};
}

/// Of these arrivals, by the border as it is.
double ShedControl::admitted(const Arrivals& arrivals) const noexcept {
  const Border now = border();
  double count = 0;
  for (std::size_t level = now.level; level < kLevels; ++level) {
    const bool part = level == now.level && level < kNever;
    count += static_cast<double>(arrivals[level]) * (part ? now.share : 1);
  }
  return count;
}

void ShedControl::window(const Arrivals& arrivals, bool overloaded, Duration wait,
                         Duration target) noexcept {
  const double all = sum(arrivals);
  const double before = admitted(arrivals);
  if (overloaded) {
    const double off = wait > target
                           ? static_cast<double>(target.count()) / static_cast<double>(wait.count())
                           : 1.0;
    step_ = kFirstStep;
    return admit(arrivals, before * std::clamp(off, 0.7, 0.95));
  }
  const bool calm = wait < target / 4;
  admit(arrivals, before + (calm ? step_ : kFirstStep) * all);
  step_ = calm ? std::min(2 * step_, kLastStep) : kFirstStep;
}

void ShedControl::admit_share(const Arrivals& arrivals, double share) noexcept {
  admit(arrivals, sum(arrivals) * share);
}

void ShedControl::admit(const Arrivals& arrivals, double wanted) noexcept {
  const double all = sum(arrivals);
  wanted = std::max(wanted, all * (1 - most_shed_));
  // Nobody came, or nobody has to go.
  if (all == 0 || wanted >= all) return reset();
  double reached = 0;
  std::size_t level = kLevels;
  while (level > 0) {
    const double more = static_cast<double>(arrivals[level - 1]);
    if (level <= kNever && reached + more >= wanted) break;
    reached += more;
    --level;
  }
  const std::size_t at = level > 0 ? level - 1 : 0;
  const double of_it = static_cast<double>(arrivals[at]);
  const double share = of_it > 0 ? std::clamp((wanted - reached) / of_it, 0.0, 1.0) : 0.0;
  const auto part = static_cast<std::uint32_t>(share * kShareMask);
  border_.store(static_cast<std::uint32_t>(at) << kShareBits | part, std::memory_order_relaxed);
}

}  // namespace lift
