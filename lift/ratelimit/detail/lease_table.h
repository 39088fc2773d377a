#pragma once
// What an instance holds of each key's limit: tokens it may give away, and what it knows to be
// refused. Read by all threads, filled by the one keeper.
//
// A key that is forgotten loses its tokens and what was known of it, and nothing else: the store
// knows the rest. So a place may be given to another key at any time; nobody is admitted by it.
// Thread-safety: find() and what it finds from any thread; claim() from the keeper's.
// Cost: 72 bytes a place; find() two cache lines.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "lift/base/clock.h"

namespace lift::detail {

/// Tokens with an end, on one word: 24 bits of them, and 40 bits of 2^14 ns for when they end.
class LeaseWord {
 public:
  static constexpr std::uint64_t kMostTokens = (1U << 24) - 1;

  [[nodiscard]] static std::uint64_t make(std::uint64_t tokens, Instant until) noexcept {
    return units(until) << 24 | tokens;
  }
  [[nodiscard]] static std::uint64_t tokens(std::uint64_t word, Instant now) noexcept {
    return ends_after(word, now) ? word & kMostTokens : 0;
  }
  [[nodiscard]] static bool sooner(std::uint64_t a, std::uint64_t b) noexcept {
    return ((end(b) - end(a)) & kUnits) <= kUnits / 2;
  }
  /// Tells leases apart, whatever is left of them.
  [[nodiscard]] static std::uint64_t end(std::uint64_t word) noexcept { return word >> 24; }

 private:
  static constexpr std::uint64_t kUnits = (1ULL << 40) - 1;
  [[nodiscard]] static std::uint64_t units(Instant at) noexcept {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) >> 14 & kUnits;
  }
  /// Modulo 208 days.
  [[nodiscard]] static bool ends_after(std::uint64_t word, Instant now) noexcept {
    const std::uint64_t left = (end(word) - units(now)) & kUnits;
    return left != 0 && left <= kUnits / 2;
  }
};

struct alignas(64) LeaseCell {
  /// The lease in use, and the one after it.
  std::array<std::atomic<std::uint64_t>, 2> leases{};
  /// Requests for `refused_cost` or more are refused until then without asking.
  std::atomic<std::int64_t> refused_until{0};
  /// What they are told to wait for.
  std::atomic<std::int64_t> retry_at{0};
  /// Where the item stood last; see ItemView.
  std::atomic<std::int64_t> item{0};
  std::atomic<std::uint32_t> window{0};
  /// What was asked for: an estimate, as threads may overwrite each other.
  std::atomic<std::uint32_t> demand{0};
  std::atomic<std::uint32_t> refused_cost{0};
  /// With fewer tokens than this the keeper is told.
  std::atomic<std::uint32_t> low{0};
  /// What was admitted while the store was away, and is to be posted to it.
  std::atomic<std::uint32_t> owed{0};
  std::atomic<bool> told{false};

  void count(std::uint64_t cost) noexcept {
    demand.store(demand.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(cost),
                 std::memory_order_relaxed);
  }
  struct Took {
    std::atomic<std::uint64_t>* lease = nullptr;  ///< null: there are not so many
    std::uint64_t end = 0;                        ///< of that lease
    std::uint64_t left = 0;                       ///< in it
  };
  /// Of the lease that ends first.
  [[nodiscard]] Took take(std::uint64_t cost, Instant now) noexcept;
  /// Nothing if that lease is over, or another one lies there.
  static void give_back(std::atomic<std::uint64_t>& lease, std::uint64_t end,
                        std::uint64_t cost) noexcept;
  [[nodiscard]] std::uint64_t tokens(Instant now) const noexcept;
  void clear() noexcept;
};
static_assert(sizeof(LeaseCell) == 64);

inline LeaseCell::Took LeaseCell::take(std::uint64_t cost, Instant now) noexcept {
  for (;;) {
    std::uint64_t word = leases[0].load(std::memory_order_acquire);
    const std::uint64_t other = leases[1].load(std::memory_order_acquire);
    const bool first = LeaseWord::tokens(word, now) >= cost;
    const bool second = LeaseWord::tokens(other, now) >= cost;
    if (!first && !second) return {};
    const bool later = second && (!first || LeaseWord::sooner(other, word));
    if (later) word = other;
    std::atomic<std::uint64_t>& lease = leases[later ? 1 : 0];
    if (lease.compare_exchange_strong(word, word - cost)) {
      return {&lease, LeaseWord::end(word), (word - cost) & LeaseWord::kMostTokens};
    }
  }
}

class LeaseTable {
 public:
  static constexpr std::size_t kWays = 8;

  /// Room for `keys` keys, rounded up to a power of two of sets of eight.
  explicit LeaseTable(std::size_t keys);

  [[nodiscard]] LeaseCell* find(std::uint64_t hash) const noexcept {
    Set& set = set_of(hash);
    for (std::size_t way = 0; way < kWays; ++way) {
      if (set.keys[way].load(std::memory_order_acquire) == hash) return &set.cells[way];
    }
    return nullptr;
  }
  /// Whether a cell that was found is still that key's: asked after something was taken from it.
  [[nodiscard]] bool still(const LeaseCell& cell, std::uint64_t hash) const noexcept {
    return key_of(index_of(cell)).load() == hash;
  }

  /// The key's place, or one that is free, or the first one whose key `may_go(place)`; nothing if
  /// there is none. `fresh` tells whether it has just become the key's.
  struct Claimed {
    LeaseCell* cell = nullptr;
    std::size_t place = 0;
    bool fresh = false;
  };
  template <class MayGo>
  [[nodiscard]] Claimed claim(std::uint64_t hash, MayGo&& may_go);

  [[nodiscard]] std::size_t capacity() const noexcept { return (mask_ + 1) * kWays; }
  [[nodiscard]] std::size_t places() const noexcept {
    return places_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t index_of(const LeaseCell& cell) const noexcept;

 private:
  struct alignas(64) Set {
    std::array<std::atomic<std::uint64_t>, kWays> keys{};
    std::array<LeaseCell, kWays> cells;
  };
  [[nodiscard]] Set& set_of(std::uint64_t hash) const noexcept {
    return sets_[static_cast<std::size_t>(hash >> 32) & mask_];
  }
  [[nodiscard]] std::atomic<std::uint64_t>& key_of(std::size_t place) const noexcept {
    return sets_[place / kWays].keys[place % kWays];
  }

  std::size_t mask_;
  std::unique_ptr<Set[]> sets_;
  std::atomic<std::size_t> places_{0};
};

template <class MayGo>
LeaseTable::Claimed LeaseTable::claim(std::uint64_t hash, MayGo&& may_go) {
  Set& set = set_of(hash);
  const auto base = static_cast<std::size_t>(&set - sets_.get()) * kWays;
  if (LeaseCell* const known = find(hash)) return {known, index_of(*known), false};
  for (std::size_t way = 0; way < kWays; ++way) {
    const std::uint64_t key = set.keys[way].load(std::memory_order_relaxed);
    if (key != 0 && !may_go(base + way)) continue;
    if (key == 0) places_.fetch_add(1, std::memory_order_relaxed);
    set.keys[way].store(1);  // nobody's, while it is cleared
    set.cells[way].clear();
    set.keys[way].store(hash);
    return {&set.cells[way], base + way, true};
  }
  return {};
}

}  // namespace lift::detail
