#pragma once
// One limit's counts where several instances share them: this instance's leases, the keeper that
// fills them, and what decides while the store is away.
//
// Thread-safety: as LimitCounts. Cost: a decision by a lease about 15 ns besides the table's two
// cache lines; one that must ask costs a round trip to the store and some allocations.

#include <memory>
#include <span>
#include <vector>

#include "lift/base/clock.h"
#include "lift/ratelimit/detail/lease_keeper.h"
#include "lift/ratelimit/detail/limit_counts.h"
#include "lift/ratelimit/limit_options.h"

namespace lift::detail {

/// For metrics.
class SharingState {
 public:
  virtual ~SharingState() = default;
  [[nodiscard]] virtual const LeaseCounts& counts() const noexcept = 0;
  /// The bound beyond rate · Δ + burst, in tokens: the largest of its quotas'.
  [[nodiscard]] virtual double overshoot() const noexcept = 0;
  /// Whether the store answers.
  [[nodiscard]] virtual bool available() const noexcept = 0;
  /// Decisions that were made without the store.
  [[nodiscard]] virtual std::uint64_t fallbacks() const noexcept = 0;
};

class SharedLimit final : public LimitCounts,
                          private SharingState,
                          public std::enable_shared_from_this<SharedLimit> {
 public:
  /// `fallback` counts by the same quotas in this process. `clock` outlives it.
  SharedLimit(const LimitOptions& options, std::span<const Quota> quotas, const Clock& clock,
              std::shared_ptr<LimitCounts> fallback);
  SharedLimit(const SharedLimit&) = delete;
  SharedLimit& operator=(const SharedLimit&) = delete;
  ~SharedLimit() override { SharedLimit::close(); }

  Taken take(std::uint64_t key, std::size_t quota, const LimitTime& time,
             std::uint64_t cost) override;
  Task<Taken> decide(const LimitKey& key, std::uint64_t hash, std::size_t quota,
                     const LimitTime& time, std::uint64_t cost, Duration patience) override;
  LimitDecision peek(std::uint64_t key, std::size_t quota, const LimitTime& time,
                     std::uint64_t cost) override;
  void undo(const Place& place, const LimitTime& then, const LimitTime& time,
            std::uint64_t taken) override;
  void settle(const Place& place, const LimitTime& then, const LimitTime& time, std::uint64_t taken,
              std::uint64_t cost) override;
  std::shared_ptr<LimitCounts> with(std::span<const Quota> quotas,
                                    const LimitOptions& options) override;
  std::size_t places() const override { return keeper_->table().places(); }
  std::uint64_t shared() const override { return 0; }

  const SharingState* sharing() const override { return this; }
  void close() override;

 private:
  [[nodiscard]] const LeaseCounts& counts() const noexcept override { return keeper_->counts(); }
  [[nodiscard]] double overshoot() const noexcept override { return overshoot_; }
  [[nodiscard]] bool available() const noexcept override {
    return keeper_->serving(clock_.coarse());
  }
  [[nodiscard]] std::uint64_t fallbacks() const noexcept override {
    return fallbacks_.load(std::memory_order_relaxed);
  }
  struct Moment {
    Instant now;
    std::int64_t wall;
  };
  [[nodiscard]] Moment moment(Instant now) const noexcept;
  [[nodiscard]] Moment moment(Instant now, Instant coarse, WallTime coarse_wall) const noexcept;
  [[nodiscard]] static std::uint64_t place_of(std::uint64_t hash) noexcept {
    return hash <= 1 ? hash + 2 : hash;
  }
  [[nodiscard]] static ItemView view(const LeaseCell& cell) noexcept;
  [[nodiscard]] LimitDecision describe(const LeaseCell* cell, std::size_t quota,
                                       const Moment& at) const noexcept;
  [[nodiscard]] Taken without_store(std::uint64_t hash, LeaseCell* cell, std::size_t quota,
                                    const LimitTime& time, std::uint64_t cost);

  const LimitSharing sharing_;
  const std::vector<Quota> quotas_;
  const LimitAlgorithm algorithm_;
  const std::size_t max_keys_;
  const Clock& clock_;
  const std::shared_ptr<LimitCounts> fallback_;
  const std::shared_ptr<LeaseKeeper> keeper_;
  double overshoot_ = 0;
  std::atomic<std::uint64_t> fallbacks_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace lift::detail
