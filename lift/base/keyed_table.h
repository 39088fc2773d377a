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
//   const auto place = table.find_or_add(key, name_of_key, retire);
//   … place->admit(now) …; then, as the place may have changed hands before that:
//   if (!place.is(key)) …again
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

  /// Where a key's state is, if it has one.
  class Place {
   public:
    Place() = default;
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] State& operator*() const noexcept { return *state_; }
    [[nodiscard]] State* operator->() const noexcept { return state_; }
    /// Whether it still is this key's.
    [[nodiscard]] bool is(std::uint64_t key) const noexcept {
      return without_mark(key_->load(std::memory_order_acquire)) == some(key);
    }

   private:
    friend class KeyedTable;
    Place(State& state, const std::atomic<std::uint64_t>& key) noexcept
        : state_(&state), key_(&key) {}

    State* state_ = nullptr;
    const std::atomic<std::uint64_t>* key_ = nullptr;
  };

  /// For at most `capacity` keys, 1 to 10,000,000.
  explicit KeyedTable(std::size_t capacity)
      : capacity_(capacity),
        sets_(std::bit_ceil(std::max<std::size_t>(2, capacity * 3 / 2 / kSetPlaces + 1))) {}

  /// Nothing if there is none.
  [[nodiscard]] Place find(std::uint64_t key) noexcept {
    key = some(key);
    for (const std::size_t at : {first(key), second(key)}) {
      Set* set = sets_[at].load(std::memory_order_acquire);
      if (set == nullptr) continue;
      for (std::size_t i = 0; i < kSetPlaces; ++i) {
        std::uint64_t stored = set->keys[i].load(std::memory_order_acquire);
        if (without_mark(stored) != key) continue;
        // Marked as asked for lately; who loses the race to do so has found it marked, or gone.
        if (stored == key) {
          set->keys[i].compare_exchange_strong(stored, key | kMark, std::memory_order_acq_rel);
        }
        return Place(set->states[i], set->keys[i]);
      }
    }
    return Place();
  }

  /// Nothing where there is no room: see above. `name()` makes the key's name for visit(), of which
  /// kMaxName bytes are kept. Both are called for a new key only, `retire` under a lock.
  template <class Name, class Retire>
  [[nodiscard]] Place find_or_add(std::uint64_t key, Name&& name, Retire&& retire) {
    const Place found = find(key);
    return found ? found : add(some(key), std::string(name()), retire);
  }

  /// Calls `see(name, state)` for every key, under a lock of its set.
  template <class See>
  void visit(See&& see) {
    for (std::size_t at = 0; at < sets_.size(); ++at) {
      Set* set = sets_[at].load(std::memory_order_acquire);
      if (set == nullptr) continue;
      const std::lock_guard lock(mutex_of(at));
      for (std::size_t i = 0; i < kSetPlaces; ++i) {
        if (!set->free(i)) see(std::string_view(set->names[i]), set->states[i]);
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
  /// The lowest bit of a stored key says that it was asked for lately.
  static constexpr std::uint64_t kMark = 1;
  [[nodiscard]] static std::uint64_t without_mark(std::uint64_t stored) noexcept {
    return stored & ~kMark;
  }
  /// A key as it is stored; 0 stands for none.
  [[nodiscard]] static std::uint64_t some(std::uint64_t key) noexcept {
    return without_mark(key) == 0 ? 2 : without_mark(key);
  }
  /// Keys lie together, so that a search reads one cache line of each set.
  struct Set {
    alignas(64) std::array<std::atomic<std::uint64_t>, kSetPlaces> keys{};
    std::array<State, kSetPlaces> states;
    std::array<std::string, kSetPlaces> names;  // under the set's lock

    [[nodiscard]] bool free(std::size_t i) const noexcept {
      return keys[i].load(std::memory_order_acquire) == 0;
    }
  };
  struct Found {
    Set* set = nullptr;
    std::size_t at = 0;
  };
  static constexpr std::size_t kLocks = 64;

  [[nodiscard]] std::size_t first(std::uint64_t key) const noexcept {
    return (key >> 1) & (sets_.size() - 1);
  }
  /// Another set than the first.
  [[nodiscard]] std::size_t second(std::uint64_t key) const noexcept {
    const std::size_t other = (key >> 32) & (sets_.size() - 1);
    return other == first(key) ? other ^ 1 : other;
  }
  [[nodiscard]] std::mutex& mutex_of(std::size_t set) noexcept { return mutexes_[set % kLocks]; }

  template <class Retire>
  [[nodiscard]] Place add(std::uint64_t key, std::string name, Retire& retire) {
    const std::size_t one = first(key);
    const std::size_t two = second(key);
    std::mutex& lower = mutex_of(std::min(one % kLocks, two % kLocks));
    std::mutex& upper = mutex_of(std::max(one % kLocks, two % kLocks));
    const std::lock_guard lock(lower);
    std::unique_lock<std::mutex> also;
    if (&lower != &upper) also = std::unique_lock(upper);
    if (const Place found = find(key)) return found;  // another thread was faster
    const Found room = take_room(one, two, retire);
    if (room.set == nullptr) {
      overflowed_.fetch_add(1, std::memory_order_relaxed);
      return Place();
    }
    if (name.size() > kMaxName) name.resize(kMaxName);
    room.set->names[room.at] = std::move(name);
    room.set->keys[room.at].store(key | kMark, std::memory_order_release);
    room.set->states[room.at].renew();
    return Place(room.set->states[room.at], room.set->keys[room.at]);
  }

  template <class Retire>
  [[nodiscard]] Found take_room(std::size_t one, std::size_t two, Retire& retire) {
    if (size_.load(std::memory_order_relaxed) < capacity_) {
      if (const Found free = free_room(one, two); free.set != nullptr) {
        // Held against other sets' locks by counting first.
        if (size_.fetch_add(1, std::memory_order_relaxed) < capacity_) return free;
        size_.fetch_sub(1, std::memory_order_relaxed);
      }
    }
    return retired_room(one, two, retire);
  }

  [[nodiscard]] Found free_room(std::size_t one, std::size_t two) {
    Found best;
    std::size_t most = 0;
    for (const std::size_t at : {one, two}) {
      Set& set = set_at(at);
      std::size_t count = 0;
      std::size_t last = 0;
      for (std::size_t i = 0; i < kSetPlaces; ++i) {
        if (set.free(i)) ++count, last = i;
      }
      if (count > most) best = {.set = &set, .at = last}, most = count;
    }
    return best;
  }

  /// A second chance for what was asked for lately, as in CLOCK.
  template <class Retire>
  [[nodiscard]] Found retired_room(std::size_t one, std::size_t two, Retire& retire) {
    for (int round = 0; round < 2; ++round) {
      for (const std::size_t at : {one, two}) {
        Set& set = set_at(at);
        for (std::size_t i = 0; i < kSetPlaces; ++i) {
          const std::uint64_t stored = set.keys[i].fetch_and(~kMark, std::memory_order_acq_rel);
          if (stored == 0 || (stored & kMark) != 0 || !retire(set.states[i])) continue;
          set.keys[i].store(0, std::memory_order_release);
          evicted_.fetch_add(1, std::memory_order_relaxed);
          return {.set = &set, .at = i};
        }
      }
    }
    return {};
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
