#pragma once
// One limit's counts, wherever they are kept.
//
// Thread-safety: everything from any thread. Cost: take() and peek() without a lock or an
// allocation for a key that is known.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lift/base/task.h"
#include "lift/ratelimit/limit_options.h"

namespace lift::detail {

class SharingState;

/// One key of a table, as a file has it.
struct KeptWord {
  std::uint64_t key = 0;
  std::int64_t value = 0;
};

class LimitCounts {
 public:
  /// What is needed to come back to a key that was charged.
  struct Place {
    std::uint64_t key = 0;
    std::atomic<std::uint64_t>* word = nullptr;
    std::size_t quota = 0;
    std::uint64_t mark = 0;  ///< the counts' own
    bool fallback = false;
  };
  struct Taken {
    LimitDecision decision = {};
    Place place = {};
    bool undecided = false;  ///< decide() must be asked
  };

  virtual ~LimitCounts() = default;

  /// `quota` is an index into those it was made with.
  [[nodiscard]] virtual Taken take(std::uint64_t key, std::size_t quota, const LimitTime& time,
                                   std::uint64_t cost) = 0;
  /// For what take() left undecided: waits for who knows. `patience` is how long the caller waits
  /// for its turn. `key` is read before it first waits.
  [[nodiscard]] virtual Task<Taken> decide(const LimitKey& key, std::uint64_t hash,
                                           std::size_t quota, const LimitTime& time,
                                           std::uint64_t cost, Duration patience);
  [[nodiscard]] virtual LimitDecision peek(std::uint64_t key, std::size_t quota,
                                           const LimitTime& time, std::uint64_t cost) = 0;
  /// Takes back what take() charged or held and nobody used.
  virtual void undo(const Place& place, const LimitTime& then, const LimitTime& time,
                    std::uint64_t taken) = 0;
  /// Charges `cost` in place of the `taken`, at a request's end.
  virtual void settle(const Place& place, const LimitTime& then, const LimitTime& time,
                      std::uint64_t taken, std::uint64_t cost) = 0;
  /// The same counts under other quotas; null if they cannot be kept.
  [[nodiscard]] virtual std::shared_ptr<LimitCounts> with(std::span<const Quota> quotas,
                                                          const LimitOptions& options) = 0;
  [[nodiscard]] virtual std::size_t places() const = 0;
  [[nodiscard]] virtual std::uint64_t shared() const = 0;
  /// How it stands with its store; null where it has none.
  [[nodiscard]] virtual const SharingState* sharing() const { return nullptr; }
  /// What a restart must not forget; empty where it may, or cannot be kept.
  [[nodiscard]] virtual std::vector<KeptWord> keep(const LimitTime&) const { return {}; }
  /// Takes it back, before anybody is decided on. How many found no room.
  virtual std::size_t restore(std::span<const KeptWord> words, const LimitTime&) {
    return words.size();
  }
  /// Lets go of the store, as nobody will be decided on any more. Waits until that is done.
  virtual void close() {}
};

}  // namespace lift::detail
