#pragma once
// One limit's counts in this process: an algorithm, its quotas, and the table of its keys.
//
// Thread-safety: everything from any thread. Cost: that of the algorithm and its table, and 2 ns
// for not knowing which.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "lift/ratelimit/limit_options.h"
#include "lift/telemetry/telemetry.h"

namespace lift::detail {

class MemoryLimit {
 public:
  /// What is needed to come back to a key that was charged.
  struct Place {
    std::uint64_t key = 0;
    std::atomic<std::uint64_t>* word = nullptr;
    std::size_t quota = 0;
  };
  struct Taken {
    LimitDecision decision;
    Place place;
  };

  virtual ~MemoryLimit() = default;

  /// `quota` is an index into those it was made with.
  [[nodiscard]] virtual Taken take(std::uint64_t key, std::size_t quota, const LimitTime& time,
                                   std::uint64_t cost) = 0;
  [[nodiscard]] virtual LimitDecision peek(std::uint64_t key, std::size_t quota,
                                           const LimitTime& time, std::uint64_t cost) = 0;
  /// Takes back what take() charged or held and nobody used.
  virtual void undo(const Place& place, const LimitTime& then, const LimitTime& time,
                    std::uint64_t taken) = 0;
  /// Charges `cost` in place of the `taken`, at a request's end.
  virtual void settle(const Place& place, const LimitTime& then, const LimitTime& time,
                      std::uint64_t taken, std::uint64_t cost) = 0;
  /// The same counts under other quotas; null if they cannot be kept.
  [[nodiscard]] virtual std::shared_ptr<MemoryLimit> with(std::span<const Quota> quotas,
                                                          const LimitOptions& options) = 0;
  [[nodiscard]] virtual std::size_t places() const = 0;
  [[nodiscard]] virtual std::uint64_t shared() const = 0;
};

/// `options` and `quotas` must be valid. The telemetry's clock is read where a request that began
/// long ago must not be taken for a change of quota.
[[nodiscard]] std::shared_ptr<MemoryLimit> make_memory_limit(const LimitOptions& options,
                                                             std::span<const Quota> quotas,
                                                             const Telemetry& telemetry);

}  // namespace lift::detail
