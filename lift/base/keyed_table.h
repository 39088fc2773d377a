#pragma once
// A bounded map from a hashed key to a policy's state: one breaker or one bulkhead for each of many
// tenants, in memory that no number of keys can exceed.
//
// A key may lie in two sets of eight places. Where both are taken, or the table is full, a state in
// them that is as good as new gives up its place: forgetting it changes no decision. Where there is
// none, the key gets no state, which is counted: its caller goes by a state that such keys share.
// Keys are keyed hashes (sip_hash.h), so that nobody can choose what collides; two keys of one hash
// are one.
//
//   auto* entry = table.find_or_add(key, name_of_key, retire);
//   … entry->state.admit(now) …; then, as the place may have changed hands before that:
//   if (!entry->is(key)) …again
//
// State has `void renew() noexcept`, called where it is to serve a new key. `bool retire(State&)`
// says whether it was as good as new; from then on whatever was begun on it must count no more.
// Thread-safety: everything from any thread.
// Cost: a hit is at most two cache lines of keys, about 5 ns without a lock; adding takes one. Sets
// of eight states are allocated as they are needed and kept.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lift {

template <class State>
class KeyedTable {
 public:
  static constexpr std::size_t kSetPlaces = 8;
  static constexpr std::size_t kMaxName = 256;

  struct Entry {
    State state;

    /// Whether it is this key's.
    [[nodiscard]] bool is(std::uint64_t of_key) const noexcept { return holds(some(of_key)); }

   private:
    friend class KeyedTable;
    [[nodiscard]] bool holds(std::uint64_t what) const noexcept {
      return key.load(std::memory_order_acquire) == what;
    }
    [[nodiscard]] bool free() const noexcept { return holds(0); }

    std::atomic<std::uint64_t> key{0};
    std::atomic<bool> recent{false};
    std::string name;  // under the set's lock
  };

  /// For at most `capacity` keys, 1 to 10,000,000.
  explicit KeyedTable(std::size_t capacity)
      : capacity_(capacity),
        sets_(std::bit_ceil(std::max<std::size_t>(2, capacity * 3 / 2 / kSetPlaces + 1))) {}

  /// Null if there is none.
  [[nodiscard]] Entry* find(std::uint64_t key) noexcept {
    key = some(key);
    for (const std::size_t at : {first(key), second(key)}) {
      Set* set = sets_[at].load(std::memory_order_acquire);
      if (set == nullptr) continue;
      for (Entry& entry : set->entries) {
        if (!entry.holds(key)) continue;
        if (!entry.recent.load(std::memory_order_relaxed)) {
          entry.recent.store(true, std::memory_order_relaxed);
        }
        return &entry;
      }
    }
    return nullptr;
  }

  /// Null where there is no room: see above. `name()` makes the key's name for visit(), of which
  /// kMaxName bytes are kept. Both are called for a new key only, `retire` under a lock.
  template <class Name, class Retire>
  [[nodiscard]] Entry* find_or_add(std::uint64_t key, Name&& name, Retire&& retire) {
    Entry* found = find(key);
    return found != nullptr ? found : add(some(key), std::string(name()), retire);
  }

  /// Calls `see(name, state)` for every key, under a lock of its set.
  template <class See>
  void visit(See&& see) {
    for (std::size_t at = 0; at < sets_.size(); ++at) {
      Set* set = sets_[at].load(std::memory_order_acquire);
      if (set == nullptr) continue;
      const std::lock_guard lock(mutex_of(at));
      for (Entry& entry : set->entries) {
        if (!entry.free()) see(std::string_view(entry.name), entry.state);
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  /// States that gave up their place.
  [[nodiscard]] std::uint64_t evicted() const noexcept {
    return evicted_.load(std::memory_order_relaxed);
  }
  /// How often a key got no state.
  [[nodiscard]] std::uint64_t overflowed() const noexcept {
    return overflowed_.load(std::memory_order_relaxed);
  }

 private:
  /// 0 stands for no key.
  [[nodiscard]] static std::uint64_t some(std::uint64_t key) noexcept { return key == 0 ? 1 : key; }
  struct Set {
    std::array<Entry, kSetPlaces> entries;
  };
  static constexpr std::size_t kLocks = 64;

  [[nodiscard]] std::size_t first(std::uint64_t key) const noexcept {
    return key & (sets_.size() - 1);
  }
  /// Another set than the first.
  [[nodiscard]] std::size_t second(std::uint64_t key) const noexcept {
    const std::size_t other = (key >> 32) & (sets_.size() - 1);
    return other == first(key) ? other ^ 1 : other;
  }
  [[nodiscard]] std::mutex& mutex_of(std::size_t set) noexcept { return mutexes_[set % kLocks]; }

  template <class Retire>
  [[nodiscard]] Entry* add(std::uint64_t key, std::string name, Retire& retire) {
    const std::size_t one = first(key);
    const std::size_t two = second(key);
    std::mutex& lower = mutex_of(std::min(one % kLocks, two % kLocks));
    std::mutex& upper = mutex_of(std::max(one % kLocks, two % kLocks));
    const std::lock_guard lock(lower);
    std::unique_lock<std::mutex> also;
    if (&lower != &upper) also = std::unique_lock(upper);
    if (Entry* found = find(key)) return found;  // another thread was faster
    Entry* place = take_place(one, two, retire);
    if (place == nullptr) {
      overflowed_.fetch_add(1, std::memory_order_relaxed);
      return nullptr;
    }
    place->name = std::move(name);
    if (place->name.size() > kMaxName) place->name.resize(kMaxName);
    place->recent.store(true, std::memory_order_relaxed);
    place->key.store(key, std::memory_order_release);
    place->state.renew();
    return place;
  }

  template <class Retire>
  [[nodiscard]] Entry* take_place(std::size_t one, std::size_t two, Retire& retire) {
    if (size_.load(std::memory_order_relaxed) < capacity_) {
      if (Entry* free = free_place(one, two)) {
        // Held against other sets' locks by counting first.
        if (size_.fetch_add(1, std::memory_order_relaxed) < capacity_) return free;
        size_.fetch_sub(1, std::memory_order_relaxed);
      }
    }
    return retired_place(one, two, retire);
  }

  [[nodiscard]] Entry* free_place(std::size_t one, std::size_t two) {
    Set& first = set_at(one);
    Set& second = set_at(two);
    const auto taken = [](const Set& set) {
      return std::ranges::count_if(set.entries, [](const Entry& e) { return !e.free(); });
    };
    Set& emptier = taken(first) <= taken(second) ? first : second;
    const auto free = std::ranges::find_if(emptier.entries, [](Entry& e) { return e.free(); });
    return free == emptier.entries.end() ? nullptr : &*free;
  }

  /// A second chance for what was asked for lately, as in CLOCK.
  template <class Retire>
  [[nodiscard]] Entry* retired_place(std::size_t one, std::size_t two, Retire& retire) {
    for (int round = 0; round < 2; ++round) {
      for (const std::size_t at : {one, two}) {
        Set& set = set_at(at);
        for (Entry& entry : set.entries) {
          if (entry.free() || entry.recent.exchange(false, std::memory_order_relaxed)) continue;
          if (!retire(entry.state)) continue;
          entry.key.store(0, std::memory_order_release);
          evicted_.fetch_add(1, std::memory_order_relaxed);
          return &entry;
        }
      }
    }
    return nullptr;
  }

  /// Under its lock.
  [[nodiscard]] Set& set_at(std::size_t at) {
    Set* set = sets_[at].load(std::memory_order_relaxed);
    if (set == nullptr) {
      const std::lock_guard lock(owned_mutex_);
      set = owned_.emplace_back(std::make_unique<Set>()).get();
      sets_[at].store(set, std::memory_order_release);
    }
    return *set;
  }

  const std::size_t capacity_;
  std::vector<std::atomic<Set*>> sets_;
  std::array<std::mutex, kLocks> mutexes_;
  std::mutex owned_mutex_;
  std::vector<std::unique_ptr<Set>> owned_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> evicted_{0};
  std::atomic<std::uint64_t> overflowed_{0};
};

}  // namespace lift
