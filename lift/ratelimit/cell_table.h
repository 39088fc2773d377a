#pragma once
// One word for each of very many keys, in memory that is taken once and never grows.
//
// Keys lie in sets of eight. A key whose word is idle, which says no more than an absent one, may
// be forgotten without changing any decision, and only such a key ever is: nobody can flush another
// key's debt, or his own, by a flood of new ones. While all eight of a set are in use, further keys
// of that set share one word: together they get what one key would have, and none more than that.
// A key that comes from the shared word to a place of its own takes the shared debt along. Four
// times as many places as keys that are in use at one time makes that rare: one set in a million.
//
// All words of a table are of one algorithm, whose quotas may differ.
//
// Keys are 64-bit hashes under a secret, so nobody can aim at a set; two keys in a million share a
// hash with a probability of 3e-8.
// Thread-safety: everything from any thread. A key that is there is found without a lock; one that
// is new takes the lock of its part of the table. A decision is exact, whatever happens to the key
// meanwhile.
// Cost: 17 bytes a place, and about 10 ns besides the use of the word, two cache lines.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "lift/ratelimit/limit_decision.h"

namespace lift {

class CellTable {
 public:
  using Word = std::atomic<std::uint64_t>;

  /// Room for `keys` keys, 8 at least, rounded up to a power of two.
  explicit CellTable(std::size_t keys);
  CellTable(const CellTable&) = delete;
  CellTable& operator=(const CellTable&) = delete;
  ~CellTable();

  /// What became of a key.
  struct Taken {
    LimitDecision decision;
    Word* word;  ///< of the key, for what is settled later: it stays its own until it is idle
  };

  /// Charges `cost` to `key` by `limit`, an algorithm such as Gcra. `key` is any hash.
  template <class Limit>
  [[nodiscard]] Taken take(std::uint64_t key, const Limit& limit, const LimitTime& time,
                           std::uint64_t cost);
  /// What take() would say, without charging or making room.
  template <class Limit>
  [[nodiscard]] LimitDecision peek(std::uint64_t key, const Limit& limit, const LimitTime& time,
                                   std::uint64_t cost) const;
  /// Calls `visit(key, word)` for every place that is in use; others may change meanwhile. The key
  /// is what place_of() makes of it.
  template <class Visit>
  void for_each(Visit&& visit) const;

  /// Gives a key that for_each() has shown its place and word, in a table that nobody uses yet.
  /// False: there is no room in its set.
  bool restore(std::uint64_t key, std::uint64_t word) noexcept;

  /// Brings the table's lines near, for a take() that follows soon.
  void prefetch(std::uint64_t key) const noexcept {
    __builtin_prefetch(&set_of(key).keys);
    __builtin_prefetch(&set_of(key).words, 1);
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return (mask_ + 1) * kWays; }
  /// Places that have ever been taken; they stay with their last key until another needs them.
  [[nodiscard]] std::size_t places() const noexcept {
    return places_.load(std::memory_order_relaxed);
  }
  /// Times that a key had to share.
  [[nodiscard]] std::uint64_t shared() const noexcept {
    return shared_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kParts = 64;
  static constexpr std::uint64_t kFree = 0;
  static constexpr std::uint64_t kChanging = 1;  // between two keys; only under the lock

  struct alignas(64) Line {
    std::array<Word, kWays> at;
  };
  struct Set {
    Line keys;
    Line words;
  };
  /// Of the sets, those whose keys change under one lock.
  struct alignas(64) Part {
    std::mutex mutex;
    /// As of when a key was last forgotten here: a request that began before then is judged as of
    /// then, or it might be given what the key has already used.
    LimitTime forgotten{};
  };

  [[nodiscard]] static std::uint64_t place_of(std::uint64_t key) noexcept {
    return key <= kChanging ? key + 2 : key;
  }
  [[nodiscard]] std::size_t index_of(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(key >> 32) & mask_;
  }
  [[nodiscard]] Set& set_of(std::uint64_t key) const noexcept { return sets_[index_of(key)]; }
  [[nodiscard]] static Word* find(Set& set, std::uint64_t key) noexcept;
  [[nodiscard]] Part& part_of(std::uint64_t key) const noexcept {
    return parts_[index_of(key) % kParts];
  }
  template <class Limit>
  [[nodiscard]] Taken take_new(std::uint64_t key, const Limit& limit, const LimitTime& time,
                               std::uint64_t cost);
  template <class Limit>
  [[nodiscard]] Word* make_room(std::uint64_t key, const Limit& limit, const LimitTime& time);
  template <class Limit>
  [[nodiscard]] bool evict(Set& set, std::size_t way, const Limit& limit, const LimitTime& time,
                           std::uint64_t fresh);

  std::size_t mask_;
  std::unique_ptr<Set[]> sets_;
  std::unique_ptr<Word[]> overflow_;  // one for each set
  std::unique_ptr<Part[]> parts_;
  std::atomic<std::size_t> places_{0};
  std::atomic<std::uint64_t> shared_{0};
};

inline CellTable::Word* CellTable::find(Set& set, std::uint64_t key) noexcept {
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.keys.at[way].load(std::memory_order_acquire) == key) return &set.words.at[way];
  }
  return nullptr;
}

template <class Limit>
CellTable::Taken CellTable::take(std::uint64_t hash, const Limit& limit, const LimitTime& time,
                                 std::uint64_t cost) {
  const std::uint64_t key = place_of(hash);
  Set& set = set_of(key);
  Word* const word = find(set, key);
  if (word == nullptr) return take_new(key, limit, time, cost);
  const LimitDecision decision = limit.take(*word, time, cost);
  if (!decision.allowed || cost == 0) return {decision, word};
  // The charge above and this look are in one order with evict()'s change of the key and its look
  // at the word: one of the two sees the other.
  const auto way = static_cast<std::size_t>(word - set.words.at.data());
  if (set.keys.at[way].load() == key) return {decision, word};
  {
    const std::scoped_lock lock(part_of(key).mutex);
    if (set.keys.at[way].load(std::memory_order_relaxed) == key) return {decision, word};
    limit.undo(*word, time, time, cost);
  }
  return take_new(key, limit, time, cost);
}

template <class Limit>
CellTable::Taken CellTable::take_new(std::uint64_t key, const Limit& limit, const LimitTime& time,
                                     std::uint64_t cost) {
  Part& part = part_of(key);
  const std::scoped_lock lock(part.mutex);
  const LimitTime when = part.forgotten.now > time.now ? part.forgotten : time;
  Word* word = find(set_of(key), key);
  if (word == nullptr) word = make_room(key, limit, when);
  if (word == nullptr) {
    word = &overflow_[index_of(key)];
    shared_.fetch_add(1, std::memory_order_relaxed);
  }
  return {limit.take(*word, when, cost), word};
}

template <class Limit>
CellTable::Word* CellTable::make_room(std::uint64_t key, const Limit& limit,
                                      const LimitTime& time) {
  Set& set = set_of(key);
  const std::uint64_t owed = overflow_[index_of(key)].load(std::memory_order_relaxed);
  const bool owes = owed != 0 && !limit.idle(owed, time);
  const std::uint64_t begin = owes ? owed : limit.fresh(time);
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.keys.at[way].load(std::memory_order_relaxed) == kFree) {
      set.words.at[way].store(begin, std::memory_order_relaxed);
      places_.fetch_add(1, std::memory_order_relaxed);
    } else if (evict(set, way, limit, time, begin)) {
      part_of(key).forgotten = time;
    } else {
      continue;
    }
    set.keys.at[way].store(key, std::memory_order_release);
    return &set.words.at[way];
  }
  return nullptr;
}

/// Takes a place from its key, if its word is idle, and leaves `fresh` there. Whoever has found the
/// key before and charges the word from then on will see that the key is gone, and take the charge
/// back.
template <class Limit>
bool CellTable::evict(Set& set, std::size_t way, const Limit& limit, const LimitTime& time,
                      std::uint64_t fresh) {
  std::uint64_t seen = set.words.at[way].load(std::memory_order_relaxed);
  if (!limit.idle(seen, time)) return false;
  const std::uint64_t old = set.keys.at[way].exchange(kChanging);
  if (set.words.at[way].compare_exchange_strong(seen, fresh)) return true;
  set.keys.at[way].store(old);
  return false;
}

template <class Limit>
LimitDecision CellTable::peek(std::uint64_t hash, const Limit& limit, const LimitTime& time,
                              std::uint64_t cost) const {
  const std::uint64_t key = place_of(hash);
  const Word* const word = find(set_of(key), key);
  return limit.peek(word != nullptr ? word->load(std::memory_order_relaxed) : limit.fresh(time),
                    time, cost);
}

template <class Visit>
void CellTable::for_each(Visit&& visit) const {
  for (std::size_t i = 0; i <= mask_; ++i) {
    for (std::size_t way = 0; way < kWays; ++way) {
      const std::uint64_t key = sets_[i].keys.at[way].load(std::memory_order_acquire);
      if (key > kChanging) visit(key, sets_[i].words.at[way].load(std::memory_order_relaxed));
    }
  }
}

}  // namespace lift
