#include "lift/ratelimit/detail/memory_limit.h"

#include <concepts>
#include <utility>
#include <vector>

#include "lift/ratelimit/cell_table.h"
#include "lift/ratelimit/fixed_window.h"
#include "lift/ratelimit/gcra.h"
#include "lift/ratelimit/gcra_hold.h"
#include "lift/ratelimit/sliding_log.h"
#include "lift/ratelimit/sliding_window.h"

namespace lift::detail {
namespace {

/// With so many places for each key hardly any set is ever full.
constexpr std::size_t kPlacesAKey = 4;

/// Whether counts go on under other options.
bool same_counts(const LimitOptions& a, const LimitOptions& b) noexcept {
  return a.algorithm == b.algorithm && a.settles() == b.settles() && a.max_keys == b.max_keys &&
         !b.sharing;
}

template <class Algorithm>
class CellLimit final : public LimitCounts {
 public:
  CellLimit(const LimitOptions& options, std::span<const Quota> quotas, const Clock& clock,
            std::shared_ptr<CellTable> cells)
      : options_(options), clock_(clock), cells_(std::move(cells)) {
    for (const Quota& quota : quotas) {
      if constexpr (std::same_as<Algorithm, Gcra>) {
        algorithms_.emplace_back(quota, options.max_wait);
      } else {
        algorithms_.emplace_back(quota);
      }
    }
  }

  Taken take(std::uint64_t key, std::size_t quota, const LimitTime& time,
             std::uint64_t cost) override {
    const Algorithm& algorithm = algorithms_[quota];
    CellTable::Taken taken = cells_->take(key, algorithm, time, cost);
    const bool odd = !taken.decision.allowed && taken.decision.reset_after > algorithm.longest();
    if (odd && algorithm.cap(*taken.word, true_time())) {
      taken = cells_->take(key, algorithm, time, cost);
    }
    return {taken.decision, {.key = key, .word = taken.word, .quota = quota}};
  }

  LimitDecision peek(std::uint64_t key, std::size_t quota, const LimitTime& time,
                     std::uint64_t cost) override {
    return cells_->peek(key, algorithms_[quota], time, cost);
  }
  void undo(const Place& place, const LimitTime& then, const LimitTime& time,
            std::uint64_t taken) override {
    algorithms_[place.quota].undo(*place.word, then, time, taken);
  }
  void settle(const Place& place, const LimitTime& then, const LimitTime& time, std::uint64_t taken,
              std::uint64_t cost) override {
    if constexpr (requires(const Algorithm& a) {
                    a.settle(*place.word, then, time, taken, cost);
                  }) {
      algorithms_[place.quota].settle(*place.word, then, time, taken, cost);
    }
  }
  std::shared_ptr<LimitCounts> with(std::span<const Quota> quotas,
                                    const LimitOptions& options) override {
    if (!same_counts(options_, options)) return nullptr;
    // A sliding window's word is told by its period.
    if (std::same_as<Algorithm, SlidingWindow> && options.quota.rate.per != options_.quota.rate.per)
      return nullptr;
    return std::make_shared<CellLimit>(options, quotas, clock_, cells_);
  }
  std::vector<KeptWord> keep(const LimitTime& time) const override {
    std::vector<KeptWord> words;
    if constexpr (requires { Algorithm::found(std::int64_t{0}, time); }) {
      cells_->for_each([&](std::uint64_t key, std::uint64_t word) {
        if (algorithms_.front().idle(word, time)) return;
        words.push_back({.key = key, .value = Algorithm::kept(word, time)});
      });
    }
    return words;
  }
  std::size_t restore(std::span<const KeptWord> words, const LimitTime& time) override {
    std::size_t lost = 0;
    if constexpr (requires { Algorithm::found(std::int64_t{0}, time); }) {
      for (const KeptWord& one : words) {
        const std::uint64_t word = Algorithm::found(one.value, time);
        if (algorithms_.front().idle(word, time)) continue;
        if (!cells_->restore(one.key, word)) ++lost;
      }
      return lost;
    }
    return words.size();
  }
  std::size_t places() const override { return cells_->places(); }
  std::uint64_t shared() const override { return cells_->shared(); }

 private:
  [[nodiscard]] LimitTime true_time() const { return {.now = clock_.now(), .wall = clock_.wall()}; }

  const LimitOptions options_;
  const Clock& clock_;
  const std::shared_ptr<CellTable> cells_;
  std::vector<Algorithm> algorithms_;
};

class LogLimit final : public LimitCounts {
 public:
  LogLimit(const LimitOptions& options, std::span<const Quota> quotas,
           std::shared_ptr<SlidingLog> log)
      : options_(options), log_(std::move(log)), quotas_(quotas.begin(), quotas.end()) {}

  Taken take(std::uint64_t key, std::size_t quota, const LimitTime& time,
             std::uint64_t cost) override {
    return {log_->take(key, quotas_[quota].rate, time, cost), {.key = key, .quota = quota}};
  }
  LimitDecision peek(std::uint64_t key, std::size_t quota, const LimitTime& time,
                     std::uint64_t cost) override {
    return log_->peek(key, quotas_[quota].rate, time, cost);
  }
  void undo(const Place& place, const LimitTime& then, const LimitTime&,
            std::uint64_t taken) override {
    log_->undo(place.key, then, taken);
  }
  void settle(const Place& place, const LimitTime& then, const LimitTime& time, std::uint64_t taken,
              std::uint64_t cost) override {
    if (cost < taken) return log_->undo(place.key, then, taken - cost);
    // More than was held is counted as far as there is room: a log holds no more than its count.
    for (std::uint64_t more = cost - taken; more > 0; --more) {
      if (!log_->take(place.key, quotas_[place.quota].rate, time, 1).allowed) return;
    }
  }
  std::shared_ptr<LimitCounts> with(std::span<const Quota> quotas,
                                    const LimitOptions& options) override {
    if (!same_counts(options_, options)) return nullptr;
    for (const Quota& quota : quotas) {
      if (quota.rate.count > log_->most()) return nullptr;
    }
    return std::make_shared<LogLimit>(options, quotas, log_);
  }
  std::size_t places() const override { return log_->places(); }
  std::uint64_t shared() const override { return log_->shared(); }

 private:
  const LimitOptions options_;
  const std::shared_ptr<SlidingLog> log_;
  std::vector<Quota> quotas_;
};

template <class Algorithm>
std::shared_ptr<LimitCounts> in_cells(const LimitOptions& options, std::span<const Quota> quotas,
                                      const Clock& clock) {
  auto cells = std::make_shared<CellTable>(options.max_keys * kPlacesAKey);
  return std::make_shared<CellLimit<Algorithm>>(options, quotas, clock, std::move(cells));
}

}  // namespace

std::shared_ptr<LimitCounts> make_memory_limit(const LimitOptions& options,
                                               std::span<const Quota> quotas, const Clock& clock) {
  switch (options.algorithm) {
    case LimitAlgorithm::fixed_window:
      return in_cells<FixedWindow>(options, quotas, clock);
    case LimitAlgorithm::sliding_window:
      return in_cells<SlidingWindow>(options, quotas, clock);
    case LimitAlgorithm::sliding_log: {
      std::uint64_t most = 1;
      for (const Quota& quota : quotas) most = std::max(most, quota.rate.count);
      auto log = std::make_shared<SlidingLog>(options.max_keys, most);
      return std::make_shared<LogLimit>(options, quotas, std::move(log));
    }
    case LimitAlgorithm::gcra:
      break;
  }
  if (options.settles()) return in_cells<GcraHold>(options, quotas, clock);
  return in_cells<Gcra>(options, quotas, clock);
}

}  // namespace lift::detail
